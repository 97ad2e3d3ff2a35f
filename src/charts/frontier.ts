/** The frontier of a sweep as something to draw: points with their spread, lines through the best, published points. */
import { formatUncertain, formatUnit } from '../text/format.ts';
import { formatMetric, metricOf, type MetricName } from '../wire/tasks/metrics.ts';
import { listsRun, type SweepFacts } from '../wire/sweep-plan.ts';
import { comparisonsOf } from './reference-points.ts';
import { metricOfSweep, sweepGroups, type SweepGroup } from './sweep-groups.ts';
import { strategyTitle } from '../wire/strategies.ts';

/** A mark of the picture. Points of one series have its look. */
export interface FrontierPoint {
  /** What it is, whole: for a tooltip and for people who do not see the picture. */
  readonly text: string;
  readonly bytes: number;
  readonly metric: number;
  readonly low: number;
  readonly high: number;
  readonly run?: string;
}

export interface FrontierSeries {
  readonly title: string;
  readonly kind: 'search' | 'baseline' | 'published';
  /** By bytes. */
  readonly points: readonly FrontierPoint[];
}

export interface Frontier {
  readonly metric: MetricName;
  readonly series: readonly FrontierSeries[];
  /** Medians that no other beats, by bytes. */
  readonly front: readonly FrontierPoint[];
  readonly budgets: readonly number[];
  /** How far the published points can be compared; absent where there are none. */
  readonly published?: string;
}

/** The picture of a sweep; undefined while no run is done. @param published whether published points are drawn */
export function frontier(facts: SweepFacts, published = true): Frontier | undefined {
  const metric = metricOfSweep(facts);
  if (metric === undefined) return undefined;
  const several = facts.plan.targets.length > 1;
  const pointOf = (group: SweepGroup): FrontierPoint => {
    const { low, high, median, mean, deviation } = group.metric;
    const spread =
      deviation === undefined
        ? ''
        : ` (${formatUncertain(metricOf(metric).unit, mean, deviation)}, ${formatMetric(metric, low)} to ${formatMetric(metric, high)}, over ${group.runs} seeds)`;
    return {
      text: `${titleOf(group, several)}, budget ${formatUnit('bytes', group.budget)}: ${formatMetric(metric, median)}${spread} at ${formatUnit('bytes', group.bytes.median)}`,
      bytes: group.bytes.median,
      metric: median,
      low,
      high,
      run: group.best,
    };
  };
  const groups = sweepGroups(facts);
  const series = new Map<string, { kind: 'search' | 'baseline'; points: FrontierPoint[] }>();
  for (const group of groups) {
    const title = titleOf(group, several);
    const found = series.get(title) ?? { kind: group.kind, points: [] };
    found.points.push(pointOf(group));
    series.set(title, found);
  }
  const references = published && facts.data ? comparisonsOf(facts.data) : undefined;
  const shown = (references?.metricName === metric ? references.points : []).flatMap(
    ({ network, bytes, value, metricText }): FrontierPoint[] =>
      bytes === undefined
        ? []
        : [
            {
              text: `published, ${references!.note}: ${network}: ${metricText} at ${formatUnit('bytes', bytes)}`,
              bytes,
              metric: value,
              low: value,
              high: value,
            },
          ],
  );
  return {
    metric,
    series: [
      ...[...series].map(([title, { kind, points }]) => ({ title, kind, points: byBytes(points) })),
      ...(shown.length > 0 ? [{ title: 'Published', kind: 'published' as const, points: byBytes(shown) }] : []),
    ],
    front: byBytes(groups.filter(({ front }) => front).map(pointOf)),
    budgets: listsRun(facts).budgets,
    ...(shown.length > 0 && references && { published: `${references.task}: ${references.note}` }),
  };
}

const titleOf = ({ kind, title, strategy, target }: SweepGroup, several: boolean): string =>
  [kind === 'search' ? strategyTitle(strategy) : title, ...(several ? [target] : [])].join(', ');

const byBytes = (points: readonly FrontierPoint[]): readonly FrontierPoint[] =>
  [...points].sort((a, b) => a.bytes - b.bytes);

/** The axis of bytes is drawn by their ratio where they span more than this. */
const WIDE = 8;

/** From bytes to 0..1 across, and back for ticks; by ratio where that tells more. */
export interface ByteScale {
  place(bytes: number): number;
  readonly ticks: readonly number[];
}

/** @param wanted about so many ticks */
export function byteScale(values: readonly number[], wanted: number): ByteScale {
  const [low, high] = [Math.max(1, Math.min(...values)), Math.max(1, ...values)];
  const [from, to] = [low / 1.12, high * 1.12];
  const whole = Math.log(to / from);
  const wide = high / low > WIDE;
  const linear = to - from;
  return {
    place: (bytes) => (wide ? Math.log(Math.max(1, bytes) / from) / whole : (bytes - from) / linear),
    ticks: wide ? doublings(from, to, wanted) : multiples(from, to, wanted),
  };
}

function doublings(from: number, to: number, wanted: number): readonly number[] {
  const all: number[] = [];
  for (let bytes = 2 ** Math.ceil(Math.log2(from)); bytes <= to; bytes *= 2) all.push(bytes);
  const every = Math.max(1, Math.ceil(all.length / Math.max(1, wanted)));
  return all.filter((_, at) => at % every === 0);
}

function multiples(from: number, to: number, wanted: number): readonly number[] {
  const rough = (to - from) / Math.max(1, wanted);
  const power = 2 ** Math.ceil(Math.log2(Math.max(1, rough)));
  const all: number[] = [];
  for (let bytes = Math.ceil(from / power) * power; bytes <= to; bytes += power) all.push(bytes);
  return all;
}
