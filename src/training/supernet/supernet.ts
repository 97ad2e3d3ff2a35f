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
import type { Task } from '../../tasks/task.ts';
import { Ones } from './ones-vectors.ts';
import type { Outset } from '../outset.ts';
import { activate, applyUnweighted, padChannels } from '../primitives.ts';
import type { LiveExtent } from './pruning.ts';
import { channelLast, isWeighted, mixPaths, NORM_EPSILON } from './shared-tensors.ts';
import type { Pass, StepResult, Weighted } from './shared-tensors.ts';
import type { HostTensors } from '../trainer.ts';
import { SizedInput } from './sized-input.ts';
import type { Trainables } from '../trainables.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { optionGradients } from './option-gradients.ts';
import { extentOf, SharedWeights } from './shared-weights.ts';
import { capacity } from './width-masks.ts';
import { cut, lead, only, reached, withSeconds } from './reach.ts';
import type { Course } from './reach.ts';

export class Supernet {
  private readonly shared: SharedWeights;
  private readonly ones = new Ones();
  private readonly input: SizedInput;
  /** Does the present pass need the gradients of options? */
  private deciding = false;
  /** Sees what a convolution puts out before its norm is applied. */
  private see: ((id: string, y: tf.Tensor4D) => void) | undefined;

  /** All but the task as `SharedWeights` says. */
  constructor(
    readonly network: Network,
    private readonly task: Task,
    random: SeededRandom,
    weightDecay: number,
    inputsOf?: (primitive: Primitive) => number,
    outset?: Outset,
  ) {
    this.input = new SizedInput(network);
    this.shared = new SharedWeights(network, random, weightDecay, inputsOf, outset);
  }

  get trainables(): Trainables {
    return this.shared.trainables;
  }

  /**
   * A mask that masks nothing. Cut from one vector: the number of tensors does not grow with the lengths that are asked
   * for.
   */
  private unmasked(length: number): tf.Tensor1D {
    return lead(this.ones.of(this.shared.longest), length);
  }

  /** The mask over the channels that are computed. */
  private maskOf(primitive: Primitive, channels: number, choice: Assignment): tf.Tensor1D {
    const mask = this.shared.masks.get(JSON.stringify(primitive.outWidth));
    return mask && (this.deciding || widthValue(mask.width, choice) < channels)
      ? lead(mask.variable as tf.Tensor as tf.Tensor1D, channels)
      : this.unmasked(channels);
  }

  /** As `SharedWeights` says. */
  extent(primitive: Primitive, choice: Assignment): LiveExtent {
    return extentOf(primitive, choice);
  }

  refresh(choice: Assignment): Promise<void> {
    return this.shared.refresh(choice);
  }

  private runWeighted(primitive: Primitive, x: tf.Tensor4D, course: Course): tf.Tensor4D {
    const { choice, reach } = course;
    const part = this.shared.weighted.get(primitive.id)!;
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
    return mixPaths(
      padChannels(first, channels),
      padChannels(other, channels),
      this.shared.pathLeaves.get(layer.spec.index)!,
    );
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
    this.shared.wear(assignment);
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
        const leaves = pass.decide ? this.shared.leaves.filter((leaf) => grads[leaf.name]) : [];
        present.push(leaves);
        found.push(value, ...ofInputs, ...leaves.map((leaf) => grads[leaf.name]!));
        inputs.push(ofInputs.length);
      }
      this.shared.changed();
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
      return {
        loss,
        ...(pass.decide
          ? optionGradients(this.network, this.shared, found, pass.sample, this.courseOf(pass), ofInputs)
          : { gradients: [], known: [] }),
      };
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
    this.shared.wear(pass.sample.choice);
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
      }, [...this.trainables.variables(), ...(pass.decide ? this.shared.leaves : [])]);
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

  read(): Promise<HostTensors> {
    return this.shared.read();
  }

  put(...values: Parameters<SharedWeights['put']>): void {
    this.shared.put(...values);
  }

  renorm(...change: Parameters<SharedWeights['renorm']>): void {
    this.shared.renorm(...change);
  }

  /**
   * Runs one architecture and shows what each convolution puts out before its norm, in order; what `see` makes of that
   * norm applies at once.
   */
  observe(images: tf.Tensor4D, assignment: Assignment, see: (id: string, y: tf.Tensor4D) => void): void {
    this.shared.wear(assignment);
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
    return this.shared.primitives();
  }

  save(into: Map<string, TensorRecord>): Promise<number> {
    return this.shared.save(into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, steps: number): void {
    this.shared.load(from, steps);
  }

  dispose(): void {
    this.input.dispose();
    this.shared.dispose();
    this.ones.dispose();
  }
}
