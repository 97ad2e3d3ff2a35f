/** The first two stages: warming the shared weights up, then training weights and decisions together under the budget. */
import type * as tf from '@tensorflow/tfjs-core';
import { sizeQuickly } from '../integer/sizing.ts';
import type { Sized } from '../integer/sizing.ts';
import { instantiate } from '../model/architecture.ts';
import { filterShape } from '../model/cost.ts';
import { largestOption } from '../model/largest.ts';
import type { Assignment, Network } from '../model/types.ts';
import { SizeExpression } from '../npu/expression.ts';
import { feasibility } from '../npu/feasibility.ts';
import { estimateSize } from '../npu/rates.ts';
import type { Target } from '../npu/targets.ts';
import type { WeightTensor } from '../npu/types.ts';
import { SeededRandom } from '../shared/random.ts';
import { activationLimit, placementLimit } from './activations.ts';
import type { TensorRecord } from './checkpoint.ts';
import { widest } from './candidates.ts';
import type { Field } from './candidates.ts';
import { decode, mutate } from './decode.ts';
import type { Constraint } from './decode.ts';
import { Decisions } from './decisions.ts';
import type { DecisionState } from './decisions.ts';
import { inheritedCodes } from './inherit.ts';
import type { TaskRule } from './losses.ts';
import { budgetsOfSearch } from './problem.ts';
import { cosineRate, targetEntropy } from './schedule.ts';
import { Supernet } from './supernet.ts';
import type { HostTensors } from './supernet.ts';
import { tilt } from './tilt.ts';

/** Steps between refreshes of thresholds and scales. */
const REFRESH = 16;
/** A decode aims below the budget by this share, so that what training changes still fits. */
const RESERVE = 0.004;
/** Share of the budget that a result should use at least. */
export const FLOOR = 0.95;
const CALIBRATIONS = 5;
/** Logits are compared among themselves only (the temperature follows their spread), so their rate sets no scale. */
const LOGIT_RATE = 1;

/** Every so many steps the widest network is trained: all others share its weights. */
const WIDEST = 3;

export interface Situation { readonly probabilities: number[][]; readonly tau: number; readonly mu: number; readonly entropy: number; readonly expectedBytes: number }

export interface SupernetPhaseState {
  readonly decisions: DecisionState;
  readonly random: readonly number[];
  readonly factors: readonly [string, number][];
  readonly mu: number;
  readonly optimiserSteps: number;
}

/** An architecture with its exact size. */
interface Exact { readonly assignment: number[]; readonly sized: Sized }

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
}

export class SupernetPhase {
  readonly supernet: Supernet;
  readonly decisions: Decisions;
  readonly size: SizeExpression;
  private readonly random: SeededRandom;
  private readonly factors = new Map<string, number>();
  private readonly paired: readonly boolean[];
  private mu = 0;
  private startNow: Assignment | undefined;
  private readonly fitsTarget: (assignment: Assignment) => boolean;

  constructor(private readonly problem: PhaseProblem, state?: SupernetPhaseState, tensors?: ReadonlyMap<string, TensorRecord>) {
    const { network, target, task, seed } = problem;
    const { training } = network.definition;
    this.supernet = new Supernet(network, task, new SeededRandom(seed), training.weightDecay);
    this.size = new SizeExpression(network, target);
    const [activations, placement] = [activationLimit(problem), placementLimit(problem)];
    this.fitsTarget = (assignment) => activations(assignment) && placement(assignment);
    this.decisions = new Decisions(network.decisions.map((d) => d.labels.length), allowedOptions(problem, this.size), state?.decisions);
    this.paired = network.decisions.map((d) => d.kind === 'operator');
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
    return { decisions: this.decisions.state(), random: this.random.state(), factors: [...this.factors], mu: this.mu, optimiserSteps };
  }

  private setFactor(id: string, factor: number): void {
    this.factors.set(id, factor);
    this.size.setRates(id, () => factor);
    this.startNow = undefined;
  }

  /** Learning rate of a step; `step` counts over both stages. */
  rate(step: number): number {
    const { warmupSteps, searchSteps, network } = this.problem;
    return cosineRate(step / (warmupSteps + searchSteps), network.definition.training.learningRate, 0.1);
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

  /** One step; `step` counts over both stages. Returns the loss of the batch. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const { warmupSteps, network } = this.problem;
    const rate = this.rate(step);
    const warming = step < warmupSteps;
    const { probabilities } = this.situate(step);
    const sample = this.decisions.sample(warming ? this.warmup() : probabilities, this.paired, this.random);
    if (step % WIDEST === WIDEST - 1) {
      return (await this.supernet.step(images, targets, { ...sample, choice: widest(network, sample.choice) }, rate, false)).loss;
    }
    if (step % REFRESH === 0) await this.supernet.refresh(warming ? sample.choice : this.decisions.mostLikely(probabilities));
    const result = await this.supernet.step(images, targets, sample, rate, !warming);
    if (!warming) this.decisions.update(sample, result.gradients, result.known, LOGIT_RATE);
    return result.loss;
  }

  /** While warming up, every shape is tried, at the finest grid and without pruning: coarse grids have no use for weights that know nothing. */
  private warmup(): number[][] {
    return this.problem.network.decisions.map((decision, d) => {
      const allowed = this.decisions.allowed[d]!;
      const finest = decision.kind === 'bits' || decision.kind === 'sparsity' ? largestOption(decision) : undefined;
      const weights = allowed.map((ok, k) => Number(finest === undefined ? ok : k === finest));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.map((weight) => weight / total);
    });
  }

  /** Exact size of an assignment with the present weights. */
  async sizeOf(assignment: Assignment): Promise<Sized> {
    return this.sizeWith(assignment, await this.supernet.onHost());
  }

  private sizeWith(assignment: Assignment, weights: HostTensors): Sized {
    const architecture = instantiate(this.problem.network, assignment);
    return sizeQuickly(architecture, this.problem.target, (operation) => inheritedCodes(weights, architecture, operation));
  }

  private constraint(): Constraint {
    const { budgetBytes } = this.problem;
    return {
      budgetBytes: budgetBytes * (1 - RESERVE),
      floorBytes: budgetBytes * (FLOOR + 0.02),
      bytes: (assignment) => this.size.estimate(assignment),
      allowed: this.fitsTarget,
    };
  }

  /** An architecture within all limits, by the sizes as corrected so far; where the correction says that none is, the nearest. */
  private start(): Assignment {
    return (this.startNow ??= feasibility(this.problem.network, this.problem.target, budgetsOfSearch(this.problem), this.size).assignment);
  }

  /** What candidates for the race are taken from. */
  field(): Field {
    const { logits, allowed } = this.decisions;
    return { network: this.problem.network, scores: { logits, allowed }, constraint: this.constraint(), smallest: this.start(), random: this.random };
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

  /** The architecture, or, where its exact size is over the budget or under the floor, one near it where it is neither. Undefined where none was found. */
  async fit(assignment: Assignment): Promise<number[] | undefined> {
    const found = await this.approach((last) => {
      const { scores, constraint, random } = this.field();
      return last ? mutate(scores, constraint, last, 0, random) : [...assignment];
    });
    return found.find(({ sized }) => this.fills(sized))?.assignment;
  }

  private fills({ totalBytes }: Sized): boolean {
    return totalBytes <= this.problem.budgetBytes && totalBytes >= FLOOR * this.problem.budgetBytes;
  }

  /**
   * Proposals whose exact sizes approach the budget: the size expression is corrected by what the encoder says of each, until one is within
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
    const architecture = instantiate(this.problem.network, assignment);
    architecture.operations.forEach((operation, i) => {
      const exact = sized.perOperation[i];
      if (!exact) return;
      const { kind, bits, sparsity, dilation } = operation;
      const estimate = estimateSize(this.problem.target, { kind: kind as WeightTensor['kind'], ohwi: filterShape(operation)!, bits, sparsity, dilation });
      if (estimate.weightBytes > 0) this.setFactor(operation.id, exact.weightBytes / estimate.weightBytes);
    });
  }

  dispose(): void {
    this.supernet.dispose();
  }
}

/** Options that some architecture within both budgets has. */
function allowedOptions({ network, budgetBytes }: PhaseProblem, size: SizeExpression): boolean[][] {
  const smallest = size.smallest().assignment;
  return network.decisions.map((decision, d) => decision.labels.map((_, k) => {
    const changed = [...smallest];
    changed[d] = k;
    // The rate table may be off by a little either way; only options that are far over are ruled out.
    return k === smallest[d] || size.estimate(changed) <= budgetBytes * 1.1;
  }));
}
