/** `udc check`: the sizes of a definition over its choices, before any training, or those of an existing network. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNetworkFile } from '../../formats/network-name.ts';
import { paddingLines } from '../../costs/check/padding-advice.ts';
import { ensembleReachText } from '../../costs/check/ensemble-reach.ts';
import { commandLine } from '../../costs/cycles/command-stream.ts';
import { knownBytes } from '../../costs/weights/known-bytes.ts';
import { checkReport, type CheckReport } from '../../costs/check/check-report.ts';
import { formatArchitectures, formatCount, formatUnit } from '../../text/format.ts';
import { clockOf, findTarget } from '../../targets/find-target.ts';
import { workText } from '../../wire/latency.ts';
import { amountOf, COST_WORDS } from '../../wire/limits.ts';
import { between, checkTable, workLines } from '../check-table.ts';
import { misused, readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { VELA_OPTION } from '../confirmation.ts';
import {
  checkData,
  checkInitial,
  limitsOf,
  readDefinition,
  targetOf,
  type ReadDefinition,
} from '../definition-command.ts';
import { givenLimits, LIMIT_OPTIONS } from '../limit-options.ts';
import { givenPresets, PRESET_OPTIONS } from '../preset-options.ts';
import type { DataCounts } from '../../data/data-counts.ts';
import { dataText } from '../data-table.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { encodedSources } from '../../runs/folder/encoded-weights.ts';
import { holdsNetwork } from '../imported.ts';
import { checkNetwork } from '../network-command.ts';
import { runsFolderNear } from '../places.ts';
import { plain } from '../terminal/table.ts';

export const usage = usageOf(
  'check',
  { MODEL: 'a model definition, or an existing network (.tflite, .onnx)' },
  {
    ...LIMIT_OPTIONS,
    target: {
      type: 'string',
      value: 'NAME',
      about: 'another chip than the definition names; `udc targets` lists them',
    },
    ...PRESET_OPTIONS,
    'no-data': { type: 'boolean', about: 'sizes alone: the data that the definition names are not looked at' },
    vela: VELA_OPTION,
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const file = positionals[0]!;
  if (isNetworkFile(file) || (await holdsNetwork(file))) return checkNetwork(file, values, io);
  if (values.vela)
    throw misused(
      usage,
      `--vela confirms a network with weights, and ${file} is a definition: confirm a run of it by udc export --format tflite --vela`,
    );
  const read = await readDefinition(file, io);
  await checkInitial(read, io);
  const target = targetOf(read, values.target, givenPresets(values));
  limitsOf(read, target, values);
  const known = knownBytes(
    read.network,
    target.name,
    await encodedSources(read.path, read.definition, runsFolderNear(dirname(read.path))),
  );
  const report = checkReport(read.network, target, givenLimits(values), known);
  const name = read.definition.name;
  // Sizes are there at once: who reads along does not wait for the data.
  if (!values.json) io.out(describe(name, report));
  const { data, dataProblem } = values['no-data'] ? {} : await lookAtData(read, io);
  if (values.json) io.out(json({ name, ...report, data, dataProblem }));
  else if (data) io.out(`\n${dataText(data)}`);
  for (const problem of report.problems) io.err(`${read.file}: ${target.name} cannot run this: ${problem}\n`);
  if (dataProblem !== undefined) io.err(`${dataProblem}\n`);
  const cannotRun = report.problems.length > 0;
  const missed = report.feasible === false && !cannotRun;
  if (missed) io.err(plain(`${read.file}: ${report.refusal ?? 'The budget cannot be met.'}\n`));
  if (cannotRun || dataProblem !== undefined) return EXIT.input;
  return missed ? EXIT.budget : EXIT.done;
}

/** As `--json` has it; nothing where the definition names no data. */
interface DataAnswer {
  /** What goes unused or was left out are its warnings. */
  readonly data?: DataCounts & { readonly warnings: readonly string[] };
  /** Why no search can train on them. */
  readonly dataProblem?: string;
}

/** The data, or what is wrong with them: sizes need none. Warnings go to `io.err`. */
async function lookAtData(read: ReadDefinition, io: Io): Promise<DataAnswer> {
  const { dataset } = read.definition;
  if (dataset === undefined) return {};
  try {
    const { counts, warnings } = await checkData(read, io);
    return counts ? { data: { ...counts, warnings } } : {};
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const there = dataset.path === undefined || existsSync(resolve(dirname(read.path), dataset.path));
    const advice = there ? '' : '; --no-data leaves the data out: sizes need none';
    return { dataProblem: `${error.message}${advice}` };
  }
}

function describe(name: string, report: CheckReport): string {
  const { totals, architectures, target, exactFormat, savings } = report;
  return plain(
    [
      `${name} for ${target}: ${formatArchitectures(BigInt(architectures))} ${architectures === '1' ? 'architecture' : 'architectures'}`,
      ...(report.inputs ? [`Input: ${report.inputs.join(' | ')}.`] : []),
      '',
      checkTable(report),
      ...limitLines(report),
      ...(report.ensemble ? [`Ensemble: ${ensembleReachText(report.ensemble, report.budgetBytes)}`] : []),
      ...(exactFormat ? [] : [`Sizes on ${target} are approximate (≈).`]),
      ...(savings === undefined ? [] : [savings]),
      sourceText(report),
      ...(totals.cycles === undefined
        ? []
        : [
            `One inference takes ${workText(clockOf(findTarget(target)), totals.cycles.smallest, totals.cycles.largest)}.`,
          ]),
      ...(totals.commandBytes === undefined
        ? []
        : [commandLine(totals.commandBytes.smallest, totals.commandBytes.largest)]),
      ...workLines(report),
      ...paddingLines(report.rows),
      '',
    ].join('\n'),
  );
}

/** The limits, whether they can be met, and what the architectures take of those that are no memory. */
function limitLines(report: CheckReport): string[] {
  const { budgetBytes, limits } = report;
  const named = limits.map(({ cost, limit }) => amountOf(cost, limit)).join(', ');
  const verdict = limits.length === 0 ? '' : `Budget: ${named}. ${reach(report)}`;
  return [
    ...(budgetBytes === undefined
      ? [
          `There is no budget${limits.length === 0 ? '' : ' for weights'}; give --budget or write \`target: { weights: 48 KiB }\`.`,
        ]
      : []),
    ...(verdict === '' ? [] : [verdict]),
    ...limits.flatMap(({ cost, limit, smallest, largest }) => {
      if (smallest === undefined || largest === undefined) return [];
      const { title, unit } = COST_WORDS[cost];
      const estimated = cost === 'macs' ? '' : '≈ ';
      const range = between({ smallest, largest }, (value) => formatUnit(unit, value));
      return [`${title}: ${estimated}${range} an inference, limit ${formatUnit(unit, limit)}.`];
    }),
  ];
}

/** Whether the bytes are exact, and where they come from. */
function sourceText({ exactFrom, totals, architectures, target }: CheckReport): string {
  if (exactFrom !== undefined)
    return `Bytes are exact: ${formatCount(totals.bytes.smallest)} B, the weights of ${exactFrom} encoded.`;
  return `Bytes are estimates by the rate table: there are no weights of ${architectures === '1' ? 'this architecture' : 'these architectures'}, encoded for ${target}.`;
}

function reach({ feasible, allFit, problems, target }: CheckReport): string {
  if (problems.length > 0) return `${target} cannot run this.`;
  if (feasible === false) return 'It cannot be met.';
  return allFit ? 'Every architecture fits.' : 'It can be met.';
}
