/** One operation with weights as it is trained alone: its tensors, and their shapes. */
import * as tf from '@tensorflow/tfjs-core';
import { filterShape } from '../../network/operation-counts.ts';
import type { Operation } from '../../network/types.ts';

export const NORM_EPSILON = 1e-3;
/** Steps are trained as exp(PACE·s): positive, and slower than the weights that they are the grid of. */
const PACE = 0.1;

/** Starting values of one operation: filters [h, w, in, out] (depthwise [h, w, channels, multiplier]). */
export interface OperationTensors {
  readonly w: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

export interface Part {
  operation: Operation;
  readonly shape: readonly [number, number, number, number];
  readonly w: tf.Variable;
  readonly gamma?: tf.Variable;
  readonly beta: tf.Variable;
  readonly logStep: tf.Variable;
  readonly mean: tf.Variable;
  readonly variance: tf.Variable;
  readonly mask: tf.Variable;
}

/** What a checkpoint keeps of a part beside its trainable tensors. */
export const UNTRAINED = ['mean', 'variance', 'mask'] as const;

/** Shape of an operation's filters in training layout. */
export function trainingShape(operation: Operation): [number, number, number, number] {
  const [o, h, w, i] = filterShape(operation)!;
  return operation.kind === 'depthwise' ? [h, w, operation.inChannels, operation.factor] : [h, w, i, o];
}

export function hasWeights(operation: Operation): boolean {
  return filterShape(operation) !== undefined;
}

/** Quantisation steps, one a channel, of what is trained instead of them. Call inside tf.tidy. */
export const stepsOf = (logStep: tf.Tensor): tf.Tensor1D => tf.exp(tf.mul<tf.Tensor1D>(logStep, PACE));

/** Has quantisation steps from here on. */
export function setSteps(logStep: tf.Variable, steps: Float32Array): void {
  tf.tidy(() => logStep.assign(tf.div(tf.log(tf.tensor1d(steps)), PACE)));
}
