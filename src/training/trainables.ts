/** Trainable tensors with their optimiser state: created, updated, saved and restored together. */
import * as tf from '@tensorflow/tfjs-core';
import { adamStep } from '../devices/operators/adam.ts';
import { readAll, readOf } from '../devices/read-tensor.ts';
import type { TensorRecord } from './tensor-checkpoint.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

interface Trainable {
  readonly value: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
  readonly weightDecay: number;
  /** Share of the learning rate; absent: all of it. */
  readonly rate?: number | undefined;
  /** L2 norm to which a scale-invariant tensor is projected after each step. */
  projectNorm?: number;
}

export interface TrainableOptions {
  readonly weightDecay?: number;
  /** Weights before batch normalisation are scale-invariant: keep their initial norm. */
  readonly keepNorm?: boolean;
  /** Share of the learning rate that it is trained at; absent: all of it. */
  readonly rate?: number | undefined;
}

const PARTS = ['value', 'm', 'v'] as const;

let instances = 0;

const squared = (tensor: tf.Tensor): tf.Tensor => tf.tidy(() => tf.sum(tf.square(tensor)));

const rooted = (sum: Float32Array): number => Math.sqrt(sum[0]!);

export class Trainables {
  private readonly items = new Map<string, Trainable>();
  /** Squared norms of the initial values that are to be kept, until `ready` has read them. */
  private unread: { readonly item: Trainable; readonly square: tf.Tensor }[] = [];
  private readonly prefix = `udc${instances++}`;
  private steps = 0;

  /** Registers a tensor (ownership passes to this object). */
  add(name: string, initial: tf.Tensor, options: TrainableOptions = {}): tf.Variable {
    const shape = initial.shape;
    const value = tf.variable(initial, true, `${this.prefix}/${name}`);
    initial.dispose();
    const zero = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    const item: Trainable = { value, m: zero(), v: zero(), weightDecay: options.weightDecay ?? 0, rate: options.rate };
    this.items.set(name, item);
    if (options.keepNorm) this.unread.push({ item, square: squared(value) });
    return value;
  }

  /** Reads the norms that are to be kept: before the first `apply`. */
  async ready(): Promise<void> {
    if (this.unread.length === 0) return;
    const found = this.unread;
    this.unread = [];
    const sums = await readAll(found.map(({ square }) => square));
    found.forEach(({ item, square }, i) => {
      item.projectNorm = Math.fround(rooted(sums[i]!));
      square.dispose();
    });
  }

  variables(): tf.Variable[] {
    return [...this.items.values()].map((item) => item.value);
  }

  /** One AdamW step on every tensor that has a gradient; after `ready`. The gradients stay the caller's. */
  apply(gradients: tf.NamedTensorMap, learningRate: number): void {
    if (this.unread.length > 0) throw new Error('the norms to keep have not been read yet');
    this.steps++;
    const items = [...this.items.values()].flatMap((item) => {
      const grad = gradients[item.value.name];
      return grad ? [{ ...item, grad }] : [];
    });
    adamStep(items, { learningRate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON, step: this.steps });
  }

  /** Norm of each norm-keeping tensor over its initial norm. */
  async norms(): Promise<Record<string, number>> {
    await this.ready();
    const kept = [...this.items].filter(([, { projectNorm }]) => projectNorm);
    const sums = await readOf(() => kept.map(([, { value }]) => squared(value)));
    return Object.fromEntries(
      kept.map(([name, { projectNorm }], i) => [name.replace(/\/w$/, ''), rooted(sums[i]!) / projectNorm!]),
    );
  }

  async save(into: Map<string, TensorRecord>): Promise<number> {
    await this.ready();
    const saved = await records(
      [...this.items].flatMap(([name, item]) => PARTS.map((part) => [`${name}|${part}`, item[part]] as const)),
    );
    for (const [name, { projectNorm }] of this.items) {
      for (const part of PARTS) into.set(`${name}|${part}`, saved.get(`${name}|${part}`)!);
      if (projectNorm !== undefined) into.set(`${name}|norm`, { shape: [1], data: Float32Array.of(projectNorm) });
    }
    return this.steps;
  }

  load(from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    this.steps = steps;
    this.forget();
    for (const [name, item] of this.items) {
      for (const part of PARTS) assign(item[part], from.get(`${name}|${part}`), name);
      const kept = from.get(`${name}|norm`)?.data[0];
      if (kept !== undefined) item.projectNorm = kept;
    }
  }

  private forget(): void {
    for (const { square } of this.unread) square.dispose();
    this.unread = [];
  }

  dispose(): void {
    this.forget();
    for (const { value, m, v } of this.items.values()) for (const tensor of [value, m, v]) tensor.dispose();
    this.items.clear();
  }
}

/** What a checkpoint keeps of tensors, by name, in the same order. */
export async function records(
  tensors: readonly (readonly [name: string, tensor: tf.Tensor])[],
): Promise<Map<string, TensorRecord>> {
  const found = await readAll(tensors.map(([, tensor]) => tensor));
  return new Map(tensors.map(([name, { shape }], i) => [name, { shape, data: Float32Array.from(found[i]!) }]));
}

/** Puts saved values into a variable of the same shape. */
export function assign(variable: tf.Variable, saved: TensorRecord | undefined, name: string): void {
  if (!saved || saved.shape.join() !== variable.shape.join()) {
    throw new Error(
      `the checkpoint does not fit this definition: tensor ${name} is ${saved ? saved.shape.join('x') : 'missing'}, expected ${variable.shape.join('x')}`,
    );
  }
  tf.tidy(() => variable.assign(tf.tensor(saved.data, variable.shape)));
}
