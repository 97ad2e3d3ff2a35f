/**
 * Runs Vela's default core over many files in one Python process (scripts/vela/compile.py) and checks what comes back.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { count, list, number, object, record, string, such, type Check } from '../../src/base/validate.ts';
import { foldedOf } from '../../test/unit/formats/run.ts';
import { randomArchitecture } from './random-network.ts';

export interface VelaJob {
  readonly file: string;
  /** 'ethos-u55-128' and so on. */
  readonly accelerator: string;
  /** What is absent is as `vela` itself has it. */
  readonly system?: string;
  readonly mode?: string;
  readonly optimise?: 'Performance' | 'Size';
  /** `--arena-cache-size`, in bytes. */
  readonly arena?: number;
  /** Features of the scheduler that are switched off. */
  readonly disable?: readonly ('WeightBuffering' | 'Cascading')[];
}

/** The options of a printed command, as Vela reads them. */
export function jobFor(file: string, args: readonly string[]): VelaJob {
  const valueOf = (option: string): string | undefined => args[args.indexOf(option) + 1 || args.length];
  const [system, mode] = [valueOf('--system-config'), valueOf('--memory-mode')];
  const arena = valueOf('--arena-cache-size');
  return {
    file,
    accelerator: valueOf('--accelerator-config')!,
    ...(system !== undefined && { system }),
    ...(mode !== undefined && { mode }),
    ...(arena !== undefined && { arena: Number(arena) }),
  };
}

/** One operator as it was scheduled; shapes are height, width, channels. */
export interface VelaOperator {
  readonly name: string;
  readonly operator: string;
  readonly total: number;
  readonly npu: number;
  readonly fused: boolean;
  readonly mac?: number | string;
  readonly block?: readonly (number | string)[];
  readonly inputBlock?: readonly (number | string)[];
  readonly microBlock?: readonly (number | string)[];
  readonly streams?: number | string;
  /**
   * How its weights are stored: 'DepthFirst', 'PartKernel' or 'Depthwise'; '0|16|40'; 'Default', 'Fast', with
   * 'Sparse2_4' or without.
   */
  readonly traversal?: string;
  readonly slices?: number | string;
  readonly weightFormat?: string;
  readonly access: Readonly<Record<string, number>>;
}

export interface VelaAnswer {
  readonly cycles: number;
  /** Without what the processor does. */
  readonly npuCycles: number;
  /** Groups of operators that are run in stripes. */
  readonly cascades: number;
  /** Operators that are left to the processor. */
  readonly cpu: number;
  /** Bytes of the whole network's weight streams and tables, and of its commands. */
  readonly readOnly: number;
  readonly commands: number;
  /** Peak bytes of each memory. */
  readonly peak: Readonly<Record<string, number>>;
  /** Bytes read from and written to each memory. */
  readonly traffic: Readonly<Record<string, number>>;
  readonly operators: readonly VelaOperator[];
}

const flag = such<boolean>('true or false', (value) => typeof value === 'boolean');
const numberOrText = such<number | string>(
  'a number or a text',
  (value) => typeof value === 'number' || typeof value === 'string',
);
const operator = object<VelaOperator>(
  { name: string, operator: string, total: count, npu: count, fused: flag, access: record(number) },
  {
    mac: numberOrText,
    block: list(numberOrText),
    inputBlock: list(numberOrText),
    microBlock: list(numberOrText),
    streams: numberOrText,
    traversal: string,
    slices: numberOrText,
    weightFormat: string,
  },
);
const answer: Check<VelaAnswer> = object<VelaAnswer>({
  cycles: count,
  npuCycles: count,
  cascades: count,
  cpu: count,
  readOnly: count,
  commands: count,
  peak: record(count),
  traffic: record(count),
  operators: list(operator),
});

/** The interpreter that scripts/interop.mjs made. */
export const interopPython = (): string =>
  process.env['UDC_INTEROP_PYTHON'] ??
  join('.venv', 'interop', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** Compiles every job. Throws an Error that names the file where the compiler refused one. */
export async function velaAnswers(jobs: readonly VelaJob[]): Promise<VelaAnswer[]> {
  const child = spawn(interopPython(), [join(dirname(fileURLToPath(import.meta.url)), 'compile.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  child.stdin.end(jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  const status = await ended;
  const lines = Buffer.concat(chunks).toString('utf8').trim().split('\n');
  if (status !== 0 || lines.length !== jobs.length)
    throw new Error(`Vela answered ${lines.length} of ${jobs.length} jobs and ended with ${status}`);
  return lines.map((line, i) => {
    const value = JSON.parse(line) as unknown;
    if (typeof value === 'object' && value !== null && 'error' in value)
      throw new Error(`${jobs[i]!.file}, ${jobs[i]!.accelerator}: ${String(value.error)}`);
    return answer(value, `answer[${i}]`);
  });
}

/**
 * Random networks as files in `folder`: the architecture of each seed from `from`, with random weights on its grids.
 */
export function randomFiles(
  folder: string,
  from: number,
  number: number,
): { readonly file: string; readonly architecture: ReturnType<typeof randomArchitecture>['architecture'] }[] {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: number }, (_, k) => {
    const { architecture } = randomArchitecture(from + k);
    const file = join(folder, `random-${from + k}.tflite`);
    writeFileSync(file, writeTflite(quantise(foldedOf(architecture)), { description: 'random network' }));
    return { file, architecture };
  });
}
