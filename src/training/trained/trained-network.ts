/**
 * One architecture as a trainable network: pruned, then quantised on its own grids, then folded for the integer
 * network.
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormAct, normAct } from '../../devices/operators/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../../devices/operators/conv.ts';
import { fakeQuantActivation, quantiseWeights } from '../../devices/operators/fake-quantise.ts';
import { readOf } from '../../devices/read-tensor.ts';
import { KEEPS_GRID } from '../../network/keeps-grid.ts';
import type { FoldedNetwork, FoldedOperation, Quantisation, Range } from '../../integer/integer-network.ts';
import { outputsOf } from '../../network/network-outputs.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import { codesOf, fitSteps, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import { Encodings, type EncodedWeights } from '../../integer/encodings.ts';
import type { Target } from '../../targets/find-target.ts';
import { HostCopy } from '../host-copy.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import type { HostTensors } from '../trainer.ts';
import type { Prediction } from '../evaluate.ts';
import { jointLoss } from '../joint-loss.ts';
import type { Task } from '../../tasks/task.ts';
import { Ones } from '../supernet/ones-vectors.ts';
import { rateOf, type Outset } from '../outset.ts';
import { activate, applyUnweighted } from '../primitives.ts';
import { assign, records, Trainables } from '../trainables.ts';
import { codeLengths, meanCodeLength } from './code-lengths.ts';
import { foldPart } from './fold-part.ts';
import { MapGrids } from './map-grids.ts';
import { hasNarrowMaps, NarrowMaps } from './narrow-maps.ts';
import { averageStatistics, keepStatisticsUnless, type Statistics } from './running-statistics.ts';
import {
  hasWeights,
  NORM_EPSILON,
  setSteps,
  stepsOf,
  trainingShape,
  UNTRAINED,
  type OperationTensors,
  type Part,
} from './weighted-part.ts';

const STATISTICS_MOMENTUM = 0.9;
/** How the forward pass computes. */
export interface Mode {
  /** Batch statistics (and update the running ones) or the running ones. */
  readonly statistics: 'batch' | 'running';
  /** Weights on their grids, or float weights under the pruning mask. */
  readonly quantised: boolean;
  /** Do pruned weights keep their gradient, so that they may come back at the next ranking? */
  readonly revives: boolean;
  /** Weights and activations on their grids (what the chip computes), or weights only. */
  readonly quantisedActivations: boolean;
}

/** Forward value w·mask; the gradient passes pruned weights too, so that they may come back. */
function prune(w: tf.Tensor4D, mask: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((x: tf.Tensor | tf.GradSaveFunc) => ({
    value: tf.mul(x as tf.Tensor4D, mask),
    gradFunc: (dy: tf.Tensor) => [tf.clone(dy)],
  }))(w) as tf.Tensor4D;
}

/** What is done to filters in training steps, by tensors of its own among the trainables, and what that costs. */
export interface Dressing {
  /** Of an operation's filters: those that a step computes with. */
  wear(operation: Operation, filter: tf.Tensor4D): tf.Tensor4D;
  /** Added to the loss of a step. */
  penalty(): tf.Scalar;
}

export class ConcreteNetwork {
  readonly trainables = new Trainables();
  /** Worn in training steps alone. */
  dressing: Dressing | undefined;
  private dressed = false;
  /** Shown what each operation reads. */
  private see: ((operation: Operation, x: tf.Tensor4D) => void) | undefined;
  private readonly parts = new Map<string, Part>();
  private readonly ones = new Ones();
  private readonly host = new HostCopy();
  /** Steps of the grids, from their logarithms. */
  private readonly steps = new HostCopy(stepsOf);
  private readonly encodings = new Encodings();
  /** Ranges and grids of what operations put out. */
  private readonly maps: MapGrids;
  /** Absent where every map has 8 bits. */
  private readonly narrow: NarrowMaps | undefined;

  /**
   * @param initial starting values of each weighted operation by id
   * @param entropy weight of the mean code length of weights in the loss that is descended
   * @param outset what networks of this kind begin at; absent: outputs have no unit
   * @param exitLoss weight of the loss of each early exit
   */
  constructor(
    private present: Architecture,
    private readonly task: Task,
    initial: (operation: Operation) => OperationTensors,
    weightDecay: number,
    private readonly entropy = 0,
    outset?: Pick<Outset, 'spread'>,
    private readonly exitLoss = 1,
  ) {
    for (const operation of present.operations) {
      if (!hasWeights(operation)) continue;
      const shape = trainingShape(operation);
      const { w, gamma, beta } = initial(operation);
      const { id, batchNorm } = operation;
      const rate = rateOf(operation, outset);
      const fixed = (tensor: tf.Tensor): tf.Variable => tf.variable(tensor, false);
      this.parts.set(id, {
        operation,
        shape,
        w: this.trainables.add(`${id}/w`, tf.tensor(w, shape), {
          weightDecay: batchNorm ? 0 : weightDecay,
          keepNorm: batchNorm,
          rate,
        }),
        ...(batchNorm ? { gamma: this.trainables.add(`${id}/gamma`, tf.tensor1d(gamma)) } : {}),
        beta: this.trainables.add(`${id}/beta`, tf.tensor1d(beta), { rate }),
        logStep: this.trainables.add(`${id}/step`, tf.zeros([operation.outChannels])),
        ...tf.tidy(() => ({
          mean: fixed(tf.zeros([operation.outChannels])),
          variance: fixed(tf.ones([operation.outChannels])),
          mask: fixed(tf.ones(shape)),
        })),
      });
    }
    if (hasNarrowMaps(present)) this.narrow = new NarrowMaps(present, this.trainables);
    this.maps = new MapGrids(this.narrow);
  }

  /** Are there maps of fewer than 8 bits? */
  get isNarrow(): boolean {
    return this.narrow !== undefined;
  }

  get architecture(): Architecture {
    return this.present;
  }

  /**
   * Takes over other bitwidths and sparsities (shapes must be the same): operations that changed get new masks and
   * steps, the others keep theirs.
   */
  async redecide(architecture: Architecture): Promise<void> {
    this.present = architecture;
    const changed: Part[] = [];
    for (const operation of architecture.operations) {
      const part = this.parts.get(operation.id);
      if (!part) continue;
      if (part.operation.bits !== operation.bits || part.operation.sparsity !== operation.sparsity) changed.push(part);
      part.operation = operation;
    }
    await this.prune(changed, 1);
    await this.fit(changed);
  }

  /** Float tensors of every weighted operation, by its id: read once until a step changes them. */
  async read(): Promise<HostTensors> {
    const entries = await Promise.all(
      [...this.parts].map(async ([id, { shape, w, beta, gamma }]) => {
        const [weights, shift, scale] = await this.host.read([w, beta, ...(gamma ? [gamma] : [])]);
        return [id, { shape, w: weights!, beta: shift!, ...(scale && { gamma: scale }) }] as const;
      }),
    );
    return new Map(entries);
  }

  /** Prunes each operation to `share` of its decided sparsity, by rank of the present weights. */
  async pruneTo(share: number): Promise<void> {
    await this.prune(
      [...this.parts.values()].filter(({ operation }) => operation.sparsity > 0),
      share,
    );
  }

  private async prune(parts: readonly Part[], share: number): Promise<void> {
    const weights = await this.host.read(parts.map(({ w }) => w));
    parts.forEach((part, i) => {
      this.setMask(part, magnitudeMask(weights[i]!, part.operation.sparsity * share));
    });
  }

  private setMask(part: Part, values: Float32Array): void {
    this.host.forget([part.mask]);
    tf.tidy(() => part.mask.assign(tf.tensor(values, [...part.shape])));
  }

  async masks(): Promise<Map<string, { readonly w: Float32Array; readonly mask: Float32Array }>> {
    const found = await this.host.read([...this.parts.values()].flatMap(({ w, mask }) => [w, mask]));
    return new Map([...this.parts.keys()].map((id, i) => [id, { w: found[2 * i]!, mask: found[2 * i + 1]! }]));
  }

  setMasks(masks: ReadonlyMap<string, Float32Array>): void {
    for (const [id, mask] of masks) this.setMask(this.parts.get(id)!, mask);
  }

  /** Sets each channel's quantisation step to the one with the least squared error for the present weights. */
  async fitSteps(): Promise<void> {
    await this.fit([...this.parts.values()]);
  }

  private async fit(parts: readonly Part[]): Promise<void> {
    const found = await this.host.read(parts.flatMap(({ w, mask }) => [w, mask]));
    for (const [i, { operation, logStep }] of parts.entries()) {
      const steps = fitSteps(found[2 * i]!, found[2 * i + 1]!, operation.outChannels, operation.bits);
      this.steps.forget([logStep]);
      setSteps(logStep, steps);
    }
  }

  private runWeighted(
    part: Part,
    x: tf.Tensor4D,
    mode: Mode,
    found: Statistics[],
    activation = part.operation.activation,
  ): tf.Tensor4D {
    const { operation } = part;
    const depthwise = operation.kind === 'depthwise';
    const w = part.w as tf.Tensor as tf.Tensor4D;
    const mask = part.mask as tf.Tensor as tf.Tensor4D;
    const live = mode.revives ? prune(w, mask) : w;
    const undressed = mode.quantised
      ? quantiseWeights(live, stepsOf(part.logStep), mode.revives ? tf.onesLike(mask) : mask, operation.bits, {
          depthwise,
        })
      : live;
    const filter = this.dressed ? this.dressing!.wear(operation, undressed) : undressed;
    this.see?.(operation, x);
    const geometry = {
      stride: [operation.stride.height, operation.stride.width] as [number, number],
      dilation: [operation.dilation.height, operation.dilation.width] as [number, number],
      padding: operation.padding,
    };
    const y = depthwise ? depthwiseConv2d(x, filter, geometry) : conv2d(x, filter, geometry);
    const beta = part.beta as tf.Tensor as tf.Tensor1D;
    if (!part.gamma) return activate(tf.add(y, beta), activation);
    const gamma = part.gamma as tf.Tensor as tf.Tensor1D;
    const ones = this.ones.of(operation.outChannels);
    const options = { activation, epsilon: NORM_EPSILON };
    if (mode.statistics === 'running') {
      return normAct(
        y,
        gamma,
        beta,
        part.mean as tf.Tensor as tf.Tensor1D,
        part.variance as tf.Tensor as tf.Tensor1D,
        ones,
        options,
      );
    }
    const result = batchNormAct(y, gamma, beta, ones, options);
    found.push({ part, mean: result.mean, variance: result.variance });
    return result.y;
  }

  /** Outputs of every operation. Call inside tf.tidy. */
  private forward(images: tf.Tensor4D, mode: Mode, found: Statistics[]): tf.Tensor4D[] {
    const { height, width } = this.architecture.input;
    // Convolutions take any size: nothing else would notice.
    if (images.shape[1] !== height || images.shape[2] !== width)
      throw new RangeError(`images are ${images.shape.slice(1, 3).join('x')}, the input is ${height}x${width}`);
    const snap = (x: tf.Tensor4D, key: string): tf.Tensor4D => {
      const grid = this.maps.grid(key);
      return mode.quantisedActivations && grid ? fakeQuantActivation(x, grid) : x;
    };
    const input = snap(images, '');
    const outputs: tf.Tensor4D[] = [];
    const narrow = mode.quantisedActivations && mode.statistics === 'running' ? this.narrow : undefined;
    for (const operation of this.architecture.operations) {
      const inputs = operation.inputs.map((index) => (index < 0 ? input : outputs[index]!));
      const part = this.parts.get(operation.id);
      if (narrow) {
        outputs.push(this.onChip(narrow, operation, part, inputs, mode, found));
        continue;
      }
      const y = part
        ? this.runWeighted(part, inputs[0]!, mode, found)
        : applyUnweighted(operation, operation.kernel, inputs);
      outputs.push(KEEPS_GRID.has(operation.kind) ? y : snap(y, operation.id));
    }
    return outputs;
  }

  /** Output of an operation in the chip's arithmetic, code for code. */
  private onChip(
    narrow: NarrowMaps,
    operation: Operation,
    part: Part | undefined,
    inputs: readonly tf.Tensor4D[],
    mode: Mode,
    found: Statistics[],
  ): tf.Tensor4D {
    const read = this.maps.grid(this.gridRead(operation))!;
    if (part) {
      const y = this.runWeighted(part, inputs[0]!, mode, found, 'none');
      return narrow.output(operation, y, this.unitOf(part, read), this.maps.grid(operation.id)!);
    }
    const y = applyUnweighted({ ...operation, activation: 'none' }, operation.kernel, inputs);
    return KEEPS_GRID.has(operation.kind)
      ? narrow.kept(operation, y, read)
      : narrow.output(operation, y, undefined, this.maps.grid(operation.id)!);
  }

  /** The key of the grid that an operation's first input is on. */
  private gridRead({ inputs }: Operation): string {
    const { operations } = this.architecture;
    let at = inputs[0]!;
    while (at >= 0 && KEEPS_GRID.has(operations[at]!.kind)) at = operations[at]!.inputs[0]!;
    return at < 0 ? '' : operations[at]!.id;
  }

  /** What one step of an accumulator is worth, with running statistics, per channel. */
  private unitOf({ logStep, gamma, variance }: Part, { scale }: Quantisation): tf.Tensor1D {
    const step = tf.mul(stepsOf(logStep), scale);
    const norm = gamma ? tf.abs(tf.div(gamma, tf.sqrt(tf.add(variance, NORM_EPSILON)))) : 1;
    return tf.maximum(tf.mul(step, norm), 1e-12 * scale) as tf.Tensor1D;
  }

  /** Code lengths of the present weights, where they count. Of two codes neither can become the more common one. */
  private async lengths(): Promise<(readonly [Part, Float32Array])[]> {
    const parts = this.entropy > 0 ? [...this.parts.values()].filter(({ operation: { bits } }) => bits > 1) : [];
    const found = await this.host.read(parts.flatMap(({ w, mask }) => [w, mask]));
    const steps = await this.steps.read(parts.map(({ logStep }) => logStep));
    return parts.map((part, i) => {
      const { bits } = part.operation;
      return [part, codeLengths(codesOf(found[2 * i]!, found[2 * i + 1]!, steps[i]!, bits), bits)] as const;
    });
  }

  /** The loss that is descended, without what code lengths add to it. Call inside tf.tidy. */
  private loss(images: tf.Tensor4D, targets: tf.Tensor, mode: Mode, found: Statistics[]): tf.Scalar {
    const maps = this.forward(images, mode, found);
    const outputs = outputsOf(this.architecture.operations).map((index) => maps[index]!);
    return jointLoss(this.task, outputs, targets, this.exitLoss);
  }

  /** One training step; returns the mean loss of the batch, without what code lengths add to it. */
  async step(images: tf.Tensor4D, targets: tf.Tensor, mode: Mode, learningRate: number): Promise<number> {
    await this.trainables.ready();
    const lengths = await this.lengths();
    const [loss] = await readOf(() => {
      const found: Statistics[] = [];
      let ofTask: tf.Tensor | undefined;
      this.dressed = this.dressing !== undefined;
      const { grads } = tf.variableGrads(() => {
        const value = this.loss(images, targets, mode, found);
        // The gradient's own scope ends before the statistics are used.
        for (const { mean, variance } of found) [mean, variance].forEach(tf.keep);
        ofTask = tf.keep(tf.clone(value));
        const whole = this.dressing ? tf.add<tf.Scalar>(value, this.dressing.penalty()) : value;
        return lengths.length === 0 ? whole : tf.add(whole, tf.mul(meanCodeLength(lengths), this.entropy));
      }, this.trainables.variables());
      this.dressed = false;
      const value = tf.clone(ofTask!);
      ofTask!.dispose();
      this.trainables.apply(grads, learningRate);
      this.changed();
      for (const { part, mean, variance } of found) {
        for (const [running, batch] of [
          [part.mean, mean],
          [part.variance, variance],
        ] as const) {
          running.assign(tf.add(tf.mul(running, STATISTICS_MOMENTUM), tf.mul(batch, 1 - STATISTICS_MOMENTUM)));
          batch.dispose();
        }
      }
      return [value];
    });
    if (mode.quantisedActivations) await this.maps.takeClips(this.architecture);
    return loss![0]!;
  }

  /** What training changes has changed: all but the masks. */
  private changed(): void {
    this.steps.forget();
    this.host.forget(
      [...this.parts.values()].flatMap(({ w, beta, gamma, mean, variance }) => [
        w,
        beta,
        mean,
        variance,
        ...(gamma ? [gamma] : []),
      ]),
    );
  }

  /** Gradients of the loss to the filters of each weighted operation, by its id. Call inside tf.tidy. */
  filterGradients(images: tf.Tensor4D, targets: tf.Tensor, mode: Mode): Map<string, tf.Tensor> {
    const { grads } = tf.variableGrads(
      () => this.loss(images, targets, mode, []),
      [...this.parts.values()].map(({ w }) => w),
    );
    return new Map([...this.parts].map(([id, { w }]) => [id, grads[w.name]!]));
  }

  async predict(mode: Mode, images: tf.Tensor4D, targets: tf.Tensor): Promise<Prediction> {
    const [outputs, loss] = await readOf(() => {
      const y = this.forward(images, mode, []).at(-1)!;
      return [y, this.task.loss(y, targets)];
    });
    return { outputs: outputs!, loss: loss![0]! };
  }

  /** Runs the network and shows what each operation with weights reads. */
  observe(mode: Mode, images: tf.Tensor4D, see: (operation: Operation, x: tf.Tensor4D) => void): void {
    this.see = see;
    try {
      tf.tidy(() => {
        this.forward(images, mode, []);
      });
    } finally {
      this.see = undefined;
    }
  }

  /** Re-estimates the running statistics with the weights as they are in `mode`, as the mean over the given batches. */
  restoreStatistics(batches: readonly tf.Tensor4D[], mode: Mode): void {
    averageStatistics(batches, this.host, (batch) => {
      const found: Statistics[] = [];
      this.forward(batch, { ...mode, statistics: 'batch' }, found);
      return found;
    });
  }

  /** Runs `attempt`, and puts the running statistics back as they were unless it returns true. */
  async tryStatistics(attempt: () => Promise<boolean>): Promise<void> {
    await keepStatisticsUnless([...this.parts.values()], this.host, attempt);
  }

  /**
   * Sets the activation ranges from float passes over the batches: the mean over batches of each batch's extremes.
   * @param reach what the output has to reach, and no more: its range
   */
  async calibrate(batches: readonly tf.Tensor4D[], mode: Mode, reach?: Range): Promise<void> {
    await this.maps.calibrate(this.architecture, batches, reach, (batch) =>
      this.forward(batch, { ...mode, quantisedActivations: false }, []),
    );
  }

  /** Codes of every weighted operation as OHWI: what the encoder sizes. */
  async integerWeights(): Promise<Map<string, Int8Array>> {
    return new Map(
      await Promise.all(
        [...this.parts].map(async ([id, part]) => [id, (await foldPart(part, this.host, this.steps)).codes] as const),
      ),
    );
  }

  /** The present integer weights as a target stores them: the same value while they are the same. */
  async encoded(target: Target): Promise<EncodedWeights> {
    return this.encodings.of(this.present, target, await this.integerWeights());
  }

  /** The network with batch norm folded into steps and biases. Needs calibrated ranges. */
  async fold(): Promise<FoldedNetwork> {
    const operations = await Promise.all(
      this.architecture.operations.map(async (operation): Promise<FoldedOperation> => {
        const output = this.maps.range(operation.id);
        if (!output) throw new Error(`${operation.id} has no calibrated range yet`);
        const part = this.parts.get(operation.id);
        return { operation, output, ...(part ? await foldPart(part, this.host, this.steps) : {}) };
      }),
    );
    return { architecture: this.architecture, input: this.maps.range('')!, operations };
  }

  async save(into: Map<string, TensorRecord>): Promise<{ steps: number; ranges: [string, Range][] }> {
    const saved = await records(
      [...this.parts].flatMap(([id, part]) => UNTRAINED.map((key) => [`${id}|${key}`, part[key]] as const)),
    );
    for (const [name, tensor] of saved) into.set(name, tensor);
    return { steps: await this.trainables.save(into), ranges: this.maps.save() };
  }

  load(from: ReadonlyMap<string, TensorRecord>, state: { steps: number; ranges: [string, Range][] }): void {
    for (const [id, part] of this.parts) for (const key of UNTRAINED) assign(part[key], from.get(`${id}|${key}`), id);
    this.trainables.load(from, state.steps);
    this.host.forget();
    this.steps.forget();
    this.maps.load(this.architecture, state.ranges);
  }

  dispose(): void {
    this.host.forget();
    this.steps.forget();
    this.trainables.dispose();
    for (const part of this.parts.values())
      for (const tensor of [part.mean, part.variance, part.mask]) tensor.dispose();
    this.ones.dispose();
  }
}
