/** Measurements as tables, for the terminal and for HTML: what every network takes on every device, and why not. */
import { formatBytes, formatLarge, formatShare, formatUnit } from '../text/format.ts';
import { amountText, energyText, NOTHING } from '../wire/measured-text.ts';
import type { MeasureReport, Measurement, MemoryUse, Timing } from '../wire/measurements.ts';
import type { WordTable } from '../text/word-table.ts';

const part = (timing: Timing | undefined, of: 'p90' | 'spread'): string => {
  const value = timing?.[of];
  if (value === undefined) return '';
  return of === 'spread' ? formatShare(value) : formatUnit('seconds', value);
};

const bytes = (memory: MemoryUse | undefined, of: keyof MemoryUse): string => {
  const value = memory?.[of];
  return value === undefined ? '' : formatBytes(value);
};

type Network = MeasureReport['networks'][number];

/** One network on every device. */
function oneNetwork({ columns }: MeasureReport, { name, cells }: Network): WordTable {
  return {
    title: name,
    head: ['device', 'inference', '90th percentile', 'spread', 'counted', 'energy', 'arena', 'stack', 'flash', 'how'],
    numeric: [1, 2, 3, 4, 5, 6, 7, 8],
    rows: cells.map(({ seconds, work, joules, memory, mark }, i) => [
      columns[i]!.title,
      seconds ? formatUnit('seconds', seconds.median) : NOTHING,
      part(seconds, 'p90'),
      part(seconds, 'spread'),
      work ? `${formatLarge(work.count)} ${work.unit}` : '',
      joules === undefined ? '' : energyText(joules),
      bytes(memory, 'arenaBytes'),
      bytes(memory, 'stackBytes'),
      bytes(memory, 'flashBytes'),
      mark,
    ]),
  };
}

/** How the cells of a device came about: a mark, or several where they differ. */
const marksOf = ({ networks }: MeasureReport, column: number): string =>
  [...new Set(networks.map(({ cells }) => cells[column]!.mark))].join(', ');

/** Devices × networks; devices that say nothing of any are left out where `sparse`. */
function matrix(report: MeasureReport, title: string, cell: (of: Measurement) => string, sparse = false): WordTable {
  const { columns, networks } = report;
  const rows = columns.map((column, i) => [
    column.title,
    ...networks.map(({ cells }) => cell(cells[i]!)),
    marksOf(report, i),
  ]);
  return {
    title,
    head: ['device', ...networks.map(({ name }) => name), 'how'],
    numeric: networks.map((_, i) => i + 1),
    rows: rows.filter((row) => !sparse || row.slice(1, -1).some((text) => text !== NOTHING)),
  };
}

const memoryText = ({ memory }: Measurement): string => {
  const { arenaBytes, flashBytes } = memory ?? {};
  if (arenaBytes === undefined && flashBytes === undefined) return NOTHING;
  return [arenaBytes, flashBytes].map((value) => (value === undefined ? NOTHING : formatBytes(value))).join(' / ');
};

const energyOf = ({ joules }: Measurement): string => (joules === undefined ? NOTHING : energyText(joules));
const hasEnergy = ({ networks }: MeasureReport): boolean =>
  networks.some(({ cells }) => cells.some(({ joules }) => joules !== undefined));

/** Time, memory and energy of every network on every device. */
export function measureTables(report: MeasureReport): readonly WordTable[] {
  const [first, ...others] = report.networks;
  if (!first) return [];
  if (others.length === 0) return [oneNetwork(report, first)];
  return [
    matrix(report, 'Median of an inference', amountText),
    matrix(report, 'Memory: arena / flash', memoryText, true),
    ...(hasEnergy(report) ? [matrix(report, 'Energy of an inference', energyOf, true)] : []),
  ];
}

/** Where the time goes: the longest layers of each network on each device that tells. */
export function bottleneckTable({ columns, networks }: MeasureReport): WordTable | undefined {
  const rows = networks.flatMap(({ name, cells }) =>
    cells.flatMap(({ layers = [] }, i) =>
      layers
        .slice(0, networks.length > 1 ? 1 : 3)
        .map((layer) => [name, columns[i]!.title, layer.name, formatShare(layer.share), layer.waitsFor ?? '']),
    ),
  );
  if (rows.length === 0) return undefined;
  return {
    title: 'Where the time goes',
    head: ['network', 'device', 'layer', 'of the time', 'waits for'],
    numeric: [3],
    rows,
  };
}

/** How many pairs of devices are named. */
const PAIRS = 20;

/** The pairs of devices that order the networks least alike; undefined where all have one order. */
export function orderTable({ columns, orders }: MeasureReport): WordTable | undefined {
  const others = orders.filter(({ rho }) => rho < 1).sort((x, y) => x.rho - y.rho);
  if (others.length === 0) return undefined;
  return {
    title: 'Devices that order the networks otherwise (Spearman)',
    head: ['device', 'device', 'ρ', 'networks'],
    numeric: [2, 3],
    rows: others
      .slice(0, PAIRS)
      .map(({ a, b, rho, networks }) => [columns[a]!.title, columns[b]!.title, rho.toFixed(2), String(networks)]),
  };
}

/** What the orders say together; empty for fewer than three networks. */
export function orderText({ columns, orders }: MeasureReport): string {
  if (orders.length === 0) return '';
  const same = orders.filter(({ rho }) => rho === 1).length;
  if (same === orders.length) return 'All devices have the networks in one order (Spearman’s ρ is 1).';
  const { a, b, rho } = orders.reduce((least, pair) => (pair.rho < least.rho ? pair : least));
  const least = `${columns[a]!.title} and ${columns[b]!.title} (Spearman’s ρ is ${rho.toFixed(2)})`;
  if (orders.length === 1) return `The two devices order the networks otherwise: ${least}.`;
  return `${same} of ${orders.length} pairs of devices have the networks in one order; least alike are ${least}.`;
}

/** What is to be known of each device's numbers, and why others are not there: a line each. */
export function measureNotes({ columns, networks }: MeasureReport): readonly string[] {
  return columns.flatMap(({ title }, i) => {
    const cells = networks.map(({ name, cells: all }) => ({ name, cell: all[i]! }));
    const known = cells.flatMap(({ cell }) => (cell.reason === undefined ? [cell] : []));
    const said = [...new Set(known.flatMap(({ version, note }) => [version, note])), agreementText(known)];
    const about = said.filter((text) => text !== undefined && text !== '').join('; ');
    return [...(about === '' ? [] : [`${title}: ${about}`]), ...reasonsOf(title, cells)];
  });
}

/** Reasons, with the networks that they hold for where these are not all. */
function reasonsOf(title: string, cells: readonly { readonly name: string; readonly cell: Measurement }[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const { name, cell } of cells)
    if (cell.reason !== undefined) reasons.set(cell.reason, [...(reasons.get(cell.reason) ?? []), name]);
  return [...reasons].map(
    ([reason, names]) => `${title}: unknown${names.length < cells.length ? ` of ${names.join(', ')}` : ''}: ${reason}`,
  );
}

/** The least that networks agree. */
function agreementText(cells: readonly Measurement[]): string {
  const found = cells.flatMap(({ agreement }) => agreement ?? []);
  if (found.length === 0) return '';
  const equal = Math.min(...found.map((one) => one.equal));
  const most = Math.max(...found.map((one) => one.most));
  return equal === 1
    ? `outputs are those of the integer evaluation on ${found[0]!.samples} samples each`
    : `${found.length > 1 ? 'at least ' : ''}${formatShare(equal)} of outputs are those of the integer evaluation, the furthest is ${most} of 255 steps away`;
}
