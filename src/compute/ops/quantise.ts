/** Straight-through quantisers of the last training stage: weights with a learned step, activations on a given grid. */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused, passBetween } from './fused.ts';
import { levelLimit, levels, perChannel } from './levels.ts';

/** The smallest step: a learned step must not reach zero. */
const SMALLEST_STEP = 1e-9;

/**
 * step · level(w · mask / step) with a trainable step per output channel (LSQ, arXiv 1902.08153).
 * dw passes straight through inside the range, masked; dstep is LSQ's, scaled by 1 / √(weights per channel · largest level).
 * @param step [C], C as `perChannel` counts channels
 * @param mask 0 or 1 per weight
 */
export function quantiseWeights(w: tf.Tensor4D, step: tf.Tensor1D, mask: tf.Tensor4D, bits: number, options: { readonly depthwise: boolean }): tf.Tensor4D {
  const limit = levelLimit(bits);
  const gain = 1 / Math.sqrt((w.size / step.size) * limit);
  const spread = (s: tf.Tensor): tf.Tensor => perChannel(tf.maximum(s, SMALLEST_STEP) as tf.Tensor1D, w.shape, options.depthwise);
  const axes = options.depthwise ? [0, 1] : [0, 1, 2];
  return tf.customGrad((...inputs) => {
    const [weights, steps] = inputs as tf.Tensor[];
    (inputs[2] as unknown as tf.GradSaveFunc)([weights!, steps!, mask]);
    const size = spread(steps!);
    return {
      value: tf.mul(levels(tf.div(tf.mul(weights!, mask), size), bits), size),
      gradFunc: (dy: tf.Tensor, [w0, s0, mask0]: tf.Tensor[]) => {
        const scaled = tf.div(tf.mul(w0!, mask0!), spread(s0!));
        const inside = tf.cast(tf.lessEqual(tf.abs(scaled), limit), 'float32');
        const slope = tf.sub(levels(scaled, bits), tf.mul(scaled, inside));
        const dstep = tf.reshape(tf.sum(tf.mul(dy, slope), axes), step.shape);
        return [tf.mul(tf.mul(dy, inside), mask0!), tf.mul(dstep, gain)];
      },
    };
  })(w, step) as tf.Tensor4D;
}

/** An int8 activation grid: real = (code − zeroPoint) · scale. */
export interface ActivationGrid { readonly scale: number; readonly zeroPoint: number }

const LOWEST = -128;
const HIGHEST = 127;

/** `x` rounded to the int8 grid and back; the gradient passes where x lies in the grid's range. */
export function fakeQuantActivation<T extends tf.Tensor>(x: T, { scale, zeroPoint }: ActivationGrid): T {
  const low = LOWEST - zeroPoint;
  const high = HIGHEST - zeroPoint;
  const fused = hasFused('UdcFakeQuant');
  const attributes = { scale, low, high };
  return tf.customGrad((...inputs) => {
    const input = inputs[0] as tf.Tensor;
    (inputs[1] as unknown as tf.GradSaveFunc)([input]);
    return {
      value: fused ? tf.engine().runKernel('UdcFakeQuant', { x: input }, attributes) as tf.Tensor : tf.mul(tf.clipByValue(tf.round(tf.div(input, scale)), low, high), scale),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => passBetween(dy, saved!, low * scale, high * scale),
    };
  })(x) as T;
}
