/**
 * The first two stages: warming the shared weights up, then training weights and decisions together under the budget.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { sizeQuickly } from '../../integer/sizing.ts';
import type { Sized } from '../../integer/sizing.ts';
import { instantiate, widthDistribution } from '../../network/architecture.ts';
import { largestOption, magnitudes } from '../../network/largest-option.ts';
import type { Assignment, Network, Primitive } from '../../network/types.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { feasibility } from '../../costs/limits/feasibility.ts';
import type { Target } from '../../targets/find-target.ts';
import { SeededRandom } from '../../base/random.ts';
import { activationLimit, placementLimit } from './activation-peaks.ts';
import { allowedOptions } from './allowed-options.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { nearestOption, widest } from './candidates.ts';
import type { Field } from './candidates.ts';
import { RECIPE } from '../../training/supernet/recipe.ts';
import type { Recipe } from '../../training/supernet/recipe.ts';
import { WIDENING } from '../../training/supernet/reach.ts';
import { decode, mutate } from './decode.ts';
import type { Constraint } from './decode.ts';
import { Decisions } from '../../training/supernet/decisions.ts';
import type { DecisionState, Sample } from '../../training/supernet/decisions.ts';
import { exactSizes } from './sizes-of-all.ts';
import type { ExactSizes } from './sizes-of-all.ts';
import { inheritedCodes } from '../../training/trained/inherit.ts';
import type { TaskRule } from '../../tasks/task-rules.ts';
import { budgetsOfSearch } from '../../training/problem.ts';
import { cosineRate, targetEntropy } from '../../training/learning-rate.ts';
import { Supernet } from '../../training/supernet/supernet.ts';
import type { HostTensors, Pass } from '../../training/supernet/shared-tensors.ts';
import { tilt } from './budget-tilt.ts';
import { SPENT } from './top-up.ts';

/** A decode aims below the budget by this share, so that what training changes still fits. */
const RESERVE = 0.004;
/** Share of the budget that a result should use at least. */
export const FLOOR = 0.95;
const CALIBRATIONS = 5;
/** Logits are compared among themselves only (the temperature follows their spread), so their rate sets no scale. */
const LOGIT_RATE = 1;

export interface Situation {
  readonly probabilities: number[][];
  readonly tau: number;
  readonly mu: number;
  readonly entropy: number;
  readonly expectedBytes: number;
}

export interface SupernetPhaseState {
  readonly decisions: DecisionState;
  readonly random: readonly number[];
  readonly factors: readonly [string, number][];
  readonly mu: number;
  readonly optimiserSteps: number;
}

/** An architecture with its exact size. */
interface Exact {
  readonly assignment: number[];
  readonly sized: Sized;
}

export interface PhaseProblem {
  readonly network: Network;
  readonly target: Target;
  readonly task: TaskRule;
  readonly budgetBytes: number;
  readonly activationBudgetBytes?: number;
  readonly seed: number;
  /** Steps of the two stages. */
  readonly warmupSteps: number;
  readonly searchSteps: number;
  /** What departs from `RECIPE`. */
  readonly recipe?: Partial<Recipe>;
}

export class SupernetPhase {
  readonly supernet: Supernet;
  readonly decisions: Decisions;
  readonly size: SizeExpression;
  private readonly recipe: Recipe;
  /** Decisions that have no preferences yet. */
  private readonly undecided: Decisions;
  private readonly random: SeededRandom;
  private readonly factors = new Map<string, number>();
  private readonly paired: readonly boolean[];
  private mu = 0;
  private startNow: Assignment | undefined;
  /** Of a small space, once its weights are those that are decided by. */
  private exact: ExactSizes | undefined;
  /**
   * Probabilities of the warm-up. Made before exact sizes correct the expression, so that a search taken up again has
   * the same.
   */
  private readonly warmupShapes: Readonly<Record<'finest' | 'all', readonly (readonly number[])[]>>;
  private readonly fitsTarget: (assignment: Assignment) => boolean;

  constructor(
    private readonly problem: PhaseProblem,
    state?: SupernetPhaseState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    const { network, target, task, seed } = problem;
    const { training } = network.definition;
    this.recipe = { ...RECIPE, ...problem.recipe };
    this.size = new SizeExpression(network, target);
    const [activations, placement] = [activationLimit(problem), placementLimit(problem)];
    this.fitsTarget = (assignment) => activations(assignment) && placement(assignment);
    const options = network.decisions.map((d) => d.labels.length);
    const allowed = allowedOptions(network, problem.budgetBytes, this.size);
    this.decisions = new Decisions(options, allowed, state?.decisions);
    this.undecided = new Decisions(options, allowed);
    this.warmupShapes = { finest: this.warmingShapes(true), all: this.warmingShapes(false) };
    this.supernet = new Supernet(
      network,
      task,
      new SeededRandom(seed),
      training.weightDecay,
      this.recipe.freshScale === 'budget' ? this.inputsNearBudget() : undefined,
    );
    this.paired = network.decisions.map(({ kind }) => kind === 'operator' || WIDENING.has(kind));
    this.random = new SeededRandom(seed + 1);
    if (state && tensors) {
      this.random.restore(state.random);
      this.mu = state.mu;
      for (const [id, factor] of state.factors) this.setFactor(id, factor);
      this.supernet.load(tensors, state.optimiserSteps);
    }
  }

  async save(into: Map<string, TensorRecord>): Promise<SupernetPhaseState> {
    const optimiserSteps = await this.supernet.save(into);
    return {
      decisions: this.decisions.state(),
      random: this.random.state(),
      factors: [...this.factors],
      mu: this.mu,
      optimiserSteps,
    };
  }

  private setFactor(id: string, factor: number): void {
    this.factors.set(id, factor);
    this.size.setRates(id, () => factor);
    this.startNow = undefined;
  }

  /** Learning rate of a step; `step` counts over both stages. */
  rate(step: number): number {
    const { warmupSteps, searchSteps, network } = this.problem;
    return cosineRate(
      step / (warmupSteps + searchSteps),
      network.definition.training.learningRate * this.recipe.rate,
      this.recipe.floor,
    );
  }

  /** Where the search stands before a step; `step` counts over both stages. */
  situate(step: number): Situation {
    const { warmupSteps, searchSteps, budgetBytes, network } = this.problem;
    const { exploration } = network.definition.training;
    const wanted = step < warmupSteps ? 1 : targetEntropy(Math.min(1, (step - warmupSteps) / searchSteps), exploration);
    const tau = this.decisions.temperatureFor(wanted);
    const tilted = tilt(this.decisions, this.size, budgetBytes, tau, this.mu);
    this.mu = tilted.mu;
    return { ...tilted, tau, entropy: this.decisions.meanEntropy(tilted.probabilities) };
  }

  /** One step; `step` counts over both stages. Returns the loss of the batch, the mean over the step's networks. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const { recipe } = this;
    const warming = step < this.problem.warmupSteps;
    const { probabilities } = this.situate(step);
    const decide = !warming && !(recipe.exploring > 0 && this.random.next() < recipe.exploring);
    const drawn = warming
      ? this.warmupShapes[step < recipe.finest * this.problem.warmupSteps ? 'finest' : 'all']
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
    results.forEach(({ gradients, known }, i) => {
      const { sample, decide: learns } = passes[i]!;
      if (learns) this.decisions.update(sample, gradients, known, LOGIT_RATE / recipe.samples);
    });
    return results.reduce((sum, { loss }) => sum + loss, 0) / results.length;
  }

  /** A sample; of several draws, where the recipe says so, the one whose size is nearest below the budget. */
  private draw(probabilities: readonly (readonly number[])[]): Sample {
    let best: { sample: Sample; distance: number } | undefined;
    for (let i = 0; i < this.recipe.draws; i++) {
      const sample = this.decisions.sample(probabilities, this.paired, this.random);
      if (this.recipe.draws === 1) return sample;
      const over = this.size.estimate(sample.choice) / this.problem.budgetBytes - 1;
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
    const { network, budgetBytes } = this.problem;
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
    return tilt(this.undecided, this.size, budgets * this.problem.budgetBytes, 1, 1).probabilities;
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
      : tilt(shapes, this.size, warmupBudgets * this.problem.budgetBytes, 1, 1).probabilities;
  }

  /** Exact size of an assignment with the present weights. */
  async sizeOf(assignment: Assignment): Promise<Sized> {
    return this.sizeWith(assignment, await this.supernet.onHost());
  }

  private sizeWith(assignment: Assignment, weights: HostTensors): Sized {
    const architecture = instantiate(this.problem.network, assignment);
    return sizeQuickly(architecture, this.problem.target, (operation) =>
      inheritedCodes(weights, architecture, operation),
    );
  }

  /**
   * Encodes a small space whole with the present weights: from now on its sizes are no estimates. Call again after the
   * weights have changed.
   */
  async sizeAll(): Promise<void> {
    const { network, target, budgetBytes } = this.problem;
    const { allowed } = this.decisions;
    const within = (assignment: Assignment): boolean =>
      assignment.every((k, d) => allowed[d]![k]) && this.fitsTarget(assignment);
    this.exact = exactSizes(network, target, await this.supernet.onHost(), budgetBytes, within);
    this.startNow = this.exact?.smallest;
  }

  private constraint(): Constraint {
    const { budgetBytes } = this.problem;
    const { exact } = this;
    const allowed = this.fitsTarget;
    if (exact)
      return { budgetBytes, floorBytes: SPENT * this.most, bytes: (assignment) => exact.bytes(assignment), allowed };
    return {
      budgetBytes: budgetBytes * (1 - RESERVE),
      floorBytes: budgetBytes * (FLOOR + 0.02),
      bytes: (assignment) => this.size.estimate(assignment),
      allowed,
    };
  }

  /** The most that can be used of the budget, as far as is known. */
  private get most(): number {
    return this.exact?.largestWithin ? this.exact.largestWithin : this.problem.budgetBytes;
  }

  /**
   * An architecture within all limits, by the sizes as corrected so far; where the correction says that none is, the
   * nearest.
   */
  private start(): Assignment {
    return (this.startNow ??= feasibility(
      this.problem.network,
      this.problem.target,
      budgetsOfSearch(this.problem),
      this.size,
    ).assignment);
  }

  /** What candidates for the race are taken from. */
  field(): Field {
    const { logits, allowed } = this.decisions;
    return {
      network: this.problem.network,
      scores: { logits, allowed },
      constraint: this.constraint(),
      smallest: this.start(),
      random: this.random,
    };
  }

  /**
   * Decodes under the exact size.
   * @returns the assignment and its exact size with the present weights
   */
  async decode(): Promise<Exact> {
    const { budgetBytes } = this.problem;
    const found = await this.approach(() => {
      const { scores, constraint, smallest } = this.field();
      return decode(scores, constraint, smallest);
    });
    return found.find(({ sized }) => sized.totalBytes <= budgetBytes) ?? found.at(-1)!;
  }

  /**
   * The architecture, or, where its exact size is over the budget or under the floor, one near it where it is neither.
   * Undefined where none was found.
   */
  async fit(assignment: Assignment): Promise<number[] | undefined> {
    const found = await this.approach((last) => {
      const { scores, constraint, random } = this.field();
      return last ? mutate(scores, constraint, last, 0, random) : [...assignment];
    });
    return found.find(({ sized }) => this.fills(sized))?.assignment;
  }

  private fills({ totalBytes }: Sized): boolean {
    return totalBytes <= this.problem.budgetBytes && totalBytes >= FLOOR * this.most;
  }

  /**
   * Proposals whose exact sizes approach the budget: the size expression is corrected by what the encoder says of each,
   * until one is within
   * the budget and above the floor. @returns all of them, the largest first
   */
  private async approach(propose: (last: Assignment | undefined) => number[] | undefined): Promise<Exact[]> {
    const weights = await this.supernet.onHost();
    const found: Exact[] = [];
    for (let i = 0; i < CALIBRATIONS; i++) {
      const assignment = propose(found.at(-1)?.assignment);
      if (!assignment) break;
      const sized = this.sizeWith(assignment, weights);
      found.push({ assignment, sized });
      if (this.fills(sized)) break;
      this.calibrate(assignment, sized);
    }
    return found.sort((a, b) => b.sized.totalBytes - a.sized.totalBytes);
  }

  /** Corrects the size expression at an assignment by its exact sizes. */
  private calibrate(assignment: Assignment, sized: Sized): void {
    if (this.exact) return;
    const architecture = instantiate(this.problem.network, assignment);
    architecture.operations.forEach((operation, i) => {
      const exact = sized.perOperation[i];
      if (!exact) return;
      const estimate = this.size.weightBytes(operation.id, assignment);
      if (estimate > 0) this.setFactor(operation.id, exact.weightBytes / estimate);
    });
  }

  dispose(): void {
    this.supernet.dispose();
  }
}
