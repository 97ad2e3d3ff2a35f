/** Autoencoders: the squared error of a sample, and how well that of a recording tells anomalies. */
import * as tf from '@tensorflow/tfjs-core';
import { areaUnderRoc } from './roc.ts';
import type { Accumulator, Judged, Task } from './task.ts';

/** Share of normal recordings that may be reported, for the partial area. */
const FALSE_ALARMS = 0.1;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores of recordings: the mean over the samples that are windows of one; a sample that is none stands alone. */
function perRecording(
  errors: readonly number[],
  { labels, groups }: Judged,
): { scores: number[]; anomalous: boolean[] } {
  const recordings = new Map<number, { errors: number[]; anomalous: boolean }>();
  errors.forEach((error, i) => {
    const key = groups?.[i] ?? i;
    const recording = recordings.get(key) ?? { errors: [], anomalous: false };
    recording.errors.push(error);
    recording.anomalous ||= labels[i] === 1;
    recordings.set(key, recording);
  });
  const all = [...recordings.values()];
  return { scores: all.map((one) => mean(one.errors)), anomalous: all.map(({ anomalous }) => anomalous) };
}

export const reconstructionError: Omit<Task, 'id' | 'recorder'> = {
  // The output may be a vector of all values: those of a map lie in the same order.
  outset: 'mean',
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(tf.reshape(outputs, targets.shape), targets)) as tf.Scalar,
  distance: (outputs, others) => tf.mean(tf.squaredDifference(outputs, others)) as tf.Scalar,
  // Prepared samples have mean 0.
  naive: (images) => new Float32Array(images.length),
  accumulator(part = { labels: new Int32Array(0) }): Accumulator {
    const errors: number[] = [];
    return {
      add(outputs, targets, perSample) {
        for (let from = 0; from < outputs.length; from += perSample) {
          let sum = 0;
          for (let i = from; i < from + perSample; i++) sum += (outputs[i]! - targets[i]!) ** 2;
          errors.push(sum / perSample);
        }
      },
      get metric() {
        const { scores, anomalous } = perRecording(errors, part);
        return areaUnderRoc(scores, anomalous) ?? mean(errors);
      },
      get measures() {
        const { scores, anomalous } = perRecording(errors, part);
        const pauc = areaUnderRoc(scores, anomalous, FALSE_ALARMS);
        if (pauc === undefined) return {};
        return {
          pauc,
          'error-normal': mean(errors.filter((_, i) => part.labels[i] !== 1)),
          'error-anomalous': mean(errors.filter((_, i) => part.labels[i] === 1)),
        };
      },
    };
  },
};
