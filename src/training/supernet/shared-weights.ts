/**
 * The tensors that all architectures of a space share: one bank of filters for each operator at its widest, and the
 * leaves by whose gradients decisions learn.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { SeededRandom } from '../../base/random.ts';
import { widthValue } from '../../network/architecture.ts';
import type { Assignment, Network, Primitive } from '../../network/types.ts';
import { HostCopy } from '../host-copy.ts';
import { atOutset, rateOf, type Outset } from '../outset.ts';
import { gaussianSteps } from '../step-grid.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { assign, records, Trainables } from '../trainables.ts';
import type { HostTensors } from '../trainer.ts';
import { weightStatistics, type LiveExtent } from './pruning.ts';
import { channelLast, filterCapacity, heNormal, isWeighted, type MaskLeaf, type Weighted } from './shared-tensors.ts';
import { capacity, widthDecisions } from './width-masks.ts';

/** The part of a primitive's filters that an assignment uses. */
export function extentOf(primitive: Primitive, choice: Assignment): LiveExtent {
  const kernel = primitive.kernel.options[primitive.kernel.decision < 0 ? 0 : choice[primitive.kernel.decision]!]!;
  const depthwise = primitive.kind === 'depthwise';
  return {
    ...kernel,
    inChannels: depthwise ? 1 : widthValue(primitive.inWidth, choice),
    outChannels: widthValue(primitive.outWidth, choice),
  };
}

export class SharedWeights {
  readonly trainables = new Trainables();
  readonly weighted = new Map<string, Weighted>();
  readonly masks = new Map<string, MaskLeaf>();
  readonly pathLeaves = new Map<number, tf.Variable>();
  /** All that decisions learn by. */
  readonly leaves: tf.Variable[] = [];
  /** The most channels of an operator. */
  readonly longest: number;
  private readonly host = new HostCopy();

  /**
   * @param inputsOf channels that an operator is expected to read, which sets the scale of its fresh weights; default:
   *   the most
   * @param outset where networks begin; absent: outputs have no unit
   */
  constructor(
    network: Network,
    random: SeededRandom,
    weightDecay: number,
    private readonly inputsOf?: (primitive: Primitive) => number,
    private readonly outset?: Outset,
  ) {
    for (const layer of network.layers) {
      if (layer.op.decision >= 0 && layer.op.options.length > 1)
        this.pathLeaves.set(layer.spec.index, this.leaf([1, 0]));
      for (const path of layer.paths)
        for (const primitive of path.primitives)
          if (isWeighted(primitive.kind)) this.create(primitive, random, weightDecay);
    }
    this.longest = Math.max(1, ...[...this.weighted.values()].map(({ sigma }) => sigma.shape[0]!));
  }

  private leaf(values: readonly number[] | number): tf.Variable {
    const variable = tf.tidy(() =>
      tf.variable(typeof values === 'number' ? tf.ones([values]) : tf.tensor1d([...values])),
    );
    this.leaves.push(variable);
    return variable;
  }

  private create(primitive: Primitive, random: SeededRandom, weightDecay: number): void {
    const shape = filterCapacity(primitive);
    const outputs = channelLast(primitive, shape)[3];
    const inputs = primitive.batchNorm && this.inputsOf ? Math.min(shape[2], this.inputsOf(primitive)) : shape[2];
    const fanIn = shape[0] * shape[1] * (primitive.kind === 'depthwise' ? 1 : inputs);
    const { id, bits, sparsity, kernel } = primitive;
    const rate = rateOf(primitive, this.outset);
    const fresh = atOutset(primitive, this.outset, shape, heNormal(shape, fanIn, random), outputs);
    const w = this.trainables.add(`${id}/w`, tf.tensor(fresh.w, shape), {
      weightDecay: primitive.batchNorm ? 0 : weightDecay,
      keepNorm: primitive.batchNorm,
      rate,
    });
    const gamma = primitive.batchNorm ? this.trainables.add(`${id}/gamma`, tf.ones([outputs])) : undefined;
    const beta = this.trainables.add(`${id}/beta`, tf.tensor1d(fresh.beta), { rate });
    const plain = (length: number): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([length]), false));
    this.weighted.set(id, {
      primitive,
      w,
      beta,
      ...(gamma ? { gamma } : {}),
      leaves: {
        kernel: this.leaf(kernel.options.length),
        bits: this.leaf(bits.options.length),
        sparsity: this.leaf(sparsity.options.length),
      },
      thresholds: plain(sparsity.options.length),
      sigma: plain(outputs),
      steps: gaussianSteps(bits.options, sparsity.options),
    });
    if (primitive.batchNorm && widthDecisions(primitive.outWidth).size > 0) {
      const key = JSON.stringify(primitive.outWidth);
      if (!this.masks.has(key))
        this.masks.set(key, {
          width: primitive.outWidth,
          variable: this.leaf(capacity(primitive.outWidth)),
          live: capacity(primitive.outWidth),
        });
    }
  }

  /** Sets the width masks to a sample. */
  wear(choice: Assignment): void {
    for (const mask of this.masks.values()) {
      const live = widthValue(mask.width, choice);
      if (live === mask.live) continue;
      const values = new Float32Array(mask.variable.shape[0]!).fill(1, 0, live);
      tf.tidy(() => mask.variable.assign(tf.tensor1d(values)));
      mask.live = live;
    }
  }

  /**
   * Recomputes pruning thresholds and scales from the weights that `choice` uses. Reads weights: not for every step.
   */
  async refresh(choice: Assignment): Promise<void> {
    const parts = [...this.weighted.values()];
    const weights = await this.host.read(parts.map(({ w }) => w));
    for (const [i, { primitive, w, thresholds, sigma }] of parts.entries()) {
      const shape = channelLast(primitive, w.shape);
      const live = extentOf(primitive, choice);
      const statistics = weightStatistics(
        weights[i]!,
        shape,
        { ...live, inChannels: Math.min(live.inChannels, shape[2]), outChannels: Math.min(live.outChannels, shape[3]) },
        primitive.sparsity.options,
      );
      tf.tidy(() => {
        thresholds.assign(tf.tensor1d(statistics.thresholds));
        sigma.assign(tf.tensor1d(statistics.sigma));
      });
    }
  }

  /** A step has changed what training changes. */
  changed(): void {
    this.host.forget();
  }

  /** The present float tensors of every primitive, by its id: read once until a step changes them. */
  async read(): Promise<HostTensors> {
    const parts = [...this.weighted];
    const found = await this.host.read(parts.flatMap(([, { w, beta, gamma }]) => [w, beta, ...(gamma ? [gamma] : [])]));
    let next = 0;
    return new Map(
      parts.map(([id, { w, gamma }]) => [
        id,
        { shape: w.shape, w: found[next++]!, beta: found[next++]!, ...(gamma ? { gamma: found[next++]! } : {}) },
      ]),
    );
  }

  /** Replaces tensors of one primitive, in the layout of `HostTensors`. */
  put(id: string, values: { readonly w?: Float32Array; readonly beta?: Float32Array }): void {
    const part = this.weighted.get(id)!;
    for (const key of ['w', 'beta'] as const) {
      const variable = part[key];
      const value = values[key];
      this.host.forget([variable]);
      if (value) assign(variable, { shape: variable.shape, data: value }, id);
    }
  }

  /**
   * Replaces the norm of one primitive, where it has one, by what `change` makes of it; inside or outside of tf.tidy.
   */
  renorm(
    id: string,
    change: (gamma: tf.Tensor1D, beta: tf.Tensor1D) => { readonly gamma: tf.Tensor1D; readonly beta: tf.Tensor1D },
  ): void {
    const { gamma, beta } = this.weighted.get(id)!;
    if (!gamma) return;
    this.host.forget([gamma, beta as tf.Variable]);
    tf.tidy(() => {
      const changed = change(gamma as tf.Tensor as tf.Tensor1D, beta as tf.Tensor as tf.Tensor1D);
      gamma.assign(changed.gamma);
      beta.assign(changed.beta);
    });
  }

  /** Weighted primitives of the space, in order. */
  primitives(): readonly Primitive[] {
    return [...this.weighted.values()].map((part) => part.primitive);
  }

  async save(into: Map<string, TensorRecord>): Promise<number> {
    const saved = await records(
      [...this.weighted].flatMap(
        ([id, { thresholds, sigma }]) =>
          [
            [`${id}|thresholds`, thresholds],
            [`${id}|sigma`, sigma],
          ] as const,
      ),
    );
    for (const [name, tensor] of saved) into.set(name, tensor);
    return this.trainables.save(into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    for (const [id, part] of this.weighted) {
      assign(part.thresholds, from.get(`${id}|thresholds`), id);
      assign(part.sigma, from.get(`${id}|sigma`), id);
    }
    this.trainables.load(from, steps);
    this.host.forget();
  }

  dispose(): void {
    this.host.forget();
    this.trainables.dispose();
    for (const leaf of this.leaves) leaf.dispose();
    for (const part of this.weighted.values()) for (const tensor of [part.thresholds, part.sigma]) tensor.dispose();
  }
}
