/** Asks whether the current backend has one of this project's own kernels. */
import * as tf from '@tensorflow/tfjs-core';

/** The project's kernels: a backend registers those it has, and every operator falls back to a composition of tfjs operations. */
export type FusedKernel =
  | 'UdcConv2D' | 'UdcDepthwiseConv2D' | 'UdcBatchNormAct' | 'UdcMixWeights' | 'UdcMixWeightsGrad' | 'UdcQuantiseWeights' | 'UdcFakeQuant' | 'UdcAdam';

/** True where the current backend has registered this kernel. */
export function hasFused(kernel: FusedKernel): boolean {
  return tf.getKernel(kernel, tf.getBackend()) !== undefined;
}
