/** Asks whether the current backend has one of this project's own kernels. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * The project's kernels: a backend registers those it has, and every operator falls back to a composition of tfjs
 * operations.
 */
export type FusedKernel =
  | 'UdcConv2D'
  | 'UdcDepthwiseConv2D'
  | 'UdcBatchNormAct'
  | 'UdcNormAct'
  | 'UdcNativeBatchNormAct'
  | 'UdcNativeNormAct'
  | 'UdcMixWeights'
  | 'UdcMixWeightsGrad'
  | 'UdcQuantiseWeights'
  | 'UdcFakeQuant'
  | 'UdcPassBetween'
  | 'UdcAdam';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Where activations pass their gradient: > 0 and < 6 as closed bounds in single precision.
 * Native TensorFlow and GPUs take anything smaller than the smallest normal number for 0.
 */
export const BETWEEN: Readonly<Record<'relu' | 'relu6', Bounds>> = {
  relu: { low: 2 ** -126, high: Infinity },
  relu6: { low: 2 ** -126, high: 6 - 2 ** -21 },
};

/** `dy` where `low` <= x <= `high`, else 0. */
export function passBetween(dy: tf.Tensor, x: tf.Tensor, { low, high }: Bounds): tf.Tensor {
  if (hasFused('UdcPassBetween')) return tf.engine().runKernel('UdcPassBetween', { x, dy }, { low, high });
  const above = tf.greaterEqual(x, low);
  // GPUs need not know infinity.
  return tf.mul(dy, tf.cast(high === Infinity ? above : tf.logicalAnd(above, tf.lessEqual(x, high)), 'float32'));
}

/** True where the current backend has registered this kernel. */
export function hasFused(kernel: FusedKernel): boolean {
  return tf.getKernel(kernel, tf.getBackend()) !== undefined;
}
