/**
 * The last two stages: pruning the decoded network to its sparsities, then training it on its grids until the chip's
 * arithmetic is its own.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Range } from '../../integer/integer-network.ts';
import type { Architecture } from '../../network/types.ts';
import type { EncodedWeights } from '../../integer/encodings.ts';
import type { Split } from '../../data/dataset.ts';
import type { Outset } from '../outset.ts';
import { meanLoss, type Prediction } from '../evaluate.ts';
import type { HostTensors, Trainer } from '../trainer.ts';
import type { Target } from '../../targets/find-target.ts';
import { grow, trim } from './trim.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { ConcreteNetwork } from './trained-network.ts';
import type { Mode } from './trained-network.ts';
import type { OperationTensors } from './weighted-part.ts';
import type { Task } from '../../tasks/task.ts';
import { cosineRate, pruningRamp } from '../learning-rate.ts';
import { Pace } from '../pace.ts';

/** Steps between two re-rankings while the sparsity rises. */
export const RERANK = 8;
/** Share of the sparsify stage over which the sparsity rises; the rest trains at the final one. */
const RAMP = 0.7;
/** Share of the settle stage after which batch-norm statistics are frozen and activations are on their grids. */
const FREEZE = 0.7;
/** The same of a network with maps of fewer than 8 bits: it has more to learn on their grids, and their clips too. */
const NARROW_FREEZE = 0.2;

export const SPARSIFYING: Mode = { statistics: 'batch', quantised: true, revives: true, quantisedActivations: false };
export const ON_GRID: Mode = { ...SPARSIFYING, revives: false };
export const FROZEN: Mode = { ...ON_GRID, statistics: 'running', quantisedActivations: true };
/** Weights on their grids, activations in floating point: the reported float metric. */
export const FLOAT_ACTIVATIONS: Mode = { ...FROZEN, quantisedActivations: false };

export interface ConcretePlan {
  readonly sparsifySteps: number;
  readonly settleSteps: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Weight of the mean code length of weights; absent: none. */
  readonly entropy?: number;
  /** Weight of the loss of each early exit. */
  readonly exitLoss?: number;
  /** What networks of this kind begin at; absent: outputs have no unit. */
  readonly outset?: Pick<Outset, 'spread'> | undefined;
  readonly budgetBytes: number;
  /**
   * Share of an operation's weights (by its id) that stays pruned where the budget has room; absent: what was decided.
   */
  leastSparsity?(id: string): number;
  /** How fast both stages are gone through; absent: as they are planned. */
  readonly pace?: Pace;
  /** Batches for statistics and ranges: the same whenever they are asked for. */
  calibration(): Promise<tf.Tensor4D[]>;
  /** What outputs have to reach; absent where that is not known. */
  readonly targetRange?: Range;
}

export interface ConcretePhaseState {
  readonly steps: number;
  readonly ranges: [string, Range][];
}

export class ConcretePhase implements Trainer<Mode, ConcretePhaseState> {
  readonly network: ConcreteNetwork;
  private readonly pace: Pace;

  constructor(
    architecture: Architecture,
    private readonly task: Task,
    private readonly target: Target,
    private readonly plan: ConcretePlan,
    initial: (operation: Architecture['operations'][number]) => OperationTensors,
  ) {
    this.pace = plan.pace ?? new Pace();
    const { weightDecay, entropy, outset, exitLoss } = plan;
    this.network = new ConcreteNetwork(architecture, task, initial, weightDecay, entropy, outset, exitLoss);
  }

  save(into: Map<string, TensorRecord>): Promise<ConcretePhaseState> {
    return this.network.save(into);
  }

  restore(from: ReadonlyMap<string, TensorRecord>, state: ConcretePhaseState): void {
    this.network.load(from, state);
  }

  predict(mode: Mode, images: tf.Tensor4D, targets: tf.Tensor): Promise<Prediction> {
    return this.network.predict(mode, images, targets);
  }

  async rank(modes: readonly Mode[], parts: readonly Split[], limit: number): Promise<number[]> {
    const losses: number[] = [];
    for (const mode of modes)
      losses.push(await meanLoss(this.task, parts, (images, targets) => this.predict(mode, images, targets), limit));
    return losses;
  }

  read(): Promise<HostTensors> {
    return this.network.read();
  }

  /** The present integer weights as the target stores them: encoded once. */
  encoded(): Promise<EncodedWeights> {
    return this.network.encoded(this.target);
  }

  /** How the network computes at a step of these stages. */
  mode(step: number): Mode {
    const settling = this.settling(step);
    if (settling < 0) return SPARSIFYING;
    return settling < this.freezeStep() ? ON_GRID : FROZEN;
  }

  /** Where a step is in the schedule that was planned, counted from the beginning of settling. */
  private settling(step: number): number {
    return this.pace.position(step) - this.plan.sparsifySteps;
  }

  /** Names what the loss after a step may be compared with; undefined while pruning goes on, which makes it larger. */
  compared(step: number): string | undefined {
    const { sparsifySteps } = this.plan;
    const mode = this.mode(step);
    if (mode === SPARSIFYING) return this.pace.position(step) < RAMP * sparsifySteps ? undefined : 'pruned';
    return mode === FROZEN ? 'frozen' : 'on its grids';
  }

  private freezeStep(): number {
    return Math.floor(this.plan.settleSteps * (this.network.isNarrow ? NARROW_FREEZE : FREEZE));
  }

  /** One step; `step` counts over both stages. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const { sparsifySteps } = this.plan;
    const settling = this.settling(step);
    const before = step === 0 ? -Infinity : this.settling(step - 1);
    if (settling < 0 && step % RERANK === 0)
      await this.network.pruneTo(pruningRamp(this.pace.position(step) / (RAMP * sparsifySteps)));
    if (before < 0 && settling >= 0) await this.settle();
    else if (step === 0) await this.network.fitSteps();
    if (before < this.freezeStep() && settling >= this.freezeStep()) await this.freeze();
    return this.network.step(images, targets, this.mode(step), this.rate(step));
  }

  /** Learning rate of a step. */
  rate(step: number): number {
    const { sparsifySteps, settleSteps, learningRate } = this.plan;
    return cosineRate(this.pace.position(step) / (sparsifySteps + settleSteps), learningRate, 0.01);
  }

  /**
   * Call after the last step: does what settling does beside its steps where it has none, so that the network can be
   * folded.
   * @param steps that were made, where not as many as were planned
   */
  async complete(steps = this.plan.sparsifySteps + this.plan.settleSteps): Promise<void> {
    const last = steps === 0 ? -Infinity : this.settling(steps - 1);
    if (last < 0) await this.settle();
    // So short a stage that no step was past the place where statistics are frozen.
    if (last < this.freezeStep()) await this.freeze();
  }

  /** Final masks, and as many weights as the budget holds. */
  private async settle(): Promise<void> {
    await this.network.pruneTo(1);
    // Without steps before, nothing has set the grids yet; they are those of the weights that stay.
    if (this.plan.sparsifySteps === 0) await this.network.fitSteps();
    await trim(this.network, this.target, this.plan.budgetBytes);
    await this.grow();
  }

  /** Keeps as many of the pruned weights as the budget has room for. Says the exact bytes then. */
  grow(): Promise<number> {
    const { network, target, plan } = this;
    const decided = new Map(network.architecture.operations.map(({ id, sparsity }) => [id, sparsity]));
    return grow(network, target, plan.budgetBytes, (id) => plan.leastSparsity?.(id) ?? decided.get(id)!);
  }

  /** Is there an operation whose pruned weights may be kept after all? */
  get growable(): boolean {
    return this.network.architecture.operations.some(
      ({ id, sparsity }) => sparsity > (this.plan.leastSparsity?.(id) ?? sparsity),
    );
  }

  private async freeze(): Promise<void> {
    const batches = await this.plan.calibration();
    this.network.restoreStatistics(batches, ON_GRID);
    await this.network.calibrate(batches, FROZEN, this.plan.targetRange);
    for (const batch of batches) batch.dispose();
  }

  /** Statistics of the network as it has become since they were frozen. */
  async restoreStatistics(): Promise<void> {
    const batches = await this.plan.calibration();
    this.network.restoreStatistics(batches, FROZEN);
    for (const batch of batches) batch.dispose();
  }

  /** Exact bytes of the present integer weights. */
  async exactBytes(): Promise<number> {
    return (await this.encoded()).sized.totalBytes;
  }

  /** Trims to the budget and says what the encoder says then. */
  trim(limitBytes: number): Promise<number> {
    return trim(this.network, this.target, limitBytes);
  }

  dispose(): void {
    this.network.dispose();
  }
}
