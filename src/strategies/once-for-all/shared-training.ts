/**
 * Training the weights that architectures of all sizes share: draws over the whole space, whatever the budget, and the
 * widest network beside them, from whose outputs they learn.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../base/random.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { BudgetedSpace } from '../space/budgeted-space.ts';
import { proportional, widest } from '../space/candidates.ts';
import { WorkLimits } from '../space/work-limits.ts';
import type { Limit } from '../../wire/limits.ts';
import { largestOption } from '../../network/largest-option.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { Task } from '../../tasks/task.ts';
import type { Pace } from '../../training/pace.ts';
import { cosineRate } from '../../training/learning-rate.ts';
import { Decisions, type Sample } from '../../training/supernet/decisions.ts';
import { RECIPE, type Recipe } from '../../training/supernet/recipe.ts';
import type { Pass } from '../../training/supernet/shared-tensors.ts';
import type { Outset } from '../../training/outset.ts';
import { Supernet } from '../../training/supernet/supernet.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { tilt } from '../space/budget-tilt.ts';

/**
 * All sizes alike, in the first half at the finest grids and without pruning; every third step the widest network too,
 * which the other network of its step learns from. docs/method.md has what each brought.
 */
export const RECIPE_OF_ALL: Recipe = { ...RECIPE, warmupBudgets: undefined, finest: 0.5, wideEvery: 3, guide: 1 };

/** Sizes that draws are made at in turn, evenly on a logarithmic scale. */
const LEVELS = 12;
/** Every so many steps the smallest network is the one that is drawn. */
const SMALLEST_EVERY = 12;

export interface SharedProblem {
  readonly network: Network;
  readonly target: Target;
  readonly task: Task;
  readonly seed: number;
  readonly steps: number;
  /** Where networks begin; absent: outputs have no unit. */
  readonly outset?: Outset | undefined;
  /** How fast they are gone through; absent: as they are planned. */
  readonly pace?: Pace;
  readonly recipe?: Partial<Recipe>;
}

/** Plain JSON; tensors stand beside it. */
export interface SharedTrainingState {
  readonly random: readonly number[];
  readonly optimiserSteps: number;
}

/** Networks that a step trains, on average over steps. */
export const passesPerStep = ({ samples, wideEvery, guide }: Recipe): number =>
  wideEvery === 0 ? samples : guide > 0 ? samples + 1 / wideEvery : samples + (1 - samples) / wideEvery;

export class SharedTraining {
  readonly supernet: Supernet;
  readonly size: SizeExpression;
  private readonly recipe: Recipe;
  private readonly random: SeededRandom;
  private readonly decisions: Decisions;
  /** Probabilities under which the expected size is each of the levels. */
  private readonly levels: Readonly<Record<'finest' | 'all', readonly (readonly (readonly number[])[])[]>>;
  private readonly smallest: Assignment;

  constructor(
    private readonly problem: SharedProblem,
    state?: SharedTrainingState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    const { network, target, task, seed } = problem;
    this.recipe = { ...RECIPE_OF_ALL, ...problem.recipe };
    this.random = new SeededRandom(seed + 1);
    this.size = new SizeExpression(network, target);
    const all = network.decisions.map(({ labels }) => labels.map(() => true));
    this.decisions = new Decisions(
      all.map((row) => row.length),
      all,
    );
    this.smallest = this.size.smallest().assignment;
    this.levels = { finest: this.sizeLevels(true), all: this.sizeLevels(false) };
    const { weightDecay } = network.definition.training;
    this.supernet = new Supernet(network, task, new SeededRandom(seed), weightDecay, undefined, problem.outset);
    if (state && tensors) {
      this.random.restore(state.random);
      this.supernet.load(tensors, state.optimiserSteps);
    }
  }

  /** @param onlyFinest at the finest grids and without pruning, so that other decisions make the size */
  private sizeLevels(onlyFinest: boolean): number[][][] {
    const { decisions } = this.problem.network;
    const allowed = decisions.map((decision, d) => {
      const grid = decision.kind === 'bits' || decision.kind === 'sparsity';
      const finest = onlyFinest && grid ? largestOption(decision) : undefined;
      return this.decisions.allowed[d]!.map((_, k) => finest === undefined || k === finest);
    });
    const open = new Decisions(
      allowed.map((row) => row.length),
      allowed,
    );
    const free = open.probabilities(1);
    if (free.length === 0) return [free];
    const [low, high] = [this.size.smallest().bytes, this.size.expected(free)];
    return Array.from({ length: LEVELS }, (_, i) => {
      // The smallest network itself is a level of its own.
      const bytes = low * (high / low) ** ((i + 1) / LEVELS);
      return tilt(open, this.size, bytes, 1, 1).probabilities;
    });
  }

  /** A network that fills the limits, all widths at one share of their largest: to follow, not to choose. */
  probe(limits: readonly Limit[]): Assignment {
    const { network, target, seed } = this.problem;
    const problem = { network, target, limits };
    const size = new SizeExpression(network, target);
    const work = WorkLimits.of(problem, size);
    const space = new BudgetedSpace(problem, size, this.decisions.allowed, new SeededRandom(seed), work);
    const field = space.field(this.decisions.logits);
    return proportional(field, {}) ?? field.smallest;
  }

  async save(into: Map<string, TensorRecord>): Promise<SharedTrainingState> {
    return { random: this.random.state(), optimiserSteps: await this.supernet.save(into) };
  }

  private place(step: number): number {
    return this.problem.pace?.position(step) ?? step;
  }

  /** Learning rate of a step. */
  rate(step: number): number {
    const { network, steps } = this.problem;
    return cosineRate(
      this.place(step) / steps,
      network.definition.training.learningRate * this.recipe.rate,
      this.recipe.floor,
    );
  }

  /** Mean probabilities over the sizes that are drawn. */
  get probabilities(): number[][] {
    const levels = this.levels.all;
    return levels[0]!.map((row, d) =>
      row.map((_, k) => levels.reduce((sum, level) => sum + level[d]![k]!, 0) / levels.length),
    );
  }

  /** One step. Returns the loss of the batch, the mean over the step's networks. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const { samples, wideEvery, guide, refresh } = this.recipe;
    const drawn = Array.from({ length: samples }, (_, i) => this.draw(step, i));
    const wide = wideEvery > 0 && step % wideEvery === wideEvery - 1;
    const lead = { ...drawn[0]!, choice: wide ? widest(this.problem.network, drawn[0]!.choice) : drawn[0]!.choice };
    const passes: Pass[] = wide
      ? [
          { sample: lead, decide: false },
          ...(guide > 0
            ? drawn.map((sample): Pass => ({ sample, decide: false, guided: guide }))
            : drawn.slice(1).map((sample): Pass => ({ sample, decide: false }))),
        ]
      : drawn.map((sample) => ({ sample, decide: false }));
    if (step % refresh === 0) await this.supernet.refresh(passes.at(-1)!.sample.choice);
    const results = await this.supernet.step(images, targets, passes, this.rate(step));
    return results.reduce((sum, { loss }) => sum + loss, 0) / results.length;
  }

  private draw(step: number, index: number): Sample {
    const levels = this.levels[this.place(step) < this.recipe.finest * this.problem.steps ? 'finest' : 'all'];
    const level = levels[this.random.integer(levels.length)]!;
    const unpaired = level.map(() => false);
    const sample = this.decisions.sample(level, unpaired, this.random);
    return index === 0 && step % SMALLEST_EVERY === 0 ? { ...sample, choice: [...this.smallest] } : sample;
  }

  dispose(): void {
    this.supernet.dispose();
  }
}
