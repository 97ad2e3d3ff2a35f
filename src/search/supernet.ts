/** The supernet: one shared float tensor per operator, from which every architecture of the space is sampled. */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormAct } from '../compute/ops/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../compute/ops/conv.ts';
import { mixWeights } from '../compute/ops/mix-weights.ts';
import { readAll, readOf } from '../compute/read.ts';
import { widthValue } from '../model/architecture.ts';
import type { Assignment, LayerTemplate, Network, Path, Primitive } from '../model/types.ts';
import type { SeededRandom } from '../shared/random.ts';
import type { Prediction } from './evaluate.ts';
import { gaussianSteps } from './grid.ts';
import type { TaskRule } from './losses.ts';
import { Ones } from './ones.ts';
import { activate, applyUnweighted, padChannels } from './primitives.ts';
import { weightStatistics } from './pruning.ts';
import type { LiveExtent } from './pruning.ts';
import { assign, records, Trainables } from './trainables.ts';
import type { TensorRecord } from './checkpoint.ts';
import { addMaskGradient, capacity, widthDecisions } from './widths.ts';
import type { Sample } from './decisions.ts';

export const NORM_EPSILON = 1e-3;

/** Coefficient inputs of the mixed weights: their values are one-hot and ignored, their gradients are what decides. */
interface Leaves { readonly kernel: tf.Variable; readonly bits: tf.Variable; readonly sparsity: tf.Variable }

interface Weighted {
  readonly primitive: Primitive;
  readonly w: tf.Variable;
  readonly gamma?: tf.Variable;
  readonly beta: tf.Variable;
  readonly leaves: Leaves;
  readonly thresholds: tf.Variable;
  readonly sigma: tf.Variable;
  readonly steps: Float32Array;
}

interface MaskLeaf { readonly width: Primitive['outWidth']; readonly variable: tf.Variable; live: number }

/** Float tensors of primitives on the host, by id: filters as [h, w, in, out] (depthwise: [h, w, channels, multiplier]). */
export type HostTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly w: Float32Array; readonly gamma?: Float32Array; readonly beta: Float32Array }>;

/** What one training step found: the mean loss, and the gradient of every option. */
export interface StepResult { readonly loss: number; readonly gradients: Float64Array[]; readonly known: number[][] }

export function isWeighted(kind: Primitive['kind']): boolean {
  return kind === 'conv' || kind === 'depthwise' || kind === 'dense';
}

/** Filter bank of a primitive at its widest: [h, w, in, out], or [h, w, channels, multiplier] for depthwise. */
function filterCapacity(primitive: Primitive): [number, number, number, number] {
  const height = Math.max(...primitive.kernel.options.map((k) => k.height));
  const width = Math.max(...primitive.kernel.options.map((k) => k.width));
  const input = capacity(primitive.inWidth);
  return [height, width, input, primitive.kind === 'depthwise' ? primitive.factor : capacity(primitive.outWidth)];
}

/** The same as [h, w, in, out] with the output channel last: depthwise filters have one input each. */
function channelLast(primitive: Primitive, shape: readonly number[]): [number, number, number, number] {
  const [h, w, i, o] = shape as [number, number, number, number];
  return primitive.kind === 'depthwise' ? [h, w, 1, i * o] : [h, w, i, o];
}

function heNormal(shape: readonly number[], fanIn: number, random: SeededRandom): tf.Tensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * Math.sqrt(2 / fanIn));
  return tf.tensor(values, [...shape]);
}

/** Forward value of `first`; the gradient of the two coefficients needs the value of `second`, never its backward pass. */
function mixPaths(first: tf.Tensor4D, second: tf.Tensor4D, coefficients: tf.Tensor): tf.Tensor4D {
  const mix = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = inputs[2] as tf.GradSaveFunc;
    const a = inputs[0] as tf.Tensor4D;
    save([a, second]);
    return {
      value: tf.clone(a),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.clone(dy), tf.stack([tf.sum(tf.mul(dy, saved[0]!)), tf.sum(tf.mul(dy, saved[1]!))])],
    };
  });
  return mix(first, coefficients) as tf.Tensor4D;
}

export class Supernet {
  readonly trainables = new Trainables();
  private readonly weighted = new Map<string, Weighted>();
  private readonly masks = new Map<string, MaskLeaf>();
  private readonly ones = new Ones();
  private readonly pathLeaves = new Map<number, tf.Variable>();
  private readonly leaves: tf.Variable[] = [];
  /** Sees what a convolution puts out before its norm is applied. */
  private see: ((id: string, y: tf.Tensor4D) => void) | undefined;

  constructor(readonly network: Network, private readonly task: TaskRule, random: SeededRandom, weightDecay: number) {
    for (const layer of network.layers) {
      if (layer.op.decision >= 0 && layer.op.options.length > 1) this.pathLeaves.set(layer.spec.index, this.leaf([1, 0]));
      for (const path of layer.paths) for (const primitive of path.primitives) if (isWeighted(primitive.kind)) this.create(primitive, random, weightDecay);
    }
  }

  private leaf(values: readonly number[] | number): tf.Variable {
    const variable = tf.tidy(() => tf.variable(typeof values === 'number' ? tf.ones([values]) : tf.tensor1d([...values])));
    this.leaves.push(variable);
    return variable;
  }

  private create(primitive: Primitive, random: SeededRandom, weightDecay: number): void {
    const shape = filterCapacity(primitive);
    const outputs = channelLast(primitive, shape)[3];
    const fanIn = shape[0] * shape[1] * (primitive.kind === 'depthwise' ? 1 : shape[2]);
    const { id, bits, sparsity, kernel } = primitive;
    const w = this.trainables.add(`${id}/w`, heNormal(shape, fanIn, random), { weightDecay: primitive.batchNorm ? 0 : weightDecay, keepNorm: primitive.batchNorm });
    const gamma = primitive.batchNorm ? this.trainables.add(`${id}/gamma`, tf.ones([outputs])) : undefined;
    const beta = this.trainables.add(`${id}/beta`, tf.zeros([outputs]));
    const plain = (length: number): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([length]), false));
    this.weighted.set(id, {
      primitive, w, beta, ...(gamma ? { gamma } : {}),
      leaves: { kernel: this.leaf(kernel.options.length), bits: this.leaf(bits.options.length), sparsity: this.leaf(sparsity.options.length) },
      thresholds: plain(sparsity.options.length), sigma: plain(outputs), steps: gaussianSteps(bits.options, sparsity.options),
    });
    if (primitive.batchNorm && widthDecisions(primitive.outWidth).size > 0) {
      const key = JSON.stringify(primitive.outWidth);
      if (!this.masks.has(key)) this.masks.set(key, { width: primitive.outWidth, variable: this.leaf(capacity(primitive.outWidth)), live: capacity(primitive.outWidth) });
    }
  }

  private maskOf(primitive: Primitive): tf.Tensor1D {
    const mask = this.masks.get(JSON.stringify(primitive.outWidth));
    return mask ? (mask.variable as tf.Tensor as tf.Tensor1D) : this.ones.of(capacity(primitive.outWidth));
  }

  /** Sets the width masks to a sample. */
  private wear(choice: Assignment): void {
    for (const mask of this.masks.values()) {
      const live = widthValue(mask.width, choice);
      if (live === mask.live) continue;
      const values = new Float32Array(mask.variable.shape[0]!).fill(1, 0, live);
      tf.tidy(() => mask.variable.assign(tf.tensor1d(values)));
      mask.live = live;
    }
  }

  /** The part of a primitive's filters that an assignment uses. */
  extent(primitive: Primitive, choice: Assignment): LiveExtent {
    const kernel = primitive.kernel.options[primitive.kernel.decision < 0 ? 0 : choice[primitive.kernel.decision]!]!;
    const depthwise = primitive.kind === 'depthwise';
    return {
      ...kernel,
      inChannels: depthwise ? 1 : widthValue(primitive.inWidth, choice),
      outChannels: widthValue(primitive.outWidth, choice),
    };
  }

  /** Recomputes pruning thresholds and scales from the weights that `choice` uses. Reads weights: not for every step. */
  async refresh(choice: Assignment): Promise<void> {
    const parts = [...this.weighted.values()];
    const weights = await readAll(parts.map(({ w }) => w));
    for (const [i, { primitive, w, thresholds, sigma }] of parts.entries()) {
      const shape = channelLast(primitive, w.shape);
      const live = this.extent(primitive, choice);
      const statistics = weightStatistics(weights[i]!, shape,
        { ...live, inChannels: Math.min(live.inChannels, shape[2]), outChannels: Math.min(live.outChannels, shape[3]) }, primitive.sparsity.options);
      tf.tidy(() => {
        thresholds.assign(tf.tensor1d(statistics.thresholds));
        sigma.assign(tf.tensor1d(statistics.sigma));
      });
    }
  }

  private runWeighted(primitive: Primitive, x: tf.Tensor4D, choice: Assignment): tf.Tensor4D {
    const part = this.weighted.get(primitive.id)!;
    const chosen = (decision: number): number => (decision < 0 ? 0 : choice[decision]!);
    const depthwise = primitive.kind === 'depthwise';
    const filter = mixWeights(part.w as tf.Tensor as tf.Tensor4D, part.leaves as unknown as Parameters<typeof mixWeights>[1], {
      kernels: primitive.kernel.options, bits: primitive.bits.options, sparsities: primitive.sparsity.options.length,
      chosen: { kernel: chosen(primitive.kernel.decision), bits: chosen(primitive.bits.decision), sparsity: chosen(primitive.sparsity.decision) },
      thresholds: part.thresholds as tf.Tensor as tf.Tensor1D, sigma: part.sigma as tf.Tensor as tf.Tensor1D, steps: part.steps, depthwise,
    });
    const geometry = {
      stride: [primitive.stride.height, primitive.stride.width] as [number, number],
      dilation: [primitive.dilation.height, primitive.dilation.width] as [number, number],
      padding: primitive.padding,
    };
    const y = depthwise ? depthwiseConv2d(x, filter, geometry) : conv2d(x, filter, geometry);
    this.see?.(primitive.id, y);
    if (!part.gamma) return activate(tf.add(y, part.beta), primitive.activation);
    return batchNormAct(y, part.gamma as tf.Tensor as tf.Tensor1D, part.beta as tf.Tensor as tf.Tensor1D, this.maskOf(primitive),
      { activation: primitive.activation, epsilon: NORM_EPSILON }).y;
  }

  private runPath(path: Path, x: tf.Tensor4D, from: tf.Tensor4D | undefined, choice: Assignment): tf.Tensor4D {
    const results: tf.Tensor4D[] = [];
    const source = (input: number): tf.Tensor4D => (input === -1 ? x : input === -2 ? from! : results[input]!);
    for (const primitive of path.primitives) {
      const inputs = primitive.inputs.map(source);
      const kernel = primitive.kernel.options[0]!;
      results.push(isWeighted(primitive.kind) ? this.runWeighted(primitive, inputs[0]!, choice) : applyUnweighted(primitive, kernel, inputs));
    }
    return results.at(-1) ?? x;
  }

  private runLayer(layer: LayerTemplate, x: tf.Tensor4D, from: tf.Tensor4D | undefined, sample: Pick<Sample, 'choice' | 'second'>): tf.Tensor4D {
    const channels = capacity(layer.outWidth);
    const decision = layer.op.decision;
    const run = (option: number): tf.Tensor4D => padChannels(this.runPath(layer.paths[option]!, x, from, sample.choice), channels);
    if (decision < 0) return run(0);
    const first = run(sample.choice[decision]!);
    const second = sample.second[decision]!;
    return second < 0 ? first : mixPaths(first, run(second), this.pathLeaves.get(layer.spec.index)!);
  }

  /** Outputs [N, H, W, C] of a sampled architecture. Call inside tf.tidy; `wear` has set the masks. */
  private forward(x: tf.Tensor4D, sample: Pick<Sample, 'choice' | 'second'>): tf.Tensor4D {
    const outputs: tf.Tensor4D[] = [];
    for (const layer of this.network.layers) {
      const input = layer.input < 0 ? x : outputs[layer.input]!;
      outputs.push(this.runLayer(layer, input, layer.from === undefined ? undefined : outputs[layer.from]!, sample));
    }
    return outputs.at(-1)!;
  }

  /** Outputs of one architecture with batch statistics, on the host. */
  async predict(images: tf.Tensor4D, assignment: Assignment, targets: tf.Tensor): Promise<Prediction> {
    this.wear(assignment);
    const [outputs, loss] = await readOf(() => {
      const y = this.forward(images, { choice: [...assignment], second: assignment.map(() => -1) });
      return [y, this.task.loss(y, targets)];
    });
    return { outputs: outputs!, loss: loss![0]! };
  }

  /** One training step on a batch; `decide` also returns the gradient of every option of every decision. */
  async step(images: tf.Tensor4D, targets: tf.Tensor, sample: Sample, learningRate: number, decide: boolean): Promise<StepResult> {
    await this.trainables.ready();
    this.wear(sample.choice);
    const used = decide ? sample : { choice: sample.choice, second: sample.second.map(() => -1) };
    let present: tf.Variable[] = [];
    // One read for the loss and all leaves.
    const [loss, ...slopes] = await readOf(() => {
      const { value, grads } = tf.variableGrads(() => this.task.loss(this.forward(images, used), targets), [...this.trainables.variables(), ...(decide ? this.leaves : [])]);
      this.trainables.apply(grads, learningRate);
      present = decide ? this.leaves.filter((leaf) => grads[leaf.name]) : [];
      return [value, ...present.map((leaf) => grads[leaf.name]!)];
    });
    const found = new Map(present.map(({ name }, i) => [name, slopes[i]!]));
    return { loss: loss![0]!, ...(decide ? this.optionGradients(found, sample) : { gradients: [], known: [] }) };
  }

  /** @param found gradients of the leaves that this step's network has, by name */
  private optionGradients(found: ReadonlyMap<string, Float32Array>, sample: Sample): Pick<StepResult, 'gradients' | 'known'> {
    const { decisions, layers } = this.network;
    const gradients = decisions.map((decision) => new Float64Array(decision.labels.length));
    const known = decisions.map((decision) => decision.labels.map((_, k) => k));
    const addVector = (decision: number, values: Float32Array | undefined): void => {
      if (decision >= 0 && values) values.forEach((value, k) => { gradients[decision]![k]! += value; });
    };
    for (const { primitive, leaves } of this.weighted.values()) {
      addVector(primitive.kernel.decision, found.get(leaves.kernel.name));
      addVector(primitive.bits.decision, found.get(leaves.bits.name));
      addVector(primitive.sparsity.decision, found.get(leaves.sparsity.name));
    }
    for (const mask of this.masks.values()) {
      const values = found.get(mask.variable.name);
      if (values) addMaskGradient(mask.width, sample.choice, values, gradients);
    }
    for (const layer of layers) {
      const values = found.get(this.pathLeaves.get(layer.spec.index)?.name ?? '');
      const decision = layer.op.decision;
      if (decision < 0) continue;
      const pair = sample.second[decision]! < 0 ? [sample.choice[decision]!] : [sample.choice[decision]!, sample.second[decision]!];
      known[decision] = pair;
      if (values) pair.forEach((k, i) => { gradients[decision]![k]! += values[i]!; });
    }
    return { gradients, known };
  }

  /** The present float tensors of every primitive, by its id. */
  async onHost(): Promise<HostTensors> {
    const parts = [...this.weighted];
    const found = await readAll(parts.flatMap(([, { w, beta, gamma }]) => [w, beta, ...(gamma ? [gamma] : [])]));
    let next = 0;
    return new Map(parts.map(([id, { w, gamma }]) => [id, { shape: w.shape, w: found[next++]!, beta: found[next++]!, ...(gamma ? { gamma: found[next++]! } : {}) }]));
  }

  /** Replaces tensors of one primitive, in the layout of `HostTensors`. */
  put(id: string, values: { readonly w?: Float32Array; readonly beta?: Float32Array }): void {
    const part = this.weighted.get(id)!;
    for (const key of ['w', 'beta'] as const) {
      const variable = part[key];
      const value = values[key];
      if (value) assign(variable, { shape: variable.shape, data: value }, id);
    }
  }

  /** Replaces the norm of one primitive, where it has one, by what `change` makes of it; inside or outside of tf.tidy. */
  renorm(id: string, change: (gamma: tf.Tensor1D, beta: tf.Tensor1D) => { readonly gamma: tf.Tensor1D; readonly beta: tf.Tensor1D }): void {
    const { gamma, beta } = this.weighted.get(id)!;
    if (!gamma) return;
    tf.tidy(() => {
      const changed = change(gamma as tf.Tensor as tf.Tensor1D, beta as tf.Tensor as tf.Tensor1D);
      gamma.assign(changed.gamma);
      beta.assign(changed.beta);
    });
  }

  /** Runs one architecture and shows what each convolution puts out before its norm, in order; what `see` makes of that norm applies at once. */
  observe(images: tf.Tensor4D, assignment: Assignment, see: (id: string, y: tf.Tensor4D) => void): void {
    this.wear(assignment);
    this.see = see;
    try {
      tf.tidy(() => { this.forward(images, { choice: [...assignment], second: assignment.map(() => -1) }); });
    } finally {
      this.see = undefined;
    }
  }

  /** Weighted primitives of the space, in order. */
  primitives(): readonly Primitive[] {
    return [...this.weighted.values()].map((part) => part.primitive);
  }

  async save(into: Map<string, TensorRecord>): Promise<number> {
    const saved = await records([...this.weighted].flatMap(([id, { thresholds, sigma }]) => [[`${id}|thresholds`, thresholds], [`${id}|sigma`, sigma]] as const));
    for (const [name, tensor] of saved) into.set(name, tensor);
    return this.trainables.save(into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    for (const [id, part] of this.weighted) {
      assign(part.thresholds, from.get(`${id}|thresholds`), id);
      assign(part.sigma, from.get(`${id}|sigma`), id);
    }
    this.trainables.load(from, steps);
  }

  dispose(): void {
    this.trainables.dispose();
    for (const leaf of this.leaves) leaf.dispose();
    for (const part of this.weighted.values()) for (const tensor of [part.thresholds, part.sigma]) tensor.dispose();
    this.ones.dispose();
  }
}
