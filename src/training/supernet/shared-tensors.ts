/**
 * The parts of a supernet: the shared tensors of an operator, what a step asks for and finds, and the shapes of filter
 * banks.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Primitive } from '../../network/types.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { Sample } from './decisions.ts';
import { capacity } from './width-masks.ts';

export const NORM_EPSILON = 1e-3;

/** Coefficient inputs of the mixed weights: their values are one-hot and ignored, their gradients are what decides. */
export interface Leaves {
  readonly kernel: tf.Variable;
  readonly bits: tf.Variable;
  readonly sparsity: tf.Variable;
}

export interface Weighted {
  readonly primitive: Primitive;
  readonly w: tf.Variable;
  readonly gamma?: tf.Variable;
  readonly beta: tf.Variable;
  readonly leaves: Leaves;
  readonly thresholds: tf.Variable;
  readonly sigma: tf.Variable;
  readonly steps: Float32Array;
}

export interface MaskLeaf {
  readonly width: Primitive['outWidth'];
  readonly variable: tf.Variable;
  live: number;
}

/** What one training step found: the mean loss, and the gradient of every option. */
export interface StepResult {
  readonly loss: number;
  readonly gradients: Float64Array[];
  readonly known: number[][];
}

/** One network of a training step. */
export interface Pass {
  readonly sample: Sample;
  /** Find the gradient of every option too? */
  readonly decide: boolean;
  /** Weight of its distance from the outputs of the step's first network beside its loss; absent: the loss alone. */
  readonly guided?: number;
}

export function isWeighted(kind: Primitive['kind']): boolean {
  return kind === 'conv' || kind === 'depthwise' || kind === 'dense';
}

/** Filter bank of a primitive at its widest: [h, w, in, out], or [h, w, channels, multiplier] for depthwise. */
export function filterCapacity(primitive: Primitive): [number, number, number, number] {
  const height = Math.max(...primitive.kernel.options.map((k) => k.height));
  const width = Math.max(...primitive.kernel.options.map((k) => k.width));
  const input = capacity(primitive.inWidth);
  return [height, width, input, primitive.kind === 'depthwise' ? primitive.factor : capacity(primitive.outWidth)];
}

/** The same as [h, w, in, out] with the output channel last: depthwise filters have one input each. */
export function channelLast(primitive: Primitive, shape: readonly number[]): [number, number, number, number] {
  const [h, w, i, o] = shape as [number, number, number, number];
  return primitive.kind === 'depthwise' ? [h, w, 1, i * o] : [h, w, i, o];
}

export function heNormal(shape: readonly number[], fanIn: number, random: SeededRandom): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * Math.sqrt(2 / fanIn));
}

/**
 * Forward value of `first`; the gradient of the two coefficients needs the value of `second`, never its backward pass.
 */
export function mixPaths(first: tf.Tensor4D, second: tf.Tensor4D, coefficients: tf.Tensor): tf.Tensor4D {
  const mix = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = inputs[2] as tf.GradSaveFunc;
    const a = inputs[0] as tf.Tensor4D;
    save([a, second]);
    return {
      value: tf.clone(a),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.clone(dy),
        tf.stack([tf.sum(tf.mul(dy, saved[0]!)), tf.sum(tf.mul(dy, saved[1]!))]),
      ],
    };
  });
  return mix(first, coefficients) as tf.Tensor4D;
}
