/** Metrics by the names that runs have: how they are written, and which of two is better. */
import { formatUncertain, formatUnit } from '../../text/format.ts';
import type { Check } from '../../base/validate.ts';
import { oneOf } from '../../base/validate.ts';
import { wilson } from './intervals.ts';
import type { Metric } from './task-spec.ts';
import { DEFAULT_TASK, TASK_SPECS, taskSpec, taskSpecs, type TaskName } from './task-table.ts';

type Specs = (typeof TASK_SPECS)[TaskName];

/** Of each task, and where it has one that of a test part with normal and anomalous samples. */
export type MetricName =
  Specs['metric']['id'] | Extract<Specs, { readonly labelledMetric: unknown }>['labelledMetric']['id'];

const allMetrics = (): readonly Metric[] =>
  taskSpecs().flatMap(({ metric, labelledMetric }) => (labelledMetric ? [metric, labelledMetric] : [metric]));

/** A metric by its name; where a run has not begun, that of the default task. */
export function metricOf(name: MetricName | undefined): Metric {
  const found = allMetrics().find(({ id }) => id === name);
  if (!found && name !== undefined) throw new Error(`no task has the metric ${name}`);
  return found ?? taskSpec(DEFAULT_TASK).metric;
}

export const metricOfTask = (name: TaskName): MetricName => taskSpec(name).metric.id as MetricName;

/** What networks are judged by on a test part of such labels. */
export function metricOfTest(name: TaskName, labels: Int32Array): MetricName {
  const { labelledMetric } = taskSpec(name);
  const both = labels.some((label) => label !== labels[0]);
  return labelledMetric && both ? (labelledMetric.id as MetricName) : metricOfTask(name);
}

/** Measures beside the metric, as label and value; of an unknown id nothing. */
export function measureTexts(measures: Readonly<Record<string, number>> = {}): readonly (readonly [string, string])[] {
  const known = taskSpecs().flatMap((spec) => spec.measures ?? []);
  return known.flatMap(({ id, title, unit }) => {
    const value = measures[id];
    return value === undefined ? [] : [[title, formatUnit(unit, value)] as const];
  });
}

export const metricName: Check<MetricName> = (value, path) =>
  oneOf(allMetrics().map(({ id }) => id as MetricName))(value, path);

/** `93.5 %`, `31.20 dB`. */
export const formatMetric = (name: MetricName | undefined, value: number): string =>
  formatUnit(metricOf(name).unit, value);

/** `93.5 % accuracy`, `31.20 dB PSNR`: for sentences, where nothing else says what the number is. */
export const formatNamedMetric = (name: MetricName, value: number): string =>
  `${formatMetric(name, value)} ${metricOf(name).name}`;

/** A metric as it was measured on so many samples, with its standard error where that is known. */
export interface Measurement {
  readonly value: number;
  readonly error?: number | undefined;
  readonly samples?: number | undefined;
}

/**
 * `78.2 ± 1.3 %`; where all samples or none are right, so that the standard error says nothing, the end of the 95 %
 * interval: `100 % (at least 96.3 %)`.
 */
export function formatMeasured(name: MetricName | undefined, { value, error, samples }: Measurement): string {
  const { unit } = metricOf(name);
  const written = formatUncertain(unit, value, error);
  if (unit !== 'share' || error !== 0 || samples === undefined || (value !== 0 && value !== 1)) return written;
  const [low, high] = wilson(value * samples, samples);
  return value === 1
    ? `${written} (at least ${formatUnit(unit, low)})`
    : `${written} (at most ${formatUnit(unit, high)})`;
}

/** The same within a sentence: `78.2 ± 1.3 % accuracy`. */
export const formatNamedMeasured = (name: MetricName, measured: Measurement): string =>
  `${formatMeasured(name, measured)} ${metricOf(name).name}`;

interface Tested {
  readonly integerMetric: number;
  readonly floatMetric: number;
  readonly test?: { readonly samples: number; readonly integerError?: number; readonly floatError?: number };
}

/** A network on the test part, by integer arithmetic and in float. */
export const integerMeasured = ({ integerMetric, test }: Tested): Measurement => ({
  value: integerMetric,
  error: test?.integerError,
  samples: test?.samples,
});
export const floatMeasured = ({ floatMetric, test }: Tested): Measurement => ({
  value: floatMetric,
  error: test?.floatError,
  samples: test?.samples,
});

interface Compared {
  readonly integerMetric: number;
  readonly floatMetric: number;
  readonly integerError?: number;
  readonly floatError?: number;
}

/** The same of a baseline. @param samples of the test part */
export const baselineMeasured = (one: Compared, samples?: number): { integer: Measurement; float: Measurement } => ({
  integer: { value: one.integerMetric, error: one.integerError, samples },
  float: { value: one.floatMetric, error: one.floatError, samples },
});

/** By how much a value is better than another; negative where it is worse. */
export const metricGain = (name: MetricName | undefined, value: number, other: number): number =>
  metricOf(name).better === 'higher' ? value - other : other - value;

/** The best of some values. */
export const bestMetric = (name: MetricName | undefined, values: readonly number[]): number =>
  metricOf(name).better === 'higher' ? Math.max(...values) : Math.min(...values);
