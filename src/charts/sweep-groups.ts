/** The runs of a sweep that differ by their seed alone, as one point of the frontier: median and spread. */
import type { Effort } from '../wire/effort.ts';
import { bestMetric, metricGain, type MetricName } from '../wire/tasks/metrics.ts';
import { strategyTitle } from '../wire/strategies.ts';
import type { SweepFacts, SweepRow } from '../wire/sweep-plan.ts';

/** Of one or more numbers. */
export interface Spread {
  readonly median: number;
  readonly mean: number;
  /** Standard deviation as a sample of all numbers that there could be (n − 1); absent of one number. */
  readonly deviation?: number;
  readonly low: number;
  readonly high: number;
}

/** Runs of one budget, strategy and target, or the baselines of one name that were trained beside them. */
export interface SweepGroup {
  readonly kind: 'search' | 'baseline';
  /** 'UDC', 'uniform 4-bit'. */
  readonly title: string;
  readonly strategy: string;
  readonly target: string;
  readonly budget: number;
  /** Finished ones. */
  readonly runs: number;
  /** By integer arithmetic on the test part. */
  readonly metric: Spread;
  /** Exact. */
  readonly bytes: Spread;
  /** What each took; absent where a run of it does not say. */
  readonly steps?: Spread;
  readonly seconds?: Spread;
  /** Of an inference, estimated; absent where the target has no model, and of baselines. */
  readonly cycles?: Spread;
  /** The run with the best metric; of a baseline, the one that it was trained beside. */
  readonly best: string;
  /** No other of its target is at least as good by its medians and better in one. */
  readonly front: boolean;
}

/** @throws Error for no number */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('there is no spread of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    ...(values.length > 1 && { deviation: Math.sqrt(squares / (values.length - 1)) }),
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    low: sorted[0]!,
    high: sorted.at(-1)!,
  };
}

interface Sample {
  readonly group: Pick<SweepGroup, 'kind' | 'title' | 'strategy' | 'target' | 'budget'>;
  readonly bytes: number;
  readonly metric: number;
  readonly run: string;
  readonly effort: Effort | undefined;
  readonly cycles?: number;
}

function samplesOf({ cell, result, runId }: SweepRow): readonly Sample[] {
  if (!result || runId === undefined) return [];
  const { strategy, target, budget } = cell;
  const [network] = result.networks;
  const common = { strategy, target, budget };
  return [
    {
      group: { kind: 'search', title: strategyTitle(strategy), ...common },
      bytes: network.certificate.exactBytes,
      metric: network.integerMetric,
      run: runId,
      effort: result.effort,
      ...(network.totals.cycles > 0 && { cycles: network.totals.cycles }),
    },
    ...result.baselines.map(({ name, exactBytes, integerMetric, effort }) => ({
      group: { kind: 'baseline' as const, title: name, ...common },
      bytes: exactBytes,
      metric: integerMetric,
      run: runId,
      effort,
    })),
  ];
}

function effortsOf(samples: readonly Sample[]): Pick<SweepGroup, 'steps' | 'seconds'> {
  const efforts = samples.flatMap(({ effort }) => effort ?? []);
  if (efforts.length < samples.length) return {};
  return {
    steps: spreadOf(efforts.map(({ steps }) => steps)),
    seconds: spreadOf(efforts.map(({ measured }) => measured.seconds)),
  };
}

function cyclesOf(samples: readonly Sample[]): Pick<SweepGroup, 'cycles'> {
  const cycles = samples.flatMap((sample) => sample.cycles ?? []);
  return cycles.length < samples.length ? {} : { cycles: spreadOf(cycles) };
}

/** The metric of a sweep's results; undefined while there are none. */
export const metricOfSweep = ({ rows }: Pick<SweepFacts, 'rows'>): MetricName | undefined =>
  rows.find(({ result }) => result)?.result?.metric;

/** The finished runs of a sweep in groups, in the order of their budgets, targets and strategies; searches first. */
export function sweepGroups(facts: Pick<SweepFacts, 'rows' | 'plan'>): readonly SweepGroup[] {
  const metric = metricOfSweep(facts);
  const byKey = new Map<string, Sample[]>();
  for (const sample of facts.rows.flatMap(samplesOf)) {
    const { kind, title, strategy, target, budget } = sample.group;
    const key = JSON.stringify([kind, title, strategy, target, budget]);
    byKey.set(key, [...(byKey.get(key) ?? []), sample]);
  }
  const groups = [...byKey.values()].map((samples) => {
    const best = bestMetric(
      metric,
      samples.map((sample) => sample.metric),
    );
    return {
      ...samples[0]!.group,
      runs: samples.length,
      metric: spreadOf(samples.map((sample) => sample.metric)),
      bytes: spreadOf(samples.map(({ bytes }) => bytes)),
      ...effortsOf(samples),
      ...cyclesOf(samples),
      best: samples.find((sample) => sample.metric === best)!.run,
    };
  });
  const { plan } = facts;
  const rank = ({ kind, budget, target, strategy }: (typeof groups)[number]): readonly number[] => [
    plan.targets.indexOf(target),
    budget,
    kind === 'search' ? 0 : 1,
    plan.strategies.indexOf(strategy),
  ];
  return groups
    .map((group) => ({ ...group, front: !groups.some((other) => beats(metric, other, group)) }))
    .sort((a, b) => compared(rank(a), rank(b)));
}

type Medians = Pick<SweepGroup, 'target' | 'bytes' | 'metric'>;

function beats(metric: MetricName | undefined, a: Medians, b: Medians): boolean {
  if (a.target !== b.target) return false;
  const gain = metricGain(metric, a.metric.median, b.metric.median);
  return a.bytes.median <= b.bytes.median && gain >= 0 && (a.bytes.median < b.bytes.median || gain > 0);
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
