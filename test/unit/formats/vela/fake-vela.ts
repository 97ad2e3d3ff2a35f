/** A program that answers as a Python with Vela would; tests say what it stores. POSIX only. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Behaviour {
  readonly version?: string;
  /** Bytes of each weighted operator. */
  readonly stored?: readonly number[];
  readonly onProcessor?: number;
  /** Bytes of streams in the summary; absent: as many as are stored. */
  readonly summary?: number | 'none';
  /** Of the summary, in bytes; 256 where absent. */
  readonly sram?: number;
  readonly cycles?: number | string;
  /** Fails with these words. */
  readonly failure?: string;
  readonly hangs?: boolean;
  /** Ends without a word: by a signal, or with an exit code. */
  readonly dies?: 'SIGKILL' | number;
  /** As if the module were not installed. */
  readonly missing?: boolean;
}

/** Writes the program into `folder`; it keeps the arguments of its last compilation there. */
export function fakeVela(
  folder: string,
  behaviour: Behaviour,
): { readonly program: string; readonly calls: () => string[] } {
  const program = join(folder, 'fake python');
  const log = join(folder, 'arguments.json');
  writeFileSync(
    program,
    `#!${process.execPath}
const fs = require('node:fs'), path = require('node:path');
const [flag, name, ...args] = process.argv.slice(2);
const fake = ${JSON.stringify(behaviour)};
if (flag !== '-m' || name !== 'ethosu.vela' || fake.missing) { console.error("No module named 'ethosu'"); process.exit(1); }
if (args[0] === '--version') { console.log(fake.version ?? '5.2.0'); process.exit(0); }
fs.writeFileSync(${JSON.stringify(log)}, JSON.stringify(args));
if (fake.failure) { console.error('Traceback\\n' + fake.failure); process.exit(1); }
if (typeof fake.dies === 'number') process.exit(fake.dies);
if (fake.dies) process.kill(process.pid, fake.dies);
if (fake.hangs) { setInterval(() => {}, 1000); } else {
  const stored = fake.stored ?? [];
  const sum = stored.reduce((a, b) => a + b, 0);
  const operators = stored.map((bytes, i) => '\\n\\t' + i + ': Operation Conv2D\\n\\t\\tEncoded Weights = ' + bytes + ' bytes').join('');
  // An earlier schedule of the same part does not count.
  console.log("Schedule: 'graph_MAX_BUFFERED'\\n\\t0: Operation Conv2D\\n\\t\\tEncoded Weights = 999999 bytes");
  console.log("Schedule: 'graph_MIN_BUFFERED'" + operators + '\\nCPU operators = ' + (fake.onProcessor ?? 0) + ' (0.0%)');
  const folder = args[args.indexOf('--output-dir') + 1];
  if (fake.summary !== 'none') {
    fs.writeFileSync(path.join(folder, 'network_summary_Some.csv'), 'experiment,total_npu_encoded_weights,nn_macs,sram_memory_used,cycles_total\\ndefault,' + (fake.summary ?? sum) + ',1,' + (fake.sram ?? 256) / 1024 + ',' + (fake.cycles ?? 100) + '\\n');
  }
}
`,
  );
  chmodSync(program, 0o755);
  return { program, calls: () => JSON.parse(readFileSync(log, 'utf8')) as string[] };
}
