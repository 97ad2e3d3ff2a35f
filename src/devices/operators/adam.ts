/** Adam with decoupled weight decay (AdamW, arXiv 1711.05101), in place, optionally keeping a tensor's norm. */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused } from './fused.ts';

export interface AdamItem {
  readonly value: tf.Variable;
  readonly grad: tf.Tensor;
  /** First and second moments, shaped like the value. */
  readonly m: tf.Variable;
  readonly v: tf.Variable;
  readonly weightDecay: number;
  /** Share of the learning rate; absent: all of it. */
  readonly rate?: number | undefined;
  /** The L2 norm that the updated value is scaled back to, for layers whose scale batch normalisation undoes. */
  readonly projectNorm?: number;
}

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Counts from 1: for the bias correction. */
  readonly step: number;
}

/** Keeps a vanished tensor from dividing by zero. */
const SMALLEST_NORM = 1e-30;

/** Updates every item's value and moments. The gradients stay the caller's to dispose. */
export function adamStep(items: readonly AdamItem[], options: AdamOptions): void {
  const update = hasFused('UdcAdam') ? updateFused : updateComposed;
  for (const item of items)
    update(item, item.rate === undefined ? options : { ...options, learningRate: options.learningRate * item.rate });
}

function updateComposed(
  { value, grad, m, v, weightDecay, projectNorm }: AdamItem,
  { learningRate, beta1, beta2, epsilon, step }: AdamOptions,
): void {
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(grad, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(grad), 1 - beta2)));
    const mean = tf.div(m, 1 - beta1 ** step);
    const scale = tf.add(tf.sqrt(tf.div(v, 1 - beta2 ** step)), epsilon);
    const change = tf.add(tf.div(mean, scale), tf.mul(value, weightDecay));
    const updated = tf.sub(value, tf.mul(change, learningRate));
    if (projectNorm === undefined) return value.assign(updated);
    const norm = tf.maximum(tf.sqrt(tf.sum(tf.square(updated))), SMALLEST_NORM);
    return value.assign(tf.mul(updated, tf.div(projectNorm, norm)));
  });
}

function updateFused({ value, grad, m, v, weightDecay, projectNorm }: AdamItem, options: AdamOptions): void {
  for (const variable of [value, m, v]) ownMemory(variable);
  tf.engine().runKernel('UdcAdam', { value, grad, m, v }, { ...options, weightDecay, projectNorm: projectNorm ?? 0 });
}

/**
 * A clone shares its source's memory; a variable that will be written in place must be the only one to see it change.
 */
function ownMemory(variable: tf.Variable): void {
  if (tf.backend().refCount(variable.dataId) > 1)
    tf.tidy(() => {
      variable.assign(tf.add(variable, 0));
    });
}
