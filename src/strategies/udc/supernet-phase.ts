/**
 * The first two stages: warming the shared weights up, then training weights and decisions together under the budget.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Sized } from '../../integer/sizing.ts';
import { widthDistribution } from '../../network/architecture.ts';
import { largestOption, magnitudes } from '../../network/largest-option.ts';
import type { Assignment, DecisionKind, Primitive } from '../../network/types.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { SeededRandom } from '../../base/random.ts';
import { allowedInputs } from '../space/allowed-inputs.ts';
import { allowedOptions } from '../space/allowed-options.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { nearestOption, widest } from '../space/candidates.ts';
import type { Field } from '../space/candidates.ts';
import { BudgetedSpace, type Exact, type SpaceProblem } from '../space/budgeted-space.ts';
import type { CodesOf } from '../space/sizes-of-all.ts';
import { RECIPE } from '../../training/supernet/recipe.ts';
import type { Recipe } from '../../training/supernet/recipe.ts';
import { WIDENING } from '../../training/supernet/reach.ts';
import { Decisions } from '../../training/supernet/decisions.ts';
import type { DecisionState, Sample } from '../../training/supernet/decisions.ts';
import { inheritedCodes } from '../../training/trained/inherit.ts';
import type { Task } from '../../tasks/task.ts';
import { weightLimit } from '../../wire/limits.ts';
import { cosineRate, targetEntropy } from '../../training/learning-rate.ts';
import { Pace } from '../../training/pace.ts';
import type { Outset } from '../../training/outset.ts';
import { Supernet } from '../../training/supernet/supernet.ts';
import type { Split } from '../../data/dataset.ts';
import type { Prediction } from '../../training/evaluate.ts';
import type { HostTensors, Trainer } from '../../training/trainer.ts';
import type { Pass } from '../../training/supernet/shared-tensors.ts';
import type { Objective } from '../space/objective.ts';
import { WorkLimits } from '../space/work-limits.ts';
import { tilt, tiltBoth, type Tilted } from '../space/budget-tilt.ts';

/** Of these two options are run, each with all that it needs. */
const isPath = (kind: DecisionKind): boolean => kind === 'operator' || kind === 'resolution';

/** Logits are compared among themselves only (the temperature follows their spread), so their rate sets no scale. */
const LOGIT_RATE = 1;

export interface Situation {
  readonly probabilities: number[][];
  readonly tau: number;
  readonly mu: number;
  /** Absent where no limit on work holds. */
  readonly nu?: number;
  readonly entropy: number;
  readonly expectedBytes: number;
}

export interface SupernetPhaseState {
  readonly decisions: DecisionState;
  readonly random: readonly number[];
  readonly factors: readonly (readonly [string, number])[];
  readonly mu: number;
  readonly nu?: number;
  readonly optimiserSteps: number;
}

export interface PhaseProblem extends SpaceProblem {
  readonly task: Task;
  readonly seed: number;
  /** Where networks begin; absent: outputs have no unit. */
  readonly outset?: Outset | undefined;
  /** Steps of the two stages. */
  readonly warmupSteps: number;
  readonly searchSteps: number;
  /** What options are preferred by beside the loss. */
  readonly objective?: Objective;
  /** How fast both are gone through; absent: as they are planned. */
  readonly pace?: Pace;
  /** What departs from `RECIPE`. */
  readonly recipe?: Partial<Recipe>;
}

export class SupernetPhase implements Trainer<Assignment, SupernetPhaseState> {
  readonly supernet: Supernet;
  decisions: Decisions;
  readonly size: SizeExpression;
  private readonly budgetBytes: number;
  private readonly recipe: Recipe;
  /** Decisions that have no preferences yet. */
  private readonly undecided: Decisions;
  private readonly random: SeededRandom;
  private readonly paired: readonly boolean[];
  private mu = 0;
  private nu = 0;
  private readonly work: WorkLimits | undefined;
  /**
   * Probabilities of the warm-up. Made before exact sizes correct the expression, so that a search taken up again has
   * the same.
   */
  private readonly warmupShapes: Readonly<Record<'finest' | 'all', readonly (readonly number[])[]>>;
  private readonly space: BudgetedSpace;
  private readonly pace: Pace;

  constructor(
    private readonly problem: PhaseProblem,
    state?: SupernetPhaseState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    const { network, target, task, seed } = problem;
    const { training } = network.definition;
    this.recipe = { ...RECIPE, ...problem.recipe };
    this.pace = problem.pace ?? new Pace();
    this.budgetBytes = weightLimit(problem.limits);
    this.size = new SizeExpression(network, target);
    this.random = new SeededRandom(seed + 1);
    const options = network.decisions.map((d) => d.labels.length);
    this.work = WorkLimits.of(problem, this.size);
    const within = allowedOptions(network, this.budgetBytes, this.size, this.work);
    const allowed = allowedInputs(problem, this.size, within);
    this.space = new BudgetedSpace(problem, this.size, allowed, this.random, this.work);
    this.decisions = new Decisions(options, allowed);
    this.undecided = new Decisions(options, allowed);
    this.warmupShapes = { finest: this.warmingShapes(true), all: this.warmingShapes(false) };
    this.supernet = new Supernet(
      network,
      task,
      new SeededRandom(seed),
      training.weightDecay,
      this.recipe.freshScale === 'budget' ? this.inputsNearBudget() : undefined,
      problem.outset,
    );
    this.paired = network.decisions.map(({ kind }) => isPath(kind) || WIDENING.has(kind));
    if (state && tensors) this.restore(tensors, state);
  }

  restore(from: ReadonlyMap<string, TensorRecord>, state: SupernetPhaseState): void {
    const { allowed } = this.decisions;
    this.decisions = new Decisions(
      allowed.map(({ length }) => length),
      allowed,
      state.decisions,
    );
    this.random.restore(state.random);
    this.mu = state.mu;
    this.nu = state.nu ?? 0;
    this.space.restore(state.factors);
    this.supernet.load(from, state.optimiserSteps);
  }

  predict(assignment: Assignment, images: tf.Tensor4D, targets: tf.Tensor): Promise<Prediction> {
    return this.supernet.predict(assignment, images, targets);
  }

  rank(assignments: readonly Assignment[], parts: readonly Split[], limit: number): Promise<number[]> {
    return this.supernet.rank(assignments, parts, limit);
  }

  read(): Promise<HostTensors> {
    return this.supernet.read();
  }

  async save(into: Map<string, TensorRecord>): Promise<SupernetPhaseState> {
    const optimiserSteps = await this.supernet.save(into);
    return {
      decisions: this.decisions.state(),
      random: this.random.state(),
      factors: this.space.corrections,
      mu: this.mu,
      ...(this.work && { nu: this.nu }),
      optimiserSteps,
    };
  }

  /** Learning rate of a step; `step` counts over both stages. */
  rate(step: number): number {
    const { warmupSteps, searchSteps, network } = this.problem;
    return cosineRate(
      this.pace.position(step) / (warmupSteps + searchSteps),
      network.definition.training.learningRate * this.recipe.rate,
      this.recipe.floor,
    );
  }

  /** Where the search stands before a step; `step` counts over both stages. */
  situate(step: number): Situation {
    const { warmupSteps, searchSteps, network } = this.problem;
    const { exploration } = network.definition.training;
    const searched = this.pace.position(step) - warmupSteps;
    const wanted = searched < 0 ? 1 : targetEntropy(Math.min(1, searched / searchSteps), exploration);
    const tau = this.decisions.temperatureFor(wanted);
    const tilted = this.tilted(this.decisions, 1, tau, { mu: this.mu, nu: this.nu });
    this.mu = tilted.mu;
    this.nu = tilted.nu ?? 0;
    return { ...tilted, tau, entropy: this.decisions.meanEntropy(tilted.probabilities) };
  }

  /** One step; `step` counts over both stages. Returns the loss of the batch, the mean over the step's networks. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const { recipe } = this;
    const place = this.pace.position(step);
    const warming = place < this.problem.warmupSteps;
    const { probabilities } = this.situate(step);
    const decide = !warming && !(recipe.exploring > 0 && this.random.next() < recipe.exploring);
    const drawn = warming
      ? this.warmupShapes[place < recipe.finest * this.problem.warmupSteps ? 'finest' : 'all']
      : decide
        ? probabilities
        : this.unprejudiced(1);
    const samples = Array.from({ length: recipe.samples }, () => this.draw(drawn));
    const wide = recipe.wideEvery > 0 && step % recipe.wideEvery === recipe.wideEvery - 1;
    const widePass: Pass[] = wide
      ? [{ sample: { ...samples[0]!, choice: this.wide(samples[0]!.choice) }, decide: false }]
      : [];
    const alone = wide && recipe.guide === 0;
    const passes: Pass[] = [
      ...widePass,
      ...(alone ? [] : samples.map((sample): Pass => ({ sample, decide, ...(wide && { guided: recipe.guide }) }))),
    ];
    if (!alone && step % recipe.refresh === 0)
      await this.supernet.refresh(
        warming || recipe.refresh === 1 ? samples[0]!.choice : this.decisions.mostLikely(probabilities),
      );
    const results = await this.supernet.step(images, targets, passes, this.rate(step));
    results.forEach(({ gradients, known, loss }, i) => {
      const { sample, decide: learns } = passes[i]!;
      if (!learns) return;
      const slopes = this.problem.objective?.slopes(probabilities, loss);
      const sloped = slopes ? gradients.map((row, d) => row.map((value, k) => value + slopes[d]![k]!)) : gradients;
      this.decisions.update(sample, sloped, known, LOGIT_RATE / recipe.samples);
    });
    return results.reduce((sum, { loss }) => sum + loss, 0) / results.length;
  }

  /** A sample; of several draws, where the recipe says so, the one whose size is nearest below the budget. */
  private draw(probabilities: readonly (readonly number[])[]): Sample {
    let best: { sample: Sample; distance: number } | undefined;
    for (let i = 0; i < this.recipe.draws; i++) {
      const sample = this.decisions.sample(probabilities, this.paired, this.random);
      if (this.recipe.draws === 1) return sample;
      const over = this.size.estimate(sample.choice) / this.budgetBytes - 1;
      const distance = over > 0 ? 3 * over : -over;
      if (!best || distance < best.distance) best = { sample, distance };
    }
    return best!.sample;
  }

  /**
   * The widest network with the given operators within the recipe's limit: every width at the same share of its
   * largest.
   */
  private wide(operators: Assignment): number[] {
    const { budgetBytes } = this;
    const { network } = this.problem;
    const whole = widest(network, operators);
    const limit = this.recipe.wideBudgets === undefined ? Infinity : this.recipe.wideBudgets * budgetBytes;
    let narrowed = whole;
    for (let share = 0.95; share > 0 && this.size.estimate(narrowed) > limit; share -= 0.05) {
      narrowed = whole.map((k, d) => {
        const values = network.decisions[d]!.kind === 'width' ? magnitudes(network.decisions[d]!) : undefined;
        return values ? nearestOption(values, share * values[k]!) : k;
      });
    }
    return narrowed;
  }

  /** Probabilities without regard to the logits, under which the expected size is so many budgets. */
  private unprejudiced(budgets: number): number[][] {
    return this.tilted(this.undecided, budgets, 1, { mu: 1, nu: 1 }).probabilities;
  }

  /** Probabilities under which expected size and work are within so many of their limits. */
  private tilted(
    decisions: Decisions,
    budgets: number,
    tau: number,
    guess: { readonly mu: number; readonly nu: number },
  ): Tilted & { readonly nu?: number } {
    const { size, work } = this;
    const bytes = budgets * this.budgetBytes;
    return work
      ? tiltBoth(decisions, size, bytes, work, tau, guess, budgets)
      : tilt(decisions, size, bytes, tau, guess.mu);
  }

  /** Input channels of each operator, in expectation over networks near the budget. */
  private inputsNearBudget(): (primitive: Primitive) => number {
    const probabilities = this.unprejudiced(1);
    return ({ inWidth }) =>
      [...widthDistribution(inWidth, probabilities)].reduce((sum, [value, p]) => sum + value * p, 0);
  }

  /**
   * While warming up, every shape is tried, and first at the finest grid and without pruning: coarse grids have no use
   * for weights that know nothing.
   */
  private warmingShapes(onlyFinest: boolean): number[][] {
    const { warmupBudgets } = this.recipe;
    const allowed = this.problem.network.decisions.map((decision, d) => {
      const finest =
        onlyFinest && (decision.kind === 'bits' || decision.kind === 'sparsity') ? largestOption(decision) : undefined;
      return this.decisions.allowed[d]!.map((ok, k) => (finest === undefined ? ok : k === finest));
    });
    const shapes = new Decisions(
      allowed.map((row) => row.length),
      allowed,
    );
    return warmupBudgets === undefined
      ? shapes.probabilities(1)
      : this.tilted(shapes, warmupBudgets, 1, { mu: 1, nu: 1 }).probabilities;
  }

  /** What operations would be encoded from with the present weights. */
  private async codes(): Promise<CodesOf> {
    const weights = await this.read();
    return (architecture, operation) => inheritedCodes(weights, architecture, operation);
  }

  /** Exact size of an assignment with the present weights. */
  async sizeOf(assignment: Assignment): Promise<Sized> {
    return this.space.sizeOf(assignment, await this.codes());
  }

  /** Encodes a small space whole with the present weights. Call again after the weights have changed. */
  async sizeAll(): Promise<void> {
    this.space.sizeAll(await this.codes());
  }

  /** What candidates for the race are taken from. */
  field(): Field {
    return this.space.field(this.decisions.logits);
  }

  /** Decodes under the exact size with the present weights. */
  async decode(): Promise<Exact> {
    return this.space.decode(this.decisions.logits, await this.codes());
  }

  /**
   * The architecture, or one near it that fills the budget with the present weights; undefined where none was found.
   */
  async fit(assignment: Assignment): Promise<number[] | undefined> {
    return this.space.fit(assignment, this.decisions.logits, await this.codes());
  }

  dispose(): void {
    this.supernet.dispose();
  }
}
