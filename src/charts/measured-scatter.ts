/** What networks are worth over what they take on a device: where everything of that picture stands. */
import { formatLarge, formatUnit, type Unit } from '../text/format.ts';
import type { MeasuredNetwork, MeasureReport } from '../wire/measurements.ts';
import { formatMetric, metricOf } from '../wire/tasks/metrics.ts';
import { tickLabel, ticks } from './curves.ts';
import { placeLabels, type Label } from './label-places.ts';

export interface ScatterPoint {
  /** Place of the network in the report, which its mark goes by. */
  readonly network: number;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** Absent where there is no room: the legend names it. */
  readonly label?: Label | undefined;
}

export interface MeasuredScatter {
  readonly box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly across: {
    readonly title: string;
    readonly marks: readonly { readonly at: number; readonly label: string }[];
  };
  readonly up: { readonly title: string; readonly marks: readonly { readonly at: number; readonly label: string }[] };
  readonly points: readonly ScatterPoint[];
  /** What stands across and up, and why networks are missing. */
  readonly note: string;
}

interface Axis {
  readonly title: string;
  readonly of: (network: MeasuredNetwork) => number | undefined;
  readonly written: (value: number) => string;
  readonly tick: (value: number) => string;
  readonly unit: Unit;
}

/** Seconds, or where a device only counts, what it counts. */
function taken(report: MeasureReport, column: number): Axis {
  const cells = report.networks.map((network) => network.cells[column]!);
  if (cells.some(({ seconds }) => seconds))
    return {
      title: 'time of an inference',
      of: ({ cells: own }) => own[column]!.seconds?.median,
      written: (value) => formatUnit('seconds', value),
      tick: (value) => tickLabel(value, 'seconds'),
      unit: 'seconds',
    };
  const unit = cells.find(({ work }) => work)?.work?.unit ?? 'cycles';
  return {
    title: `${unit} of an inference`,
    of: ({ cells: own }) => own[column]!.work?.count,
    written: (value) => `${formatLarge(value)} ${unit}`,
    tick: formatLarge,
    unit: 'count',
  };
}

/** The metric of the first run, where two networks or more have it; else bytes that the device stores, or weights. */
function worth({ networks }: MeasureReport, column: number): Axis {
  const metric = networks.find((network) => network.worth)?.worth?.name;
  const judged = networks.filter((network) => network.worth?.name === metric);
  if (metric !== undefined && (judged.length > 1 || networks.length === 1))
    return {
      title: `${metricOf(metric).title}, test part`,
      of: (network) => (network.worth?.name === metric ? network.worth.value : undefined),
      written: (value) => formatMetric(metric, value),
      tick: (value) => formatMetric(metric, value),
      unit: 'number',
    };
  const bytes = {
    written: (value: number) => formatUnit('bytes', value),
    tick: (value: number) => tickLabel(value, 'bytes'),
    unit: 'bytes',
  } as const;
  const flash = (network: MeasuredNetwork): number | undefined => network.cells[column]!.memory?.flashBytes;
  if (networks.every((network) => flash(network) !== undefined)) return { ...bytes, title: 'flash', of: flash };
  return { ...bytes, title: 'weights, packed at their bits', of: ({ weightBytes }) => weightBytes };
}

/** From a little below the least to a little above the most. */
function spanOf(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? 0.12 * (high - low) : Math.max(0.1 * Math.abs(high), 1e-9);
  return [low - air, high + air];
}

const MARGINS = { left: 76, right: 20, top: 14, bottom: 42 };

/**
 * Undefined where the device has no number of a network that the other axis knows.
 * @param width pixels @param height pixels
 */
export function measuredScatter(
  report: MeasureReport,
  column: number,
  width: number,
  height: number,
): MeasuredScatter | undefined {
  const [across, up] = [taken(report, column), worth(report, column)];
  const known = report.networks.flatMap((network, i) => {
    const [x, y] = [across.of(network), up.of(network)];
    return x === undefined || y === undefined ? [] : [{ network, i, x, y }];
  });
  if (known.length === 0) return undefined;
  const box = { left: MARGINS.left, right: width - MARGINS.right, top: MARGINS.top, bottom: height - MARGINS.bottom };
  const [left, right] = spanOf(known.map(({ x }) => x));
  const [low, high] = spanOf(known.map(({ y }) => y));
  const placeX = (value: number): number => box.left + ((value - left) / (right - left)) * (box.right - box.left);
  const placeY = (value: number): number => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
  const places = known.map(({ network, x, y }) => ({ x: placeX(x), y: placeY(y), text: network.name }));
  const labels = placeLabels(places, { ...box, right: width }, []);
  const missing = report.networks.length - known.length;
  return {
    box,
    across: {
      title: across.title,
      marks: ticks(left, right, (box.right - box.left) / 100, across.unit)
        .filter((value) => value >= 0)
        .map((value) => ({ at: placeX(value), label: across.tick(value) })),
    },
    up: {
      title: up.title,
      marks: ticks(low, high, 4, up.unit)
        .filter((value) => value >= 0)
        .map((value) => ({ at: placeY(value), label: up.tick(value) })),
    },
    points: known.map(({ network, i, x, y }, k) => ({
      network: i,
      name: network.name,
      x: places[k]!.x,
      y: places[k]!.y,
      text: `${network.name}: ${up.written(y)} at ${across.written(x)}, ${network.cells[column]!.mark}`,
      label: labels[k],
    })),
    note: `Up: ${up.title}. Across: ${across.title} on ${report.columns[column]!.title}.${missing === 0 ? '' : ` ${missing} of ${report.networks.length} networks have no place here: one of the two is not known of them.`}`,
  };
}
