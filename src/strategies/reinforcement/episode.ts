/** A network that an agent came to, while it is tuned: what its reward is measured on. */
import type * as tf from '@tensorflow/tfjs-core';
import { instantiate } from '../../network/architecture.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { evaluate, type Evaluation } from '../../training/evaluate.ts';
import { cosineRate } from '../../training/learning-rate.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { ConcreteNetwork, Mode } from '../../training/trained/trained-network.ts';
import { SPARSIFYING, type ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import type { Walk } from './channel-agent.ts';
import type { NoisyDressing, VariationalNoise } from '../../training/trained/variational-noise.ts';
import type { Initial } from '../space/given-weights.ts';
import { concreteOf, FLOAT } from './whole-network.ts';

/** Samples of the validation part that a reward is measured on. */
const JUDGED = 512;

/** Plain JSON. */
export interface EpisodeState {
  readonly walk: Walk;
  readonly length: number;
  readonly done: number;
  readonly concrete: ConcretePhaseState;
}

/** How a network is tuned. */
export interface Tuning {
  readonly perEpoch: number;
  /** Trained along where kernels may go; absent: weights are on their grids, pruned and quantised. */
  readonly noise?: VariationalNoise;
}

export class Episode {
  readonly network: ConcreteNetwork;
  private readonly mode: Mode;
  private readonly dressing: NoisyDressing | undefined;
  private done = 0;

  /** @param length its training steps */
  constructor(
    private readonly context: SearchContext,
    readonly walk: Walk,
    private readonly length: number,
    private readonly tuning: Tuning,
    initial: Initial,
  ) {
    const { network } = context;
    this.network = concreteOf(context, instantiate(network, walk.assignment), initial);
    this.mode = tuning.noise ? FLOAT : SPARSIFYING;
    const rate = network.definition.training.learningRate;
    this.dressing = tuning.noise?.dress(this.network, rate, tuning.perEpoch);
    this.network.dressing = this.dressing;
  }

  /** Before its first step. */
  async begin(): Promise<this> {
    if (this.tuning.noise) return this;
    await this.network.pruneTo(1);
    await this.network.fitSteps();
    return this;
  }

  get rate(): number {
    return cosineRate(this.done / this.length, this.context.network.definition.training.learningRate, 0.01);
  }

  /** @param seed of what the step draws */
  async step(images: tf.Tensor4D, targets: tf.Tensor, seed: number): Promise<number> {
    this.dressing?.begin(this.done / this.length, this.context.dataset.train.count, seed);
    const loss = await this.network.step(images, targets, this.mode, this.rate);
    this.done++;
    return loss;
  }

  /** Noise and weights are final. */
  async takeNoise(): Promise<void> {
    if (this.dressing) await this.tuning.noise!.take(this.network, this.dressing);
  }

  /** On the validation part, as it is. */
  judge(): Promise<Evaluation> {
    const { dataset, network } = this.context;
    const task = taskNamed(network.definition.task);
    const predict = (images: tf.Tensor4D, targets: tf.Tensor) => this.network.predict(this.mode, images, targets);
    return evaluate(task, dataset.validation, predict, JUDGED);
  }

  async save(into: Map<string, TensorRecord>): Promise<EpisodeState> {
    const { walk, length, done } = this;
    return { walk, length, done, concrete: await this.network.save(into) };
  }

  load(from: ReadonlyMap<string, TensorRecord>, { done, concrete }: EpisodeState): void {
    this.done = done;
    this.network.load(from, concrete);
  }

  dispose(): void {
    this.network.dispose();
  }
}
