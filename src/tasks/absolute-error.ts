/** Numbers: trained by the squared error of standardised targets, judged by the absolute error in their own units. */
import * as tf from '@tensorflow/tfjs-core';
import type { Accumulator, Task } from './task.ts';

/** Sums over samples of one output, of targets less the first one. */
interface Sums {
  readonly first: number;
  absolute: number;
  squared: number;
  targets: number;
  squaredTargets: number;
}

export const absoluteError: Omit<Task, 'id' | 'recorder'> = {
  outset: 'mean',
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets)) as tf.Scalar,
  distance: (outputs, others) => tf.mean(tf.squaredDifference(outputs, others)) as tf.Scalar,
  // Prepared targets have mean 0.
  naive: (_, { targetShape, count }) => new Float32Array(count * (targetShape?.channels ?? 1)),
  accumulator(part): Accumulator {
    const std = part?.targetScaling?.std;
    let samples = 0;
    let outputsOf: Sums[] = [];
    const scale = (c: number): number => std?.[c] ?? 1;
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      add(outputs, targets, perSample) {
        if (samples === 0)
          outputsOf = Array.from({ length: perSample }, (_, c) => ({
            first: targets[c]!,
            absolute: 0,
            squared: 0,
            targets: 0,
            squaredTargets: 0,
          }));
        samples += outputs.length / perSample;
        for (let i = 0; i < outputs.length; i++) {
          const sums = outputsOf[i % perSample]!;
          const [error, target] = [outputs[i]! - targets[i]!, targets[i]! - sums.first];
          sums.absolute += Math.abs(error);
          sums.squared += error ** 2;
          sums.targets += target;
          sums.squaredTargets += target ** 2;
        }
      },
      /** In the units of the targets; of several outputs the mean. */
      get metric() {
        return mean(outputsOf.map(({ absolute }, c) => (absolute / samples) * scale(c)));
      },
      /** R² of the outputs whose targets vary, their mean. */
      get measures() {
        const shares = outputsOf.flatMap(({ squared, targets, squaredTargets }) => {
          const variation = squaredTargets - targets ** 2 / samples;
          return variation > 1e-9 * samples ? [1 - squared / variation] : [];
        });
        return shares.length === 0 ? {} : { r2: mean(shares) };
      },
    };
  },
};
