/** Trainable tensors with their optimiser state: created, updated, saved and restored together. */
import * as tf from '@tensorflow/tfjs-core';
import { adamStep } from '../compute/ops/adam.ts';
import type { TensorRecord } from './checkpoint.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

interface Trainable {
  readonly value: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
  readonly weightDecay: number;
  /** L2 norm to which a scale-invariant tensor is projected after each step. */
  projectNorm?: number;
}

export interface TrainableOptions {
  readonly weightDecay?: number;
  /** Weights before batch normalisation are scale-invariant: keep their initial norm. */
  readonly keepNorm?: boolean;
}

let instances = 0;

function norm(tensor: tf.Tensor): number {
  return tf.tidy(() => Math.sqrt(tf.sum(tf.square(tensor)).dataSync()[0]!));
}

export class Trainables {
  private readonly items = new Map<string, Trainable>();
  private readonly prefix = `udc${instances++}`;
  private steps = 0;

  /** Registers a tensor (ownership passes to this object). */
  add(name: string, initial: tf.Tensor, options: TrainableOptions = {}): tf.Variable {
    const shape = initial.shape;
    const value = tf.variable(initial, true, `${this.prefix}/${name}`);
    initial.dispose();
    const zero = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.items.set(name, {
      value, m: zero(), v: zero(), weightDecay: options.weightDecay ?? 0,
      ...(options.keepNorm ? { projectNorm: Math.fround(norm(value)) } : {}),
    });
    return value;
  }

  variables(): tf.Variable[] {
    return [...this.items.values()].map((item) => item.value);
  }

  /** One AdamW step on every tensor that has a gradient. The gradients stay the caller's. */
  apply(gradients: tf.NamedTensorMap, learningRate: number): void {
    this.steps++;
    const items = [...this.items.values()].flatMap((item) => {
      const grad = gradients[item.value.name];
      return grad ? [{ ...item, grad }] : [];
    });
    adamStep(items, { learningRate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON, step: this.steps });
  }

  /** Norm of each norm-keeping tensor over its initial norm. */
  norms(): Record<string, number> {
    const norms: Record<string, number> = {};
    for (const [name, item] of this.items) {
      if (item.projectNorm) norms[name.replace(/\/w$/, '')] = norm(item.value) / item.projectNorm;
    }
    return norms;
  }

  save(into: Map<string, TensorRecord>): number {
    for (const [name, item] of this.items) {
      for (const part of ['value', 'm', 'v'] as const) into.set(`${name}|${part}`, record(item[part]));
      if (item.projectNorm !== undefined) into.set(`${name}|norm`, { shape: [1], data: Float32Array.of(item.projectNorm) });
    }
    return this.steps;
  }

  load(from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    this.steps = steps;
    for (const [name, item] of this.items) {
      for (const part of ['value', 'm', 'v'] as const) assign(item[part], from.get(`${name}|${part}`), name);
      const kept = from.get(`${name}|norm`)?.data[0];
      if (kept !== undefined) item.projectNorm = kept;
    }
  }

  dispose(): void {
    for (const { value, m, v } of this.items.values()) for (const tensor of [value, m, v]) tensor.dispose();
    this.items.clear();
  }
}

export function record(tensor: tf.Tensor): TensorRecord {
  return { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) };
}

/** Puts saved values into a variable of the same shape. */
export function assign(variable: tf.Variable, saved: TensorRecord | undefined, name: string): void {
  if (!saved || saved.shape.join() !== variable.shape.join()) {
    throw new Error(`the checkpoint does not fit this definition: tensor ${name} is ${saved ? saved.shape.join('x') : 'missing'}, expected ${variable.shape.join('x')}`);
  }
  tf.tidy(() => variable.assign(tf.tensor(saved.data, variable.shape)));
}
