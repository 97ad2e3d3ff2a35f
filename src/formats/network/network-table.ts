/** The report of an existing network in words: what the command line prints and the editor shows. */
import { amountOf, COST_WORDS } from '../../wire/limits.ts';
import { paddingLines } from '../../costs/check/padding-advice.ts';
import { commandLine } from '../../costs/cycles/command-stream.ts';
import { clockOf, findTarget } from '../../targets/find-target.ts';
import { sramText, velaCommand } from '../../costs/activations/vela-arguments.ts';
import { formatBytes, formatCount, formatExactBytes, formatLarge, formatShare, formatUnit } from '../../text/format.ts';
import { workText } from '../../wire/latency.ts';
import type { ByteSplit } from '../../wire/run.ts';
import { entropyBound, splitParts } from '../../wire/byte-split.ts';
import { compiledCosts, type NetworkReport, type NetworkRow } from './network-report.ts';

/** Cells as people read them; units follow a no-break space. */
export interface NetworkTable {
  readonly columns: readonly { readonly title: string; readonly align?: 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** By what each cell sorts. */
  readonly values: readonly (readonly (string | number)[])[];
  /** Bytes that each layer stores: 0 where it has no weights, or they could not be sized. */
  readonly storedBytes: readonly number[];
  readonly total: readonly string[];
  /** What to say below the table, one sentence or two a line. */
  readonly lines: readonly string[];
  /** What the network needs more of than the target has; absent where it fits, or there is no budget. */
  readonly excess?: string;
}

const shareText = (share: number | undefined): string => (share === undefined ? '' : formatShare(share));

interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Shown only where there is a budget. */
  readonly ofBudget?: true;
  readonly cell: (row: NetworkRow) => string;
  /** By what it sorts, where that is not its text. */
  readonly value?: (row: NetworkRow) => number;
  readonly total?: (totals: NetworkReport['totals']) => string;
}

const weighted =
  (text: (row: NetworkRow) => string) =>
  (row: NetworkRow): string =>
    row.bits === undefined ? '' : text(row);

const storedText = (row: NetworkRow): string =>
  row.bits === undefined ? (row.unsizedBytes === undefined ? '' : 'not sized') : formatExactBytes(row.bytes.totalBytes);

/** What a layer stores comes first: in a narrow window the rest is reached by scrolling. */
const COLUMNS: readonly Column[] = [
  { title: 'layer', cell: ({ name }) => name, total: () => 'total' },
  { title: 'operator', cell: ({ op }) => op },
  {
    title: 'stored',
    align: 'right',
    cell: storedText,
    value: ({ bytes }) => bytes.totalBytes,
    total: ({ bytes }) => formatExactBytes(bytes.totalBytes),
  },
  {
    title: 'of budget',
    align: 'right',
    ofBudget: true,
    cell: weighted(({ share }) => shareText(share)),
    value: ({ share }) => share ?? 0,
    total: ({ share }) => shareText(share),
  },
  { title: 'bits', align: 'right', cell: weighted(({ bits }) => String(bits)), value: ({ bits }) => bits ?? 0 },
  {
    title: 'zeros',
    align: 'right',
    cell: ({ sparsity }) => shareText(sparsity),
    value: ({ sparsity }) => sparsity ?? -1,
  },
  { title: 'kernel', cell: ({ kernel }) => kernel },
  {
    title: 'output',
    cell: ({ output: { height, width, channels } }) => `${height}x${width}x${channels}`,
    value: ({ output: { height, width, channels } }) => height * width * channels,
  },
  {
    title: 'parameters',
    align: 'right',
    cell: weighted(({ parameters }) => formatCount(parameters)),
    value: ({ parameters }) => parameters,
    total: ({ parameters }) => formatCount(parameters),
  },
  {
    title: 'MACs',
    align: 'right',
    cell: ({ macs }) => (macs > 0 ? formatLarge(macs) : ''),
    value: ({ macs }) => macs,
    total: ({ macs }) => formatLarge(macs),
  },
  {
    title: 'activations',
    align: 'right',
    cell: ({ activationBytes }) => formatBytes(activationBytes),
    value: ({ activationBytes }) => activationBytes,
    total: ({ peakActivationBytes }) => formatBytes(peakActivationBytes),
  },
];

/**
 * 'Weights 19,008 B + scales and biases 5,888 B + padding 5,504 B = 30,400 B; entropy bound of the weights 20,792 B'
 */
function partsText(bytes: ByteSplit): string {
  const bound = entropyBound(bytes);
  const parts = splitParts(bytes)
    .filter(({ bytes: part }) => part > 0)
    .map(({ name, bytes: part }) => `${name} ${formatExactBytes(part)}`);
  const sum = parts.length > 1 ? ` = ${formatExactBytes(bytes.totalBytes)}` : '';
  return `Stored: ${parts.length === 0 ? 'no weights' : `${parts.join(' + ')}${sum}`}${bound === undefined ? '' : `; entropy bound of the weights ${formatExactBytes(bound)}`}`;
}

/** What is over its limit: the first that is. */
function excessOf({ costs }: NetworkReport): string {
  const { cost, value, limit } = costs.find((one) => one.value > one.limit!)!;
  const { unit, of, title } = COST_WORDS[cost];
  if (unit !== 'bytes')
    return `${title}: an inference takes ${formatUnit(unit, value)}${unit === 'count' ? ` (${formatCount(value)})` : ''}, more than the limit of ${amountOf(cost, limit!)}`;
  return `${of} take ${formatCount(value)} B (${formatBytes(value)}), more than the budget of ${formatBytes(limit!)}`;
}

/**
 * How the compiler is called so that memory and time of the table hold; nothing where the table is not of the whole
 * file as it is.
 */
function compileLines(report: NetworkReport): string[] {
  if (report.asIfInt8 !== undefined || report.rows.some(({ standsFor }) => standsFor !== undefined)) return [];
  const target = findTarget(report.target);
  const command = velaCommand(target, compiledCosts(report), 'FILE.tflite');
  if (command === undefined) return [];
  const sram = sramText(target, compiledCosts(report));
  return [`Compile with: ${command}`, ...(sram === undefined ? [] : [`SRAM with that command: ${sram}`])];
}

const nameText = ({ name, standsFor, unsizedBytes }: NetworkRow): string =>
  `${name} (${standsFor}${unsizedBytes === undefined ? '' : `, ${formatExactBytes(unsizedBytes)} of constants in the file`})`;

/** What the totals leave out, and why their numbers are no measurement of the file as it is. */
function partialLines({ rows, asIfInt8 }: NetworkReport): string[] {
  const unsized = rows.filter(({ unsizedBytes }) => unsizedBytes !== undefined);
  const uncounted = rows.filter((row) => row.standsFor !== undefined && row.unsizedBytes === undefined);
  return [
    ...(unsized.length === 0
      ? []
      : [
          `The total is of the ${rows.length - unsized.length} layers of ${rows.length} that could be sized. Not sized: ${unsized.map(nameText).join(', ')}.`,
        ]),
    ...(uncounted.length === 0
      ? []
      : [`Not counted in the cycles, and in no definition: ${uncounted.map(nameText).join(', ')}.`]),
    ...(asIfInt8 === undefined
      ? []
      : [
          `This is ${asIfInt8}. All numbers are what it would have in int8 (≈): weights rounded to 8 bits with a scale for each channel, activations of one byte.`,
        ]),
  ];
}

/** Is the budget met? */
function verdict({ feasible, problems, target }: NetworkReport): string {
  if (problems.length > 0) return `${target} cannot run the network.`;
  return feasible === undefined
    ? 'The layers that could be sized fit; whether all do is not known.'
    : feasible
      ? 'It is met.'
      : 'It is not met.';
}

/** Puts a report into words. */
export function networkTable(report: NetworkReport): NetworkTable {
  const { totals, rows, budgetBytes, costs, target, exactSizes, feasible, savings, problems, asIfInt8 } = report;
  const columns = COLUMNS.filter(({ ofBudget }) => ofBudget === undefined || budgetBytes !== undefined);
  return {
    columns: columns.map(({ title, align }) => ({ title, ...(align && { align }) })),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
    values: rows.map((row) => columns.map(({ cell, value }) => (value ? value(row) : cell(row)))),
    storedBytes: rows.map(({ bytes }) => bytes.totalBytes),
    total: columns.map(({ total }) => total?.(totals) ?? ''),
    lines: [
      ...(budgetBytes === undefined && !costs.some(({ cost }) => COST_WORDS[cost].unit !== 'bytes')
        ? []
        : [`Budget: ${costs.map(({ cost, limit }) => amountOf(cost, limit!)).join(', ')}. ${verdict(report)}`]),
      ...partialLines(report),
      `${partsText(totals.bytes)}.${totals.cycles > 0 ? ` One inference takes ${workText(clockOf(findTarget(target)), totals.cycles)}.` : ''}`,
      ...(totals.commandBytes === undefined ? [] : [commandLine(totals.commandBytes)]),
      ...(exactSizes || asIfInt8 !== undefined ? [] : [`Sizes on ${target} are approximate (≈).`]),
      ...(savings === undefined ? [] : [savings]),
      ...compileLines(report),
      ...paddingLines(rows),
    ],
    ...(feasible === false && problems.length === 0 && { excess: excessOf(report) }),
  };
}
