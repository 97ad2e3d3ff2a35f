/** `udc check` of an existing network: one architecture, its weights encoded. */
import { basename } from 'node:path';
import { networkReport } from '../export/network-report.ts';
import { networkTable, type NetworkTable } from '../export/network-table.ts';
import { budgetNamed } from './definition.ts';
import { networkTarget, readNetwork } from './imported.ts';
import { EXIT, json, type Io } from './io.ts';
import { plain, table } from './table.ts';

export interface CheckOptions { readonly budget?: string; readonly target?: string; readonly json?: boolean }

/** Prints the table of a .tflite. Returns the exit code. */
export async function checkNetwork(file: string, options: CheckOptions, io: Io): Promise<number> {
  const model = await readNetwork(file, io);
  const target = networkTarget(model, options.target);
  const report = networkReport(model.network, target, options.budget === undefined ? undefined : budgetNamed(options.budget), undefined, model.asIfInt8);
  for (const obstacle of model.obstacles) io.err(`${file}: note: not in a definition: ${obstacle}\n`);
  const name = basename(file);
  const words = networkTable(report);
  io.out(options.json ? json({ name, ...report }) : describe(`${name} for ${target.name}`, words));
  for (const problem of report.problems) io.err(`${file}: ${target.name} cannot run this: ${problem}\n`);
  if (report.problems.length > 0) return EXIT.input;
  if (words.excess === undefined) return EXIT.done;
  io.err(plain(`${file}: ${words.excess}\n`));
  return EXIT.budget;
}

function describe(title: string, { columns, rows, total, lines }: NetworkTable): string {
  return plain([title, '', table(columns, rows, [total]), ...lines, ''].join('\n'));
}
