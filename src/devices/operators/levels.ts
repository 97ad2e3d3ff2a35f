/** Rounding to the symmetric weight grid. */
import * as tf from '@tensorflow/tfjs-core';
import { largestCode } from '../../base/codes.ts';

/**
 * Levels of `scaled` = weight / step, as whole numbers (ties to even). Zero, which is what pruning leaves, stays zero
 * at any bitwidth.
 */
export function levels(scaled: tf.Tensor, bits: number): tf.Tensor {
  if (bits === 1) return tf.sign(scaled);
  const limit = largestCode(bits);
  return tf.clipByValue(tf.round(scaled), -limit, limit);
}

/**
 * A per-channel vector shaped to multiply a weight tensor: the last axis of HWIO, the last two of depthwise [h, w, c,
 * m].
 */
export function perChannel(vector: tf.Tensor1D, shape: readonly number[], depthwise: boolean): tf.Tensor {
  return tf.reshape(vector, depthwise ? [1, 1, shape[2]!, shape[3]!] : [1, 1, 1, shape[3]!]);
}
