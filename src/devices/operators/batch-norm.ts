/** Batch normalisation, activation and channel mask as one operator. */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused, type FusedKernel } from './fused.ts';

export type FusedActivation = 'relu' | 'relu6' | 'none';
export interface NormOptions {
  readonly activation: FusedActivation;
  readonly epsilon: number;
}

const ACTIVATIONS: Readonly<Record<FusedActivation, (x: tf.Tensor) => tf.Tensor>> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  none: (x) => x,
};

/**
 * tfjs knows gradients by the kernel's name, and what backends save for theirs differs: so each has names of its own.
 */
const BATCH_KERNELS: readonly FusedKernel[] = ['UdcBatchNormAct', 'UdcNativeBatchNormAct'];
const FIXED_KERNELS: readonly FusedKernel[] = ['UdcNormAct', 'UdcNativeNormAct'];

/**
 * mask · act(gamma · (x − mean) / √(variance + epsilon) + beta) with the mean and (biased) variance of this batch, per
 * channel.
 * Differentiable in x, gamma, beta and mask; a masked channel's mask still gets the gradient that its activation would
 * earn.
 * The returned mean and variance [C] are for running averages and carry no gradient.
 */
export function batchNormAct(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mask: tf.Tensor1D,
  options: NormOptions,
): { y: tf.Tensor4D; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const fused = BATCH_KERNELS.find(hasFused);
  if (fused !== undefined) {
    const [y, mean, variance] = tf.engine().runKernel(fused, { x, gamma, beta, mask }, { ...options }) as unknown as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return { y, mean, variance };
  }
  const axes = [0, 1, 2];
  const mean = tf.mean(x, axes) as tf.Tensor1D;
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes) as tf.Tensor1D;
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, options.epsilon)));
  return { y: activated(tf.add(tf.mul(centred, scale), beta), mask, options), mean, variance };
}

/** The same with given statistics, which are constants; differentiable in x, gamma, beta and mask. */
export function normAct(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  mask: tf.Tensor1D,
  options: NormOptions,
): tf.Tensor4D {
  const fused = FIXED_KERNELS.find(hasFused);
  if (fused !== undefined)
    return (
      tf.engine().runKernel(fused, { x, gamma, beta, mask, mean, variance }, { ...options }) as unknown as [tf.Tensor4D]
    )[0];
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, options.epsilon)));
  const shift = tf.sub(beta, tf.mul(mean, scale));
  return activated(tf.add(tf.mul(x, scale), shift), mask, options);
}

const activated = (x: tf.Tensor, mask: tf.Tensor1D, { activation }: NormOptions): tf.Tensor4D =>
  tf.mul(ACTIVATIONS[activation](x), mask);
