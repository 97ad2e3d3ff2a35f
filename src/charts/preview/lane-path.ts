/** A curve of a sample as the path of a picture. */
import type { Lane, PreviewGroup, PreviewSample } from '../../wire/data-preview.ts';

export interface LaneEnds {
  readonly low: number;
  readonly high: number;
}

export const endsOfLane = ({ low, high }: Lane): LaneEnds => ({
  low: low.reduce((a, b) => Math.min(a, b), Infinity),
  high: high.reduce((a, b) => Math.max(a, b), -Infinity),
});

const joined = (one: LaneEnds, other: LaneEnds): LaneEnds => ({
  low: Math.min(one.low, other.low),
  high: Math.max(one.high, other.high),
});

const curvesOf = ({ input, changed }: PreviewSample): readonly (readonly Lane[])[] =>
  [input, changed?.input].map((shown) => (shown?.type === 'curves' ? shown.lanes : []));

/** Of each channel the ends over all samples that are shown: one scale, so that loud and quiet are told apart. */
export function commonEnds(groups: readonly PreviewGroup[]): readonly LaneEnds[] {
  const ends: LaneEnds[] = [];
  for (const lanes of groups.flatMap(({ samples }) => samples.flatMap(curvesOf)))
    lanes.forEach((lane, c) => {
      const own = endsOfLane(lane);
      ends[c] = ends[c] ? joined(ends[c], own) : own;
    });
  return ends;
}

/**
 * The path of a lane in a box, the least value at the bottom; where nothing differs it lies in the middle. A place that
 * stands for several values is a stroke from the least to the most of them.
 */
export function lanePath(lane: Lane, ends: LaneEnds, width: number, height: number): string {
  const span = ends.high - ends.low;
  const y = (value: number): string =>
    (span === 0 ? height / 2 : height - ((value - ends.low) / span) * height).toFixed(1);
  const step = lane.low.length > 1 ? width / (lane.low.length - 1) : 0;
  const points = lane.low.flatMap((low, i) => {
    const [x, high] = [(i * step).toFixed(1), lane.high[i]!];
    return low === high ? [`${x} ${y(low)}`] : [`${x} ${y(low)}`, `${x} ${y(high)}`];
  });
  // One place alone is a line across.
  if (points.length === 1) points.push(`${width} ${y(lane.low[0]!)}`);
  return `M${points.join('L')}`;
}
