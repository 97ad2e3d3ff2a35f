/** The table of `udc check`, and what it says of cycles below. */
import { BOTTLENECK_WORDS } from '../costs/cycles/layer-work.ts';
import type { ByteRange, CheckReport, CheckRow, Range } from '../costs/check/check-report.ts';
import { formatBytes, formatChange, formatCount, formatLarge, formatShare } from '../text/format.ts';
import { table, type Column } from './terminal/table.ts';

interface CheckColumn extends Column {
  readonly cell: (row: CheckRow) => string;
  readonly total?: (report: CheckReport) => string;
  /** Absent: always. */
  readonly when?: (report: CheckReport) => boolean;
}

const isOne = ({ architectures }: CheckReport): boolean => architectures === '1';
const hasWork = (report: CheckReport): boolean => isOne(report) && report.totals.cycles !== undefined;
const right = { align: 'right' } as const;

/** '24x24x8 … 16', or '12x12x8 … 24x24x16' where the maps of the two ends have other sizes. */
function outputText({ height, width, from, channels }: CheckRow['output']): string {
  if (!from || (from.height === height && from.width === width))
    return `${height}x${width}x${between(channels, String)}`;
  return `${from.height}x${from.width}x${channels.smallest} … ${height}x${width}x${channels.largest}`;
}

const bytesColumn = (title: string, of: keyof ByteRange, when: CheckColumn['when']): CheckColumn => ({
  title,
  ...right,
  cell: ({ bytes }) => (bytes.largest > 0 ? formatBytes(bytes[of]) : ''),
  total: ({ totals }) => formatBytes(totals.bytes[of]),
  ...(when && { when }),
});

const COLUMNS: readonly CheckColumn[] = [
  { title: 'layer', cell: ({ name }) => name, total: () => 'total' },
  { title: 'operator', cell: ({ op }) => op },
  { title: 'kernel', cell: ({ kernel }) => kernel },
  { title: 'output', cell: ({ output }) => outputText(output) },
  {
    title: 'parameters',
    ...right,
    cell: ({ bytes, parameters }) => (bytes.largest > 0 ? between(parameters, formatCount) : ''),
    total: ({ totals }) => between(totals.parameters, formatCount),
  },
  {
    title: 'MACs',
    ...right,
    cell: ({ macs }) => (macs.largest > 0 ? between(macs, formatLarge) : ''),
    total: ({ totals }) => between(totals.macs, formatLarge),
  },
  {
    title: 'activations',
    ...right,
    cell: ({ activationBytes }) => between(activationBytes, formatBytes),
    total: ({ totals }) => between(totals.peakActivationBytes, formatBytes),
  },
  bytesColumn('bytes', 'largest', isOne),
  bytesColumn('smallest', 'smallest', (report) => !isOne(report)),
  bytesColumn('expected', 'expected', (report) => !isOne(report)),
  bytesColumn('largest', 'largest', (report) => !isOne(report)),
  {
    title: 'of budget',
    ...right,
    cell: ({ share, bytes }) => (share && bytes.largest > 0 ? between(share, formatShare) : ''),
    total: ({ totals }) => (totals.share ? between(totals.share, formatShare) : ''),
    when: ({ budgetBytes }) => budgetBytes !== undefined,
  },
  {
    title: 'cycles',
    ...right,
    cell: ({ work }) => (work ? formatLarge(work.cycles) : ''),
    total: ({ totals }) => (totals.cycles ? formatLarge(totals.cycles.largest) : ''),
    when: hasWork,
  },
  {
    title: 'array used',
    ...right,
    cell: ({ work }) => (work?.utilisation === undefined ? '' : formatShare(work.utilisation)),
    when: hasWork,
  },
  { title: 'bound by', cell: ({ work }) => (work ? BOTTLENECK_WORDS[work.bottleneck] : ''), when: hasWork },
];

const fasterLines = (rows: readonly CheckRow[]): string[] =>
  rows.flatMap(({ name, op, faster }) =>
    (faster ?? []).map(
      ({ op: other, cycles, bytes }) =>
        `${name}: ${other} instead of ${op} would take ${formatChange(cycles)} of all cycles and ${formatChange(bytes)} of all bytes, by estimate`,
    ),
  );

/** A layer that takes a large share of the cycles and leaves most of the array unused is worth a sentence. */
const SLOW = { share: 0.1, utilisation: 0.25, most: 3 };

/** Of a space: which layers of its largest architecture take the cycles without using the array. */
function slowLines(report: CheckReport): string[] {
  if (isOne(report)) return [];
  return report.rows
    .flatMap(({ name, work }) => (work ? [{ name, ...work }] : []))
    .filter(({ share, utilisation }) => share >= SLOW.share && (utilisation ?? 0) < SLOW.utilisation)
    .sort((a, b) => b.share - a.share)
    .slice(0, SLOW.most)
    .map(
      ({ name, share, utilisation, bottleneck }) =>
        `${name}, in the largest: ${formatShare(share)} of the cycles${utilisation === undefined ? '' : ` with ${formatShare(utilisation)} of the array used`}; bound by ${BOTTLENECK_WORDS[bottleneck]}`,
    );
}

/** What is said of cycles below the table: slow layers, and what would be faster. */
export const workLines = (report: CheckReport): string[] => [...slowLines(report), ...fasterLines(report.rows)];

/** A line a layer, and the totals. */
export function checkTable(report: CheckReport): string {
  const columns = COLUMNS.filter(({ when }) => when?.(report) ?? true);
  const rows = report.rows.map((row) => columns.map(({ cell }) => cell(row)));
  return table(columns, rows, [columns.map(({ total }) => total?.(report) ?? '')]);
}

/**
 * '12 … 48', or one value where both are the same; the architecture with the fewest bytes of weights may have the
 * larger one.
 */
export function between({ smallest, largest }: Range, format: (value: number) => string): string {
  const [low, high] = [format(Math.min(smallest, largest)), format(Math.max(smallest, largest))];
  return low === high ? low : `${low} … ${high}`;
}
