/** Where everything of the picture of an ensemble stands: accuracy over mean work, a mark for each of its points. */
import { formatLarge, formatShare } from '../text/format.ts';
import type { EnsembleReport } from '../wire/ensemble.ts';
import { tickLabel, ticks } from './curves.ts';

export interface EnsembleMark {
  readonly x: number;
  readonly y: number;
}

export interface EnsembleLayout {
  readonly box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly across: readonly { readonly x: number; readonly label: string }[];
  readonly up: readonly { readonly y: number; readonly label: string }[];
  /** Of each point, on the part that thresholds come from and on the test part, which has an interval of one error. */
  readonly validation: readonly EnsembleMark[];
  readonly test: readonly (EnsembleMark & { readonly top: number; readonly bottom: number })[];
  /** The single network, on the test part. */
  readonly rival: EnsembleMark;
}

/** Room for labels beside the axes, in pixels. */
const MARGINS = { left: 58, right: 16, top: 14, bottom: 40 };

/** @param width pixels @param height pixels */
export function ensembleLayout({ points, rival }: EnsembleReport, width: number, height: number): EnsembleLayout {
  const { left, right, top, bottom } = MARGINS;
  const box = { left, right: width - right, top, bottom: height - bottom };
  const works = [...points.flatMap(({ validation, test }) => [validation.work, test.work]), rival.work];
  const shares = [
    ...points.flatMap(({ validation, test }) => [
      validation.accuracy,
      test.accuracy - test.error,
      test.accuracy + test.error,
    ]),
    rival.alone.test,
  ];
  const [least, most] = widened(works, 0.05);
  const [low, high] = widened(shares, 0.08);
  const x = (work: number): number => box.left + ((work - least) / (most - least)) * (box.right - box.left);
  const y = (share: number): number => box.bottom - ((share - low) / (high - low)) * (box.bottom - box.top);
  return {
    box,
    across: ticks(least, most, (box.right - box.left) / 80, 'count').map((work) => ({
      x: x(work),
      label: tickLabel(work, 'count'),
    })),
    up: ticks(low, high, 5).map((share) => ({ y: y(share), label: formatShare(share) })),
    validation: points.map(({ validation }) => ({ x: x(validation.work), y: y(validation.accuracy) })),
    test: points.map(({ test }) => ({
      x: x(test.work),
      y: y(test.accuracy),
      top: y(test.accuracy + test.error),
      bottom: y(test.accuracy - test.error),
    })),
    rival: { x: x(rival.work), y: y(rival.alone.test) },
  };
}

/** The range of some values with air around it; of equal values one that is not empty. */
function widened(values: readonly number[], share: number): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? share * (high - low) : Math.max(share * Math.abs(high), 1e-3);
  return [low - air, high + air];
}

/** The point whose place across is nearest. */
export function nearestPoint(marks: readonly EnsembleMark[], x: number): number {
  let best = 0;
  for (let i = 1; i < marks.length; i++) if (Math.abs(marks[i]!.x - x) < Math.abs(marks[best]!.x - x)) best = i;
  return best;
}

/** What a screen reader says of a point: '87.2 % on the test part with 16.5 k mean cycles, …'. */
export function pointInWords({ points, unit }: EnsembleReport, index: number): string {
  const { validation, test } = points[index]!;
  return `${formatShare(test.accuracy)} on the test part with ${formatLarge(test.work)} mean ${unit}, ${formatShare(validation.accuracy)} on the validation part`;
}
