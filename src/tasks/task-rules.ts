/** The task: its loss, and the metric that is reported. */
import * as tf from '@tensorflow/tfjs-core';
import type { Definition } from '../network/types.ts';

export interface TaskRule {
  readonly metric: 'accuracy' | 'psnr';
  /** Mean loss of a batch (scalar). `targets`: class indices [N], or images [N, H, W, C]. */
  loss(outputs: tf.Tensor4D, targets: tf.Tensor): tf.Scalar;
  /** Mean distance of a batch's outputs from those of another network, which are constants (scalar). */
  distance(outputs: tf.Tensor4D, others: tf.Tensor4D): tf.Scalar;
  /** The metric from outputs on the host: accuracy 0..1, or PSNR in dB of images in [0, 1]. */
  score(
    outputs: Float32Array,
    targets: Int32Array | Float32Array,
    perSample: number,
  ): { readonly good: number; readonly squared: number };
  metricOf(good: number, squared: number, samples: number, elements: number): number;
}

function argmax(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}

const classification: TaskRule = {
  metric: 'accuracy',
  loss(outputs, targets) {
    const [n, , , classes] = outputs.shape;
    const oneHot = tf.oneHot(targets as tf.Tensor1D, classes);
    return tf.losses.softmaxCrossEntropy(oneHot, tf.reshape(outputs, [n, classes])) as tf.Scalar;
  },
  distance(outputs, others) {
    const [n, , , classes] = outputs.shape;
    const logits = (y: tf.Tensor4D): tf.Tensor2D => tf.reshape(y, [n, classes]);
    const likely = tf.softmax(logits(others));
    return tf.neg(tf.mean(tf.sum(tf.mul(likely, tf.logSoftmax(logits(outputs))), 1))) as tf.Scalar;
  },
  score(outputs, targets, perSample) {
    let good = 0;
    for (let i = 0; i < targets.length; i++) if (argmax(outputs, i * perSample, perSample) === targets[i]) good++;
    return { good, squared: 0 };
  },
  metricOf: (good, _squared, samples) => good / samples,
};

const superResolution: TaskRule = {
  metric: 'psnr',
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets)) as tf.Scalar,
  distance: (outputs, others) => tf.mean(tf.squaredDifference(outputs, others)) as tf.Scalar,
  score(outputs, targets) {
    let squared = 0;
    for (let i = 0; i < outputs.length; i++) squared += (outputs[i]! - targets[i]!) ** 2;
    return { good: 0, squared };
  },
  metricOf: (_good, squared, _samples, elements) => -10 * Math.log10(Math.max(squared / elements, 1e-12)),
};

export const TASKS: Readonly<Record<Definition['task'], TaskRule>> = {
  classification,
  'super-resolution': superResolution,
};
