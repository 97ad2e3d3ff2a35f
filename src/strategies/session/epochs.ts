/** The epochs of a search: their steps, what is told of each, and how those to come are shortened. */
import * as tf from '@tensorflow/tfjs-core';
import { Batches, type BatchState } from '../../data/batches.ts';
import { withNextBatch } from '../../training/evaluate.ts';
import type { PaceState } from '../../training/pace.ts';
import { batchOptions, breathe, TrainingError, type SearchContext, type SearchHooks } from '../../training/problem.ts';
import type { Trainee } from '../strategy.ts';
import type { SessionPlan } from './session-plan.ts';
import type { EpochProgress, SessionProgress } from './session-progress.ts';
import { Stopping, type Shortening, type StoppingState } from './stopping.ts';
import { TrainedStage } from './trained-stage.ts';

/** Where a search is in its epochs. Plain JSON. */
export interface EpochsState {
  /** Completed epochs over the whole run, and completed steps of the present one. */
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly batches: BatchState;
}

/** Which epochs are a trainee's own. */
export interface TraineeStages {
  /** Epoch at which its steps begin. */
  readonly first: number;
  /** Its stages: from this one to before that. */
  readonly from: number;
  readonly to: number;
}

export class Epochs {
  readonly batches: Batches;
  private readonly stopping: Stopping;
  /** Completed epochs over the whole run, and completed steps of the present one. */
  private epoch = 0;
  private stepsDone = 0;
  private lossSum = 0;

  /** @param planOf the plan with these steps of an epoch and, where they are not the definition's, epochs of stages */
  constructor(
    private readonly context: SearchContext,
    planOf: (perEpoch: number, lengths?: readonly number[]) => SessionPlan,
    stopping?: StoppingState,
  ) {
    this.batches = new Batches(context.dataset.train, batchOptions(context));
    const { perEpoch } = this.batches;
    this.stopping = new Stopping(context.network.definition.training, (lengths) => planOf(perEpoch, lengths), stopping);
  }

  /** As it is now. */
  get plan(): SessionPlan {
    return this.stopping.plan;
  }

  /** Completed epochs. */
  get done(): number {
    return this.epoch;
  }

  /** Completed steps of the present one. */
  get step(): number {
    return this.stepsDone;
  }

  get perEpoch(): number {
    return this.batches.perEpoch;
  }

  /** Are there rules that may shorten them? */
  get mayShorten(): boolean {
    return this.stopping.acts;
  }

  state(): EpochsState {
    return { epoch: this.epoch, step: this.stepsDone, lossSum: this.lossSum, batches: this.batches.state() };
  }

  stoppingState(): StoppingState {
    return this.stopping.state();
  }

  restore({ epoch, step, lossSum, batches }: EpochsState): void {
    Object.assign(this, { epoch, stepsDone: step, lossSum });
    this.batches.restore(batches);
  }

  /** An epoch was gone through elsewhere. Returns its number, from 1. */
  next(): number {
    return ++this.epoch;
  }

  /** From here on with the batches that the first epoch began with. */
  beginAnew(): void {
    this.batches.restore(new Batches(this.context.dataset.train, batchOptions(this.context)).state());
  }

  /** The pace at which a trainee's schedule is gone through. */
  knots({ from, to }: Omit<TraineeStages, 'first'>): PaceState {
    return this.stopping.knots(from, to);
  }

  /** The rest of the present epoch. */
  async train(hooks: SearchHooks, trainee: Trainee, stages: TraineeStages, progress: SessionProgress): Promise<void> {
    const { stopping } = this;
    if (this.stepsDone === 0) {
      const shorter = stopping.inTime(this.epoch, (plan) => progress.secondsLeft(plan));
      await this.shorten(hooks, trainee, stages, shorter);
    }
    const began = performance.now();
    const steps = this.perEpoch;
    const own = (this.epoch - stages.first) * steps;
    const stepsBefore = this.stepsDone;
    const told = progress.ofEpoch(hooks);
    await this.runSteps(hooks, trainee, own, told);
    const secondsPerStep = (performance.now() - began) / 1000 / Math.max(1, steps - stepsBefore);
    const stage = this.plan.stageOf(this.epoch);
    const trainLoss = this.lossSum / steps;
    const details = await trainee.report(own + steps - 1);
    told.reported();
    this.epoch++;
    this.stepsDone = 0;
    this.lossSum = 0;
    await hooks.emit({
      type: 'epoch',
      stage: stage.id,
      epoch: this.epoch,
      trainLoss,
      ...details,
      measured: {
        seconds: (performance.now() - began) / 1000,
        secondsPerStep,
        residentBytes: process.memoryUsage().rss,
        tensors: tf.memory().numTensors,
      },
    });
    if (trainee instanceof TrainedStage) {
      // The first of its stages prunes.
      const { from } = stages;
      const pruned = this.plan.stages[from]!.epochs > 0 && this.epoch === this.plan.endOf(from);
      await trainee.afterEpoch(pruned, hooks.emit);
    }
    const compared = trainee.compared(own + steps - 1);
    await this.shorten(hooks, trainee, stages, stopping.watched(this.epoch, compared, details.validationLoss));
  }

  /** Takes the stages away of networks that were planned for and not found, and tells so. */
  async chosen(hooks: SearchHooks, networks: number): Promise<void> {
    const shorter = this.stopping.chosen(networks);
    if (shorter) await hooks.emit({ type: 'shortened', ...shorter });
  }

  /** Tells that stages are shorter from here on, and lets what is being trained go faster. */
  private async shorten(
    hooks: SearchHooks,
    trainee: Trainee,
    stages: TraineeStages,
    shorter: Shortening | undefined,
  ): Promise<void> {
    if (!shorter) return;
    trainee.pace.follow((this.epoch - stages.first) * this.perEpoch, this.knots(stages));
    await hooks.emit({ type: 'shortened', ...shorter });
  }

  private async runSteps(hooks: SearchHooks, trainee: Trainee, own: number, told: EpochProgress): Promise<void> {
    const { id } = this.plan.stageOf(this.epoch);
    const { network } = this.context;
    const { dataset = this.context.dataset } = trainee;
    const steps = this.perEpoch;
    this.batches.readFrom(dataset.train);
    while (this.stepsDone < steps) {
      await breathe(hooks);
      const loss = await withNextBatch(this.batches, dataset.train, (images, targets) =>
        trainee.step(own + this.stepsDone, images, targets),
      );
      if (!Number.isFinite(loss))
        throw new TrainingError(
          `the loss became ${loss} in stage ${id}, epoch ${this.epoch + 1}, step ${this.stepsDone + 1}: lower training.learningRate (now ${network.definition.training.learningRate})`,
        );
      this.lossSum += loss;
      this.stepsDone++;
      told.step(loss);
      hooks.stepped?.(loss);
    }
  }
}
