/**
 * Activations as a chip with narrow maps computes them, code for code, in floating point and with gradients: the sum of
 * products in whole steps of the accumulator, rescaled with two roundings (`src/integer/fixed-point.ts`), cut off at
 * the codes of the output. Of maps of few bits a code more or less is no detail.
 */
import * as tf from '@tensorflow/tfjs-core';
import { passBetween } from './fused.ts';

/** Codes of an output relative to its zero point, and what one is worth. */
export interface CodeRange {
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/** Which ends of the range are the learned clip's; the others are an activation function's. */
export interface LearnedEnds {
  readonly low: boolean;
  readonly high: boolean;
}

/** To the nearest whole number, halves away from zero. */
function nearest(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sign(x), tf.floor(tf.add(tf.abs(x), 0.5)));
}

/** Codes of `y`, sums of products of which one step is worth `unit` [C]. */
function rescaled(y: tf.Tensor, unit: tf.Tensor1D, { scale, low, high }: CodeRange): tf.Tensor {
  const sums = nearest(tf.div(y, unit));
  const multiplier = tf.div(unit, scale);
  // multiplier = fraction · 2^exponent, the fraction from 0.5 to below 1; what is 1 and more is rounded once.
  const exponent = tf.minimum(tf.add(tf.floor(tf.div(tf.log(multiplier), Math.LN2)), 1), 0);
  const power = tf.pow(2, exponent);
  const first = tf.floor(tf.add(tf.mul(sums, tf.div(multiplier, power)), 0.5));
  return tf.clipByValue(nearest(tf.mul(first, power)), low, high);
}

/**
 * The value that the chip puts out for `y`. The gradient passes where y lies within the range; a learned clip [least,
 * most] gets that of what it cuts off (PACT, arXiv 1805.06085).
 * @param unit of y's accumulators, per channel; absent: y needs no rescaling, only rounding
 */
export function chipActivation(
  y: tf.Tensor4D,
  unit: tf.Tensor1D | undefined,
  range: CodeRange,
  learned?: { readonly clip: tf.Tensor1D; readonly ends: LearnedEnds },
): tf.Tensor4D {
  const { scale, low, high } = range;
  const bounds = { low: low * scale, high: high * scale };
  const value = (x: tf.Tensor): tf.Tensor =>
    tf.mul(unit ? rescaled(x, unit, range) : tf.clipByValue(nearest(tf.div(x, scale)), low, high), scale);
  const cutOff = (dy: tf.Tensor, beyond: tf.Tensor): tf.Tensor => tf.sum(tf.mul(dy, tf.cast(beyond, 'float32')));
  const operator = tf.customGrad((...inputs) => {
    const [x] = inputs as tf.Tensor[] as [tf.Tensor];
    (inputs.at(-1) as unknown as tf.GradSaveFunc)([x]);
    return {
      value: value(x),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        const through = passBetween(dy, saved!, bounds);
        if (!learned) return [through];
        const { ends } = learned;
        const none = tf.scalar(0);
        const least = ends.low ? cutOff(dy, tf.less(saved!, bounds.low)) : none;
        const most = ends.high ? cutOff(dy, tf.greater(saved!, bounds.high)) : none;
        return [through, tf.stack([least, most])];
      },
    };
  });
  return (learned ? operator(y, learned.clip) : operator(y)) as tf.Tensor4D;
}

/**
 * Averages of codes as the chip rounds them: halves away from zero, counted from the code 0.
 * @param y averages that no more than some thousand codes went into
 */
export function chipAverage(
  y: tf.Tensor4D,
  { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number },
): tf.Tensor4D {
  return tf.customGrad((...inputs) => {
    const x = inputs[0] as tf.Tensor;
    (inputs[1] as unknown as tf.GradSaveFunc)([]);
    const code = tf.add(tf.div(x, scale), zeroPoint);
    // A half of single precision may lie a little below a half.
    const rounded = tf.mul(tf.sign(code), tf.floor(tf.add(tf.abs(code), 0.5 + 2 ** -12)));
    return { value: tf.mul(tf.sub(rounded, zeroPoint), scale), gradFunc: (dy: tf.Tensor) => [tf.clone(dy)] };
  })(y) as tf.Tensor4D;
}
