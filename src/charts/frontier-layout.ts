/** Where everything of a frontier's picture stands: one layout for the panel and for reports. */
import { formatMetric } from '../wire/tasks/metrics.ts';
import { tickLabel, ticks } from './curves.ts';
import { byteScale, type Frontier, type FrontierPoint } from './frontier.ts';

export interface Mark {
  readonly point: FrontierPoint;
  readonly x: number;
  readonly y: number;
  /** Ends of the spread. */
  readonly top: number;
  readonly bottom: number;
}

export interface FrontierLayout {
  readonly width: number;
  readonly height: number;
  readonly box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly across: readonly { readonly x: number; readonly label: string }[];
  readonly up: readonly { readonly y: number; readonly label: string }[];
  readonly budgets: readonly number[];
  readonly front: readonly (readonly [x: number, y: number])[];
  /** In the order of the frontier's series. */
  readonly marks: readonly (readonly Mark[])[];
}

/** Room for a metric beside the axis, and for the axis below, in pixels. */
const MARGINS = { left: 62, right: 16, top: 14, bottom: 40 };

/** @param width pixels @param height pixels */
export function frontierLayout(
  { metric, series, front, budgets }: Frontier,
  width: number,
  height: number,
): FrontierLayout {
  const { left, right, top, bottom } = MARGINS;
  const box = { left, right: width - right, top, bottom: height - bottom };
  const all = series.flatMap(({ points }) => points);
  const scale = byteScale([...all.map(({ bytes }) => bytes), ...budgets], (box.right - box.left) / 90);
  const x = (bytes: number): number => box.left + scale.place(bytes) * (box.right - box.left);
  const [low, high] = [Math.min(...all.map((one) => one.low)), Math.max(...all.map((one) => one.high))];
  const air = high > low ? 0.1 * (high - low) : Math.max(0.05 * Math.abs(high), 1e-3);
  const [from, to] = [low - air, high + air];
  const y = (value: number): number => box.bottom - ((value - from) / (to - from)) * (box.bottom - box.top);
  return {
    width,
    height,
    box,
    across: scale.ticks.map((bytes) => ({ x: x(bytes), label: tickLabel(bytes, 'bytes') })),
    up: ticks(from, to, 5).map((value) => ({ y: y(value), label: formatMetric(metric, value) })),
    budgets: budgets.map(x),
    front: front.map((point) => [x(point.bytes), y(point.metric)]),
    marks: series.map(({ points }) =>
      points.map((point) => ({
        point,
        x: x(point.bytes),
        y: y(point.metric),
        top: y(point.high),
        bottom: y(point.low),
      })),
    ),
  };
}

/** Shapes of marks, one a series in turn: they differ without colour. Paths around 0, 0, some 10 pixels wide. */
export const MARKS: readonly string[] = [
  'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z',
  'M-4.5 -4.5h9v9h-9z',
  'M0 -6l5.5 10h-11z',
  'M0 -6l6 6l-6 6l-6 -6z',
  'M0 6l5.5 -10h-11z',
  'M-2 -6h4v4h4v4h-4v4h-4v-4h-4v-4h4z',
];

/** Of published points: a cross, which nothing of the sweep has. */
export const PUBLISHED_MARK = 'M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5';
