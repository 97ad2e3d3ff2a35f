/** Straight-through quantisers of the last training stage: weights with a learned step, activations on a given grid. */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused, passBetween } from './fused.ts';
import { largestCode } from '../../base/codes.ts';
import { levels, perChannel } from './levels.ts';

/** The smallest step: a learned step must not reach zero. */
export const SMALLEST_STEP = 1e-9;

/**
 * step · level(w · mask / step) with a trainable step per output channel (LSQ, arXiv 1902.08153).
 * dw passes straight through inside the range, masked; dstep is LSQ's, scaled by 1 / √(weights per channel · largest
 * level).
 * @param step [C], C as `perChannel` counts channels
 * @param mask 0 or 1 per weight
 */
export function quantiseWeights(
  w: tf.Tensor4D,
  step: tf.Tensor1D,
  mask: tf.Tensor4D,
  bits: number,
  options: { readonly depthwise: boolean },
): tf.Tensor4D {
  const make = hasFused('UdcQuantiseWeights') ? fusedQuantiser : composedQuantiser;
  const quantiser = make(bits, (w.size / step.size) * largestCode(bits), options.depthwise);
  return tf.customGrad((...inputs) => {
    const [weights, steps] = inputs as tf.Tensor[] as [tf.Tensor4D, tf.Tensor1D];
    (inputs[2] as unknown as tf.GradSaveFunc)([weights, steps, mask]);
    return {
      value: quantiser.value(weights, steps, mask),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        quantiser.gradients(dy, ...(saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor4D])),
    };
  })(w, step) as tf.Tensor4D;
}

interface Quantiser {
  value(w: tf.Tensor4D, step: tf.Tensor1D, mask: tf.Tensor4D): tf.Tensor4D;
  /** To w and step. */
  gradients(dy: tf.Tensor, w: tf.Tensor4D, step: tf.Tensor1D, mask: tf.Tensor4D): tf.Tensor[];
}

function composedQuantiser(bits: number, squaredGain: number, depthwise: boolean): Quantiser {
  const limit = largestCode(bits);
  const spread = (s: tf.Tensor, shape: readonly number[]): tf.Tensor =>
    perChannel(tf.maximum(s, SMALLEST_STEP) as tf.Tensor1D, shape, depthwise);
  return {
    value: (w, step, mask) => {
      const size = spread(step, w.shape);
      return tf.mul(levels(tf.div(tf.mul(w, mask), size), bits), size);
    },
    gradients: (dy, w, step, mask) => {
      const scaled = tf.div(tf.mul(w, mask), spread(step, w.shape));
      const inside = tf.cast(tf.lessEqual(tf.abs(scaled), limit), 'float32');
      const slope = tf.sub(levels(scaled, bits), tf.mul(scaled, inside));
      const dstep = tf.reshape(tf.sum(tf.mul(dy, slope), depthwise ? [0, 1] : [0, 1, 2]), step.shape);
      return [tf.mul(tf.mul(dy, inside), mask), tf.mul(dstep, 1 / Math.sqrt(squaredGain))];
    },
  };
}

function fusedQuantiser(bits: number, squaredGain: number): Quantiser {
  const attributes = { bits, gain: 1 / Math.sqrt(squaredGain) };
  return {
    value: (w, step, mask) => tf.engine().runKernel('UdcQuantiseWeights', { w, step, mask }, attributes) as tf.Tensor4D,
    gradients: (dy, w, step, mask) =>
      tf.engine().runKernel('UdcQuantiseWeightsGrad', { dy, w, step, mask }, attributes) as unknown as tf.Tensor[],
  };
}

/** An activation grid: real = (code − zeroPoint) · scale; codes are int8, or of fewer bits unsigned. */
export interface ActivationGrid {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly bits?: number;
}

const LOWEST = -128;
const HIGHEST = 127;

/** `x` rounded to the grid and back; the gradient passes where x lies in the grid's range. */
export function fakeQuantActivation<T extends tf.Tensor>(x: T, { scale, zeroPoint, bits = 8 }: ActivationGrid): T {
  const low = (bits < 8 ? 0 : LOWEST) - zeroPoint;
  const high = (bits < 8 ? 2 ** bits - 1 : HIGHEST) - zeroPoint;
  const fused = hasFused('UdcFakeQuant');
  const attributes = { scale, low, high };
  return tf.customGrad((...inputs) => {
    const input = inputs[0] as tf.Tensor;
    (inputs[1] as unknown as tf.GradSaveFunc)([input]);
    return {
      value: fused
        ? (tf.engine().runKernel('UdcFakeQuant', { x: input }, attributes) as tf.Tensor)
        : tf.mul(tf.clipByValue(tf.round(tf.div(input, scale)), low, high), scale),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        passBetween(dy, saved!, { low: low * scale, high: high * scale }),
    };
  })(x) as T;
}
