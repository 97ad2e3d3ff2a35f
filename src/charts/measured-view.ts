/** Measurements as a page shows them: cells of networks × devices, bars a device, longest layers, all in words too. */
import { formatBytes, formatLarge, formatShare, formatUnit } from '../text/format.ts';
import { amountText, energyText } from '../wire/measured-text.ts';
import type { Mark, MeasuredNetwork, MeasureReport, Measurement } from '../wire/measurements.ts';

/** What each mark says of a number. */
export const MARK_MEANINGS: Readonly<Record<Mark, string>> = {
  measured: 'by a clock: on this computer, or on a published board by whoever submitted it',
  simulated:
    'by a program that stands for the device: Vela’s cycles, or instructions that QEMU counts, which are no time',
  estimated: 'by UDC’s own formula',
  unknown: 'no number that can be believed; the reason stands beside it',
};

/** A cell in words; lines of what is not known are absent. */
export interface CellWords {
  readonly mark: Mark;
  readonly amount: string;
  readonly lines: readonly string[];
  /** Mark `unknown`: why. */
  readonly reason?: string;
}

export function cellWords(cell: Measurement): CellWords {
  const { seconds, work, memory, joules, mark, reason } = cell;
  const timing = [
    ...(seconds?.p90 === undefined ? [] : [`90th percentile ${formatUnit('seconds', seconds.p90)}`]),
    ...(seconds?.spread === undefined ? [] : [`spread ${formatShare(seconds.spread)}`]),
    ...(seconds && work ? [`${formatLarge(work.count)} ${work.unit}`] : []),
  ];
  const parts = [
    ['arena', memory?.arenaBytes],
    ['stack', memory?.stackBytes],
    ['flash', memory?.flashBytes],
  ] as const;
  const bytes = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${formatBytes(value)}`]));
  const energy = joules === undefined ? [] : [`energy ${energyText(joules)}`];
  return {
    mark,
    amount: amountText(cell),
    lines: [timing, bytes, energy].map((line) => line.join(', ')).filter((line) => line !== ''),
    ...(reason !== undefined && { reason }),
  };
}

/** Why a device says nothing of any network, where that is one reason. */
export function commonReason({ networks }: MeasureReport, column: number): string | undefined {
  const [first, ...others] = networks.map(({ cells }) => cells[column]!.reason);
  return others.every((reason) => reason === first) ? first : undefined;
}

export interface DeviceBar {
  readonly name: string;
  readonly amount: string;
  readonly mark: Mark;
  /** Of the longest bar on its scale. */
  readonly share: number;
}

export interface DeviceBars {
  readonly column: number;
  readonly title: string;
  readonly bars: readonly DeviceBar[];
}

/** How long a bar is: seconds, or where all that is known is a count, that. */
const lengthOf = ({ seconds, work }: Measurement): number | undefined => seconds?.median ?? work?.count;

/** Does anything on a device have a time? What is only counted has a scale of its own. */
const isTimed = ({ networks }: MeasureReport, column: number): boolean =>
  networks.some(({ cells }) => cells[column]!.seconds !== undefined);

/**
 * Bars of all networks for each device with a number, the devices in their order.
 * @param oneScale bars of all devices that tell a time on one scale, else those of each on its own
 */
export function deviceBars(report: MeasureReport, oneScale: boolean): readonly DeviceBars[] {
  const { columns, networks } = report;
  const times = networks.flatMap(({ cells }) => cells.flatMap(({ seconds }) => seconds?.median ?? []));
  return columns.flatMap(({ title }, column): readonly DeviceBars[] => {
    const timed = isTimed(report, column);
    const known = networks.flatMap(({ name, cells }) => {
      const cell = cells[column]!;
      // A device that counts beside times would put two units on one scale.
      const length = timed ? cell.seconds?.median : lengthOf(cell);
      return length === undefined ? [] : [{ name, cell, length }];
    });
    if (known.length === 0) return [];
    const most = oneScale && timed ? Math.max(...times) : Math.max(...known.map(({ length }) => length));
    const bars = known.map(({ name, cell, length }) => ({
      name,
      amount: amountText(cell),
      mark: cell.mark,
      share: most > 0 ? length / most : 0,
    }));
    return [{ column, title, bars }];
  });
}

export interface LongestLayers {
  readonly network: string;
  readonly device: string;
  readonly mark: Mark;
  readonly layers: readonly { readonly name: string; readonly share: number; readonly text: string }[];
}

/** The longest layers of each network on each device that tells of layers. */
export const longestLayersOf = ({ columns, networks }: MeasureReport): readonly LongestLayers[] =>
  networks.flatMap(({ name, cells }) =>
    cells.flatMap(({ layers = [], mark }, i): readonly LongestLayers[] => {
      if (layers.length === 0) return [];
      const told = layers.map(({ name: layer, share, waitsFor }) => ({
        name: layer,
        share,
        text: `${formatShare(share)}${waitsFor === undefined ? '' : `, waits for ${waitsFor}`}`,
      }));
      return [{ network: name, device: columns[i]!.title, mark, layers: told }];
    }),
  );

/** Columns that have a number of some network: those that a picture can be of. */
export const toldColumns = ({ columns, networks }: MeasureReport): readonly number[] =>
  columns.flatMap((_, i) => (networks.some(({ cells }) => lengthOf(cells[i]!) !== undefined) ? [i] : []));

/** Which networks have weights at random; '' for none. */
export function randomText(networks: readonly Pick<MeasuredNetwork, 'name' | 'weights'>[]): string {
  const random = networks.filter(({ weights }) => weights === 'random').map(({ name }) => name);
  if (random.length === 0) return '';
  return `Measured with random weights, and of choices the largest options: ${random.join(', ')}.`;
}
