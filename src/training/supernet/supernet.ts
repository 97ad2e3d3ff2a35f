/** The supernet: one shared float tensor per operator, from which every architecture of the space is sampled. */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormAct } from '../../devices/operators/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../../devices/operators/conv.ts';
import { mixWeights } from '../../devices/operators/mix-weights.ts';
import { readOf } from '../../devices/read-tensor.ts';
import { widthValue } from '../../network/architecture.ts';
import { isExit } from '../../network/layer-graph.ts';
import type { Assignment, LayerTemplate, Network, Path, Primitive } from '../../network/types.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { Split } from '../../data/dataset.ts';
import { meanLoss, type Prediction } from '../evaluate.ts';
import { jointLoss } from '../joint-loss.ts';
import { gaussianSteps } from '../step-grid.ts';
import type { Task } from '../../tasks/task.ts';
import { Ones } from './ones-vectors.ts';
import { atOutset, rateOf, type Outset } from '../outset.ts';
import { activate, applyUnweighted, padChannels } from '../primitives.ts';
import { weightStatistics } from './pruning.ts';
import type { LiveExtent } from './pruning.ts';
import { channelLast, filterCapacity, heNormal, isWeighted, mixPaths, NORM_EPSILON } from './shared-tensors.ts';
import type { MaskLeaf, Pass, StepResult, Weighted } from './shared-tensors.ts';
import { HostCopy } from '../host-copy.ts';
import type { HostTensors } from '../trainer.ts';
import { SizedInput } from './sized-input.ts';
import { assign, records, Trainables } from '../trainables.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { addMaskGradient, capacity, widthDecisions } from './width-masks.ts';
import { cut, lead, only, reached, withinReach, withSeconds } from './reach.ts';
import type { Course } from './reach.ts';

export class Supernet {
  readonly trainables = new Trainables();
  private readonly weighted = new Map<string, Weighted>();
  private readonly masks = new Map<string, MaskLeaf>();
  private readonly ones = new Ones();
  private readonly host = new HostCopy();
  private readonly input: SizedInput;
  /** The most channels of an operator. */
  private readonly longest: number;
  private readonly pathLeaves = new Map<number, tf.Variable>();
  private readonly leaves: tf.Variable[] = [];
  /** Does the present pass need the gradients of options? */
  private deciding = false;
  /** Sees what a convolution puts out before its norm is applied. */
  private see: ((id: string, y: tf.Tensor4D) => void) | undefined;

  /**
   * @param inputsOf channels that an operator is expected to read, which sets the scale of its fresh weights; default:
   *   the most
   * @param outset where networks begin; absent: outputs have no unit
   */
  constructor(
    readonly network: Network,
    private readonly task: Task,
    random: SeededRandom,
    weightDecay: number,
    private readonly inputsOf?: (primitive: Primitive) => number,
    private readonly outset?: Outset,
  ) {
    this.input = new SizedInput(network);
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

  /**
   * A mask that masks nothing. Cut from one vector: the number of tensors does not grow with the lengths that are asked
   * for.
   */
  private unmasked(length: number): tf.Tensor1D {
    return lead(this.ones.of(this.longest), length);
  }

  /** The mask over the channels that are computed. */
  private maskOf(primitive: Primitive, channels: number, choice: Assignment): tf.Tensor1D {
    const mask = this.masks.get(JSON.stringify(primitive.outWidth));
    return mask && (this.deciding || widthValue(mask.width, choice) < channels)
      ? lead(mask.variable as tf.Tensor as tf.Tensor1D, channels)
      : this.unmasked(channels);
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

  /**
   * Recomputes pruning thresholds and scales from the weights that `choice` uses. Reads weights: not for every step.
   */
  async refresh(choice: Assignment): Promise<void> {
    const parts = [...this.weighted.values()];
    const weights = await this.host.read(parts.map(({ w }) => w));
    for (const [i, { primitive, w, thresholds, sigma }] of parts.entries()) {
      const shape = channelLast(primitive, w.shape);
      const live = this.extent(primitive, choice);
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

  private runWeighted(primitive: Primitive, x: tf.Tensor4D, course: Course): tf.Tensor4D {
    const { choice, reach } = course;
    const part = this.weighted.get(primitive.id)!;
    const chosen = (decision: number): number => (decision < 0 ? 0 : choice[decision]!);
    const depthwise = primitive.kind === 'depthwise';
    const kernel = chosen(primitive.kernel.decision);
    const inputs = x.shape[3];
    const full = channelLast(primitive, part.w.shape)[3];
    const outputs = !reach
      ? full
      : depthwise
        ? inputs * primitive.factor
        : Math.min(full, reached(primitive.outWidth, course, reach));
    // What no decision learns from is not computed.
    const crop = reach && !this.deciding ? primitive.kernel.options[kernel]! : undefined;
    const filter = mixWeights(
      cut(part.w as tf.Tensor as tf.Tensor4D, primitive, inputs, outputs, crop),
      this.coefficients(part, crop !== undefined),
      {
        kernels: crop ? [crop] : primitive.kernel.options,
        bits: primitive.bits.options,
        sparsities: primitive.sparsity.options.length,
        chosen: {
          kernel: crop ? 0 : kernel,
          bits: chosen(primitive.bits.decision),
          sparsity: chosen(primitive.sparsity.decision),
        },
        thresholds: part.thresholds as tf.Tensor as tf.Tensor1D,
        sigma: lead(part.sigma as tf.Tensor as tf.Tensor1D, outputs),
        steps: part.steps,
        depthwise,
      },
    );
    const geometry = {
      stride: [primitive.stride.height, primitive.stride.width] as [number, number],
      dilation: [primitive.dilation.height, primitive.dilation.width] as [number, number],
      padding: primitive.padding,
    };
    const y = depthwise ? depthwiseConv2d(x, filter, geometry) : conv2d(x, filter, geometry);
    this.see?.(primitive.id, y);
    const beta = lead(part.beta as tf.Tensor as tf.Tensor1D, outputs);
    if (!part.gamma) return activate(tf.add(y, beta), primitive.activation);
    return batchNormAct(
      y,
      lead(part.gamma as tf.Tensor as tf.Tensor1D, outputs),
      beta,
      this.maskOf(primitive, outputs, choice),
      { activation: primitive.activation, epsilon: NORM_EPSILON },
    ).y;
  }

  private coefficients({ leaves }: Weighted, oneKernel: boolean): Parameters<typeof mixWeights>[1] {
    const coefficients = leaves as unknown as Parameters<typeof mixWeights>[1];
    return oneKernel ? { ...coefficients, kernel: this.unmasked(1) } : coefficients;
  }

  private runPath(path: Path, x: tf.Tensor4D, from: tf.Tensor4D | undefined, course: Course): tf.Tensor4D {
    const results: tf.Tensor4D[] = [];
    const source = (input: number): tf.Tensor4D => (input === -1 ? x : input === -2 ? from! : results[input]!);
    for (const primitive of path.primitives) {
      const inputs = primitive.inputs.map(source);
      const kernel = primitive.kernel.options[0]!;
      // Behind a flatten the channels of a pixel lie where they would in the widest network.
      const laid =
        primitive.kind === 'flatten' ? inputs.map((input) => padChannels(input, capacity(primitive.inWidth))) : inputs;
      results.push(
        isWeighted(primitive.kind)
          ? this.runWeighted(primitive, inputs[0]!, course)
          : applyUnweighted(primitive, kernel, laid),
      );
    }
    return results.at(-1) ?? x;
  }

  private runLayer(layer: LayerTemplate, x: tf.Tensor4D, from: tf.Tensor4D | undefined, course: Course): tf.Tensor4D {
    const decision = layer.op.decision;
    const run = (option: number): tf.Tensor4D => {
      const y = this.runPath(layer.paths[option]!, x, from, course);
      return course.reach ? y : padChannels(y, capacity(layer.outWidth));
    };
    if (decision < 0) return run(0);
    const first = run(course.choice[decision]!);
    const second = course.second[decision]!;
    if (second < 0) return first;
    const other = run(second);
    const channels = Math.max(first.shape[3], other.shape[3]);
    return mixPaths(padChannels(first, channels), padChannels(other, channels), this.pathLeaves.get(layer.spec.index)!);
  }

  /**
   * Outputs of a sampled architecture: of its early exits, then [N, H, W, C] of its end. Call inside tf.tidy; `wear`
   * has set the masks.
   */
  private outputs(images: tf.Tensor4D, course: Course): tf.Tensor4D[] {
    const x = this.input.of(images, course.choice);
    const outputs: tf.Tensor4D[] = [];
    const outputOf = (layer: number): tf.Tensor4D => (layer < 0 ? x : outputs[layer]!);
    for (const layer of this.network.layers) {
      const from = layer.from === undefined ? undefined : outputOf(layer.from);
      outputs.push(this.runLayer(layer, outputOf(layer.input), from, course));
    }
    return [...outputs.filter((_, index) => isExit(this.network.layers[index]!.spec)), outputs.at(-1)!];
  }

  /** Outputs [N, H, W, C] of its end. */
  private forward(images: tf.Tensor4D, course: Course): tf.Tensor4D {
    return this.outputs(images, course).at(-1)!;
  }

  /** Outputs of one architecture with batch statistics, on the host. */
  async predict(assignment: Assignment, images: tf.Tensor4D, targets: tf.Tensor): Promise<Prediction> {
    this.wear(assignment);
    const [outputs, loss] = await readOf(() => {
      const y = this.forward(images, only(assignment));
      return [y, this.task.loss(y, targets)];
    });
    return { outputs: outputs!, loss: loss![0]! };
  }

  /** Losses of architectures, thresholds, scales and batch statistics their own, as `Trainer` says. */
  async rank(assignments: readonly Assignment[], parts: readonly Split[], limit: number): Promise<number[]> {
    const losses: number[] = [];
    for (const assignment of assignments) {
      await this.refresh(assignment);
      losses.push(
        await meanLoss(this.task, parts, (images, targets) => this.predict(assignment, images, targets), limit),
      );
    }
    return losses;
  }

  /**
   * One training step on a batch: the mean gradient of several networks.
   * @param passes networks; where one is guided, its loss is also its distance from what the first one says
   */
  async step(
    images: tf.Tensor4D,
    targets: tf.Tensor,
    passes: readonly Pass[],
    learningRate: number,
  ): Promise<StepResult[]> {
    await this.trainables.ready();
    const present: tf.Variable[][] = [];
    const inputs: number[] = [];
    // One read for all losses and leaves.
    const read = await readOf(() => {
      const found: tf.Tensor[] = [];
      const sums = new Map<string, tf.Tensor>();
      let lead: tf.Tensor4D | undefined;
      for (const pass of passes) {
        const { value, grads, outputs, ofInputs } = this.slopes(
          images,
          targets,
          pass,
          pass.guided === undefined ? undefined : lead,
        );
        lead ??= outputs;
        for (const { name } of this.trainables.variables()) {
          const grad = grads[name];
          const sum = sums.get(name);
          if (grad) sums.set(name, sum ? tf.add(sum, grad) : grad);
        }
        const leaves = pass.decide ? this.leaves.filter((leaf) => grads[leaf.name]) : [];
        present.push(leaves);
        found.push(value, ...ofInputs, ...leaves.map((leaf) => grads[leaf.name]!));
        inputs.push(ofInputs.length);
      }
      this.host.forget();
      const share = 1 / passes.length;
      this.trainables.apply(
        Object.fromEntries([...sums].map(([name, sum]) => [name, share === 1 ? sum : tf.mul(sum, share)])),
        learningRate,
      );
      return found;
    });
    let next = 0;
    return passes.map((pass, i) => {
      const loss = read[next++]![0]!;
      const ofInputs = Array.from({ length: inputs[i]! }, () => read[next++]![0]!);
      const found = new Map(present[i]!.map(({ name }) => [name, read[next++]!]));
      return { loss, ...(pass.decide ? this.optionGradients(found, pass, ofInputs) : { gradients: [], known: [] }) };
    });
  }

  private courseOf({ sample, decide }: Pass): Course {
    return decide ? withSeconds(this.network, sample) : only(sample.choice);
  }

  /** Loss and gradients of one pass, and its outputs as constants. */
  private slopes(
    images: tf.Tensor4D,
    targets: tf.Tensor,
    pass: Pass,
    guide: tf.Tensor4D | undefined,
  ): { value: tf.Scalar; grads: tf.NamedTensorMap; outputs: tf.Tensor4D; ofInputs: tf.Scalar[] } {
    this.wear(pass.sample.choice);
    this.deciding = pass.decide;
    let outputs: tf.Tensor4D | undefined;
    const course = this.courseOf(pass);
    try {
      const { value, grads } = tf.variableGrads(() => {
        const all = this.outputs(images, course);
        const y = all.at(-1)!;
        outputs = tf.keep(tf.clone(y));
        const loss = jointLoss(this.task, all, targets, this.network.definition.training.exitLoss);
        return guide ? tf.add(loss, tf.mul(this.task.distance(y, guide), pass.guided!)) : loss;
      }, [...this.trainables.variables(), ...(pass.decide ? this.leaves : [])]);
      // Kept through the gradient's own scope only: from here on the scope around it owns it.
      const owned = tf.clone(outputs!);
      outputs!.dispose();
      return { value, grads, outputs: owned, ofInputs: this.lossesOfInputs(owned, images, targets, pass) };
    } finally {
      this.deciding = false;
    }
  }

  /**
   * Losses of a pass with the size of the input that it has, and of the same network with the second that was drawn:
   * where both can be had, no gradient has to stand for their difference. None where the size is not being decided.
   */
  private lossesOfInputs(outputs: tf.Tensor4D, images: tf.Tensor4D, targets: tf.Tensor, pass: Pass): tf.Scalar[] {
    const { resolution } = this.network;
    const { sample, decide } = pass;
    const second = resolution && decide ? sample.second[resolution.decision]! : -1;
    if (second < 0) return [];
    const choice = sample.choice.map((k, d) => (d === resolution!.decision ? second : k));
    this.deciding = false;
    const loss = (y: () => tf.Tensor4D): tf.Scalar => tf.tidy(() => this.task.loss(y(), targets));
    return [loss(() => outputs), loss(() => this.forward(images, only(choice)))];
  }

  /**
   * @param found gradients of the leaves that this step's network has, by name
   * @param ofInputs losses with both sizes of the input that were drawn
   */
  private optionGradients(
    found: ReadonlyMap<string, Float32Array>,
    pass: Pass,
    ofInputs: readonly number[],
  ): Pick<StepResult, 'gradients' | 'known'> {
    const { decisions, layers } = this.network;
    const { sample } = pass;
    const gradients = decisions.map((decision) => new Float64Array(decision.labels.length));
    const course = this.courseOf(pass);
    const known = decisions.map((_, d) => withinReach(this.network, course, d));
    const addVector = (decision: number, values: Float32Array | undefined): void => {
      if (decision >= 0 && values)
        values.forEach((value, k) => {
          gradients[decision]![k]! += value;
        });
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
      const pair =
        sample.second[decision]! < 0
          ? [sample.choice[decision]!]
          : [sample.choice[decision]!, sample.second[decision]!];
      known[decision] = pair;
      if (values)
        pair.forEach((k, i) => {
          gradients[decision]![k]! += values[i]!;
        });
    }
    const inputs = this.network.resolution?.decision;
    if (inputs !== undefined) {
      const pair = [sample.choice[inputs]!, sample.second[inputs]!].slice(0, Math.max(1, ofInputs.length));
      known[inputs] = pair;
      ofInputs.forEach((loss, i) => {
        gradients[inputs]![pair[i]!] = loss;
      });
    }
    return { gradients, known };
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

  /**
   * Runs one architecture and shows what each convolution puts out before its norm, in order; what `see` makes of that
   * norm applies at once.
   */
  observe(images: tf.Tensor4D, assignment: Assignment, see: (id: string, y: tf.Tensor4D) => void): void {
    this.wear(assignment);
    this.see = see;
    try {
      tf.tidy(() => {
        this.forward(images, { choice: [...assignment], second: assignment.map(() => -1) });
      });
    } finally {
      this.see = undefined;
    }
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
    this.input.dispose();
    this.trainables.dispose();
    for (const leaf of this.leaves) leaf.dispose();
    for (const part of this.weighted.values()) for (const tensor of [part.thresholds, part.sigma]) tensor.dispose();
    this.ones.dispose();
  }
}
