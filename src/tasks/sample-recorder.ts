/** Rates each sample of a part of the data by the metric of itself alone: their spread, and the worst. */
import { metricGain, type MetricName } from '../wire/tasks/metrics.ts';
import { MOST_WORST, QUANTILES, type Rated, type SampleDetails } from '../wire/tasks/test-report.ts';
import type { HostTargets, Judged, Recorder, Task } from './task.ts';
import { Worst } from './worst.ts';

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const deviationOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};

/**
 * @param task what accumulates the metric
 * @param metric that of a single sample
 */
export function sampleRecorder(task: Pick<Task, 'accumulator'>, metric: MetricName, part?: Judged): Recorder {
  const [values, ofFloat]: [number[], number[]] = [[], []];
  const worst = new Worst<Rated>(MOST_WORST);

  /** The metric of one sample, which stands alone. */
  const rated = (outputs: Float32Array, targets: HostTargets): number => {
    const alone = part && {
      labels: part.labels.subarray(values.length, values.length + 1),
      shape: part.shape,
      targetShape: part.targetShape,
      targetScaling: part.targetScaling,
    };
    const judged = task.accumulator(alone);
    judged.add(outputs, targets, outputs.length);
    return judged.metric;
  };

  return {
    add(outputs, floats, targets, perSample) {
      for (let from = 0; from < outputs.length; from += perSample) {
        const wanted = targets.subarray(from, from + perSample);
        const value = rated(outputs.subarray(from, from + perSample), wanted);
        ofFloat.push(rated(floats.subarray(from, from + perSample), wanted));
        worst.add({ index: values.length, value }, metricGain(metric, 0, value));
        values.push(value);
      }
    },
    details(): SampleDetails {
      const sorted = Float64Array.from(values).sort();
      return {
        type: 'samples',
        metric,
        mean: meanOf(values),
        deviation: deviationOf(values),
        // The sample at that share of the way from the least to the most.
        quantiles: QUANTILES.map((share) => sorted[Math.round(share * (sorted.length - 1))]!),
        floatMean: meanOf(ofFloat),
        floatDeviation: deviationOf(ofFloat),
        worst: worst.list,
      };
    },
  };
}
