/** Asks whether the current backend has one of this project's own kernels. */
import * as tf from '@tensorflow/tfjs-core';

/** The project's kernels: a backend registers those it has, and every operator falls back to a composition of tfjs operations. */
export type FusedKernel =
  | 'UdcConv2D' | 'UdcDepthwiseConv2D' | 'UdcBatchNormAct' | 'UdcNormAct' | 'UdcMixWeights' | 'UdcMixWeightsGrad' | 'UdcQuantiseWeights' | 'UdcFakeQuant' | 'UdcPassBetween' | 'UdcAdam';

/** `dy` where `low` <= x <= `high`, else 0. */
export function passBetween(dy: tf.Tensor, x: tf.Tensor, low: number, high: number): tf.Tensor {
  if (hasFused('UdcPassBetween')) return tf.engine().runKernel('UdcPassBetween', { x, dy }, { low, high });
  return tf.mul(dy, tf.cast(tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high)), 'float32'));
}

/** True where the current backend has registered this kernel. */
export function hasFused(kernel: FusedKernel): boolean {
  return tf.getKernel(kernel, tf.getBackend()) !== undefined;
}
