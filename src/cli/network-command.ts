/** `udc check` of an existing network: one architecture, its weights encoded. */
import { basename } from 'node:path';
import { confirm } from '../formats/vela/confirm.ts';
import { compiledCosts, networkReport, type NetworkReport } from '../formats/network/network-report.ts';
import { networkTable, type NetworkTable } from '../formats/network/network-table.ts';
import type { ImportedModel } from '../formats/reading/imported-model.ts';
import { isTflite } from '../formats/tflite/tflite-graph.ts';
import { setUpPythons } from '../runs/confirm-result.ts';
import type { Target } from '../targets/find-target.ts';
import type { Confirmation } from '../wire/compiler-answer.ts';
import { tellConfirmation } from './confirmation.ts';
import { readBytes } from './definition-command.ts';
import { givenLimits, optionOf, type LimitValues } from './limit-options.ts';
import { givenPresets, type PresetValues } from './preset-options.ts';
import { networkTarget, readNetwork } from './imported.ts';
import { limitsThatHold, unknownCosts } from '../costs/limits/holding-limits.ts';
import { EXIT, json, UsageError, type Io } from './terminal/io.ts';
import { plain, table } from './terminal/table.ts';

export interface CheckOptions extends LimitValues, PresetValues {
  readonly target?: string;
  readonly json?: boolean;
  readonly vela?: boolean;
}

/** Prints the table of a .tflite. Returns the exit code. */
export async function checkNetwork(file: string, options: CheckOptions, io: Io): Promise<number> {
  const model = await readNetwork(file, io);
  const target = networkTarget(model, options.target, givenPresets(options));
  const given = givenLimits(options);
  for (const { limit, reason } of unknownCosts(target, limitsThatHold(undefined, target, given)))
    throw new UsageError(`${optionOf(limit.cost)}: ${reason}`);
  const report = networkReport(model.network, target, given, undefined, model.asIfInt8);
  for (const obstacle of model.obstacles) io.err(`${file}: note: not in a definition: ${obstacle}\n`);
  const name = basename(file);
  const words = networkTable(report);
  const vela = options.vela ? await confirmed(file, model, report, target) : undefined;
  io.out(
    options.json ? json({ name, ...report, ...(vela && { vela }) }) : describe(`${name} for ${target.name}`, words),
  );
  const code = vela ? tellConfirmation(file, vela, io, options.json ?? false) : EXIT.done;
  for (const problem of report.problems) io.err(`${file}: ${target.name} cannot run this: ${problem}\n`);
  if (report.problems.length > 0) return EXIT.input;
  if (words.excess === undefined) return code;
  io.err(plain(`${file}: ${words.excess}\n`));
  return code === EXIT.done ? EXIT.budget : code;
}

function describe(title: string, { columns, rows, total, lines }: NetworkTable): string {
  return plain([title, '', table(columns, rows, [total]), ...lines, ''].join('\n'));
}

/** Vela's answer, as far as the table is of all that Vela would store. */
async function confirmed(
  file: string,
  { network, asIfInt8 }: ImportedModel,
  report: NetworkReport,
  target: Target,
): Promise<Confirmation> {
  const { rows, problems, totals } = report;
  const bytes = await readBytes(file);
  const unsized = rows.filter(({ unsizedBytes }) => unsizedBytes !== undefined).map((row) => row.name);
  const unread = rows.flatMap(({ standsFor }) => standsFor ?? []);
  const obstacle = !isTflite(bytes)
    ? 'Vela reads .tflite files, and this is none'
    : asIfInt8 !== undefined
      ? `the file is ${asIfInt8}; the sizes are those that it would have in int8`
      : problems.length > 0
        ? `${target.name} cannot run the network`
        : unsized.length > 0
          ? `not sized are ${unsized.join(', ')}`
          : undefined;
  if (obstacle !== undefined) return { confirmed: false, reason: obstacle };
  const promised = {
    file: bytes,
    target,
    bytes: totals.bytes.totalBytes,
    weighted: network.operations.filter(({ weights }) => weights).length,
    costs: compiledCosts(report),
  };
  const found = await confirm(promised, { pythons: setUpPythons() });
  // Operators that nothing here computes may be made of others with weights.
  if ('reason' in found || found.storedBytes <= found.promisedBytes || unread.length === 0) return found;
  return {
    confirmed: false,
    reason: `Vela ${found.version} stores ${found.storedBytes} B, more than ${found.promisedBytes} B, for operators that are not counted here among them: ${unread.join(', ')}`,
  };
}
