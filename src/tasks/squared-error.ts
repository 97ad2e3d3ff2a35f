/** Maps and values: the mean squared error. */
import * as tf from '@tensorflow/tfjs-core';
import type { Accumulator, Task } from './task.ts';

/** @param metricOf from the mean squared error of all outputs */
export const squaredError = (metricOf: (meanSquared: number) => number): Omit<Task, 'id' | 'recorder'> => ({
  outset: 'mean',
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets)) as tf.Scalar,
  distance: (outputs, others) => tf.mean(tf.squaredDifference(outputs, others)) as tf.Scalar,
  accumulator(): Accumulator {
    let [squared, elements] = [0, 0];
    return {
      add(outputs, targets) {
        let sum = 0;
        for (let i = 0; i < outputs.length; i++) sum += (outputs[i]! - targets[i]!) ** 2;
        squared += sum;
        elements += outputs.length;
      },
      get metric() {
        return metricOf(squared / elements);
      },
    };
  },
});
