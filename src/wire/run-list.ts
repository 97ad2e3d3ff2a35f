/** A list of runs that a person sorts and filters: the same in the editor and in a terminal. */
import { metricGain, type MetricName } from './tasks/metrics.ts';

/** What a run is told from others by. */
export interface RunLine {
  readonly name: string;
  /** ISO 8601. */
  readonly created: string;
  /** In bytes. */
  readonly budget: number;
  /** As people know it. */
  readonly strategy: string;
  readonly state: string;
  readonly metric?: { readonly name: MetricName; readonly value: number };
  /** Exact. */
  readonly bytes?: number;
  readonly note?: string;
  readonly definition: string;
  readonly seed: number;
}

export const RUN_ORDERS = ['date', 'name', 'budget', 'strategy', 'metric', 'size'] as const;
/** The newest, the smallest budget or size, or the best first; names and strategies by the alphabet. */
export type RunOrder = (typeof RUN_ORDERS)[number];

type Compare = (a: RunLine, b: RunLine) => number;

const known = (a: unknown, b: unknown): number => Number(a === undefined) - Number(b === undefined);

const COMPARE: Readonly<Record<RunOrder, Compare>> = {
  date: (a, b) => b.created.localeCompare(a.created),
  name: (a, b) => a.name.localeCompare(b.name),
  budget: (a, b) => a.budget - b.budget,
  strategy: (a, b) => a.strategy.localeCompare(b.strategy),
  metric: (a, b) => {
    if (!a.metric || !b.metric) return known(a.metric, b.metric);
    // Of tasks that are measured otherwise, each by itself.
    if (a.metric.name !== b.metric.name) return a.metric.name.localeCompare(b.metric.name);
    return metricGain(a.metric.name, b.metric.value, a.metric.value);
  },
  size: (a, b) => (a.bytes === undefined || b.bytes === undefined ? known(a.bytes, b.bytes) : a.bytes - b.bytes),
};

/** In an order; what is alike stays as it came. */
export function sortRuns<T>(runs: readonly T[], order: RunOrder, line: (run: T) => RunLine): readonly T[] {
  return runs
    .map((run) => ({ run, line: line(run) }))
    .sort((a, b) => COMPARE[order](a.line, b.line))
    .map(({ run }) => run);
}

/** Does a run have all words of a text, wherever, in any case? An empty text fits all. */
export function fitsFilter(
  { name, strategy, state, note = '', definition, created, seed }: RunLine,
  text: string,
): boolean {
  const whole = [name, strategy, state, note, definition, created, `seed ${seed}`].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
