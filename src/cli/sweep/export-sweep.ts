/** `udc export` of a sweep: a report, or all its runs as a table. */
import { existsSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { sweepCsv } from '../../reports/sweep-csv.ts';
import { sweepHtml } from '../../reports/sweep-html.ts';
import { sweepJson } from '../../reports/sweep-json.ts';
import { checkOutput, writeOutput } from '../../runs/files/output-file.ts';
import { readFacts } from '../../runs/sweep/sweep-facts.ts';
import { SWEEP_FILE, SweepFolder } from '../../runs/sweep/sweep-folder.ts';
import { formatCount } from '../../text/format.ts';
import type { SweepFacts } from '../../wire/sweep-plan.ts';
import { EXIT, UsageError, json, type Io } from '../terminal/io.ts';

const WRITERS = { html: sweepHtml, csv: sweepCsv, json: (facts: SweepFacts) => json(sweepJson(facts)) } as const;

export const SWEEP_FORMATS = Object.keys(WRITERS) as readonly (keyof typeof WRITERS)[];

/** The sweep whose folder an argument names; undefined where it names none. */
export function sweepAt(argument: string): SweepFolder | undefined {
  const path = resolve(argument);
  return existsSync(join(path, SWEEP_FILE)) ? new SweepFolder(path) : undefined;
}

/** @throws UsageError, RunError */
export async function exportSweep(
  folder: SweepFolder,
  out: string,
  named: string | undefined,
  asJson: boolean,
  io: Io,
): Promise<number> {
  const wanted = named ?? extname(out).slice(1).toLowerCase();
  if (wanted === '') throw new UsageError(`'${out}' has no ending to tell the format by: add --format`);
  const format = SWEEP_FORMATS.find((one) => one === wanted);
  if (format === undefined)
    throw new UsageError(
      `a sweep is exported as ${SWEEP_FORMATS.join(', ')}, not as '${wanted}': of one network, name the folder of its run (\`udc runs\` lists them)`,
    );
  await checkOutput(out);
  const bytes = new TextEncoder().encode(WRITERS[format](await readFacts(folder)));
  await writeOutput(out, bytes);
  io.out(asJson ? json({ format, file: out, bytes: bytes.length }) : `${out}: ${formatCount(bytes.length)} bytes\n`);
  return EXIT.done;
}
