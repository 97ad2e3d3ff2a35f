/** The first two stages: warming the shared weights up, then training weights and decisions together under the budget. */
import type * as tf from '@tensorflow/tfjs-core';
import { instantiate } from '../model/architecture.ts';
import { filterShape } from '../model/cost.ts';
import type { Assignment, Network } from '../model/types.ts';
import { SizeExpression } from '../npu/expression.ts';
import { activationMemory } from '../npu/memory.ts';
import { estimateSize } from '../npu/rates.ts';
import type { Target } from '../npu/targets.ts';
import type { WeightTensor } from '../npu/types.ts';
import { SeededRandom } from '../shared/random.ts';
import type { TensorRecord } from './checkpoint.ts';
import { decode, mutate } from './decode.ts';
import type { Constraint, Scores } from './decode.ts';
import { Decisions } from './decisions.ts';
import type { DecisionState } from './decisions.ts';
import { inheritedCodes } from './inherit.ts';
import type { TaskRule } from './losses.ts';
import { cosineRate, targetEntropy } from './schedule.ts';
import { sizeExactly } from './sizing.ts';
import type { Sized } from './sizing.ts';
import { Supernet } from './supernet.ts';
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

function area(kernel: string): number {
  return kernel.split('x').map(Number).reduce((a, b) => a * b, 1);
}

/** The (allowed) option whose number is nearest; −1 where none is allowed. */
function nearestOption(labels: readonly string[], wanted: number, allowed?: readonly boolean[]): number {
  const distance = (k: number): number => Math.abs(Number(labels[k]) - wanted);
  return labels.reduce((best, _, k) => ((allowed?.[k] ?? true) && (best < 0 || distance(k) < distance(best)) ? k : best), -1);
}

export interface Situation { readonly probabilities: number[][]; readonly tau: number; readonly mu: number; readonly entropy: number; readonly expectedBytes: number }

export interface SupernetPhaseState {
  readonly decisions: DecisionState;
  readonly random: readonly number[];
  readonly factors: readonly [string, number][];
  readonly mu: number;
  readonly optimiserSteps: number;
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
}

export class SupernetPhase {
  readonly supernet: Supernet;
  readonly decisions: Decisions;
  readonly size: SizeExpression;
  private readonly random: SeededRandom;
  private readonly factors = new Map<string, number>();
  private readonly paired: readonly boolean[];
  private mu = 0;

  constructor(private readonly problem: PhaseProblem, state?: SupernetPhaseState, tensors?: ReadonlyMap<string, TensorRecord>) {
    const { network, target, task, seed } = problem;
    const { training } = network.definition;
    this.supernet = new Supernet(network, task, new SeededRandom(seed), training.weightDecay);
    this.size = new SizeExpression(network, target);
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

  save(into: Map<string, TensorRecord>): SupernetPhaseState {
    return { decisions: this.decisions.state(), random: this.random.state(), factors: [...this.factors], mu: this.mu, optimiserSteps: this.supernet.save(into) };
  }

  private setFactor(id: string, factor: number): void {
    this.factors.set(id, factor);
    this.size.setRates(id, () => factor);
  }

  /** Where the search stands after `step` of its steps; negative while warming up. */
  situate(step: number): Situation {
    const { searchSteps, budgetBytes, network } = this.problem;
    const exploration = network.definition.training.exploration;
    const wanted = step < 0 ? 1 : targetEntropy(step / searchSteps, exploration);
    const tau = this.decisions.temperatureFor(wanted);
    const tilted = tilt(this.decisions, this.size, budgetBytes, tau, this.mu);
    this.mu = tilted.mu;
    return { ...tilted, tau, entropy: this.decisions.meanEntropy(tilted.probabilities) };
  }

  /** One step; `step` counts over both stages. Returns the loss of the batch. */
  step(step: number, images: tf.Tensor4D, targets: tf.Tensor): number {
    const { warmupSteps, searchSteps, network } = this.problem;
    const { learningRate } = network.definition.training;
    const rate = cosineRate(step / (warmupSteps + searchSteps), learningRate, 0.1);
    const warming = step < warmupSteps;
    const { probabilities } = this.situate(step - warmupSteps);
    const sample = this.decisions.sample(warming ? this.warmup() : probabilities, this.paired, this.random);
    if (step % WIDEST === WIDEST - 1) {
      return this.supernet.step(images, targets, { ...sample, choice: this.widest(sample.choice) }, rate, false).loss;
    }
    if (step % REFRESH === 0) this.supernet.refresh(warming ? sample.choice : this.decisions.mostLikely(probabilities));
    const result = this.supernet.step(images, targets, sample, rate, !warming);
    if (!warming) this.decisions.update(sample, result.gradients, result.known, LOGIT_RATE);
    return result.loss;
  }

  /** The largest network with the given operators, unless they skip: what the shared weights should always be able to do. */
  private widest(operators: readonly number[]): number[] {
    return this.problem.network.decisions.map(({ kind, labels }, d) => {
      if (kind === 'operator') return labels[operators[d]!] === 'skip' ? labels.findIndex((label) => label !== 'skip') : operators[d]!;
      if (kind === 'kernel') return labels.reduce((best, label, k) => (area(label) > area(labels[best]!) ? k : best), 0);
      const values = labels.map(Number);
      return values.indexOf(kind === 'sparsity' ? Math.min(...values) : Math.max(...values));
    });
  }

  /** While warming up, every shape is tried, at the finest grid and without pruning: coarse grids have no use for weights that know nothing. */
  private warmup(): number[][] {
    return this.problem.network.decisions.map((decision, d) => {
      const allowed = this.decisions.allowed[d]!;
      const values = decision.labels.map((label) => Number(label));
      const best = decision.kind === 'bits' ? Math.max(...values) : decision.kind === 'sparsity' ? Math.min(...values) : undefined;
      const weights = allowed.map((ok, k) => (best === undefined ? (ok ? 1 : 0) : values[k] === best ? 1 : 0) as number);
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.map((weight) => weight / total);
    });
  }

  /** Exact size of an assignment with the present weights. */
  sizeOf(assignment: Assignment): Sized {
    const architecture = instantiate(this.problem.network, assignment);
    return sizeExactly(architecture, this.problem.target, (operation) => inheritedCodes(this.supernet, architecture, operation));
  }

  private constraint(): Constraint {
    const { budgetBytes, activationBudgetBytes, network } = this.problem;
    return {
      budgetBytes: budgetBytes * (1 - RESERVE),
      floorBytes: budgetBytes * (FLOOR + 0.02),
      bytes: (assignment) => this.size.estimate(assignment),
      allowed: (assignment) => activationBudgetBytes === undefined || activationMemory(instantiate(network, assignment)).peakBytes <= activationBudgetBytes,
    };
  }

  private scores(): Scores {
    return { logits: this.decisions.logits, allowed: this.decisions.allowed };
  }

  /**
   * Decodes under the exact size: the size expression is corrected by what the encoder says of the decoded layers, until a decode fits.
   * @returns the assignment and its exact size with the present weights
   */
  decode(start?: Assignment): { assignment: number[]; sized: Sized } {
    const { budgetBytes } = this.problem;
    let fitting: { assignment: number[]; sized: Sized } | undefined;
    let last: { assignment: number[]; sized: Sized } | undefined;
    for (let i = 0; i < CALIBRATIONS; i++) {
      const assignment = start && i === 0 ? [...start] : decode(this.scores(), this.constraint(), this.size.smallest().assignment);
      const sized = this.sizeOf(assignment);
      last = { assignment, sized };
      if (sized.totalBytes <= budgetBytes && (!fitting || sized.totalBytes > fitting.sized.totalBytes)) fitting = last;
      if (fitting && fitting.sized.totalBytes >= FLOOR * budgetBytes) return fitting;
      this.calibrate(assignment, sized);
    }
    return fitting ?? last!;
  }

  /**
   * Architectures that rules of thumb would give: one bitwidth everywhere (where a layer has it), dense or half sparse; the rest by its
   * logits, or every width at the same share of its largest. They keep the search honest: what it found must beat them in training.
   */
  simpleChoices(): number[][] {
    const levels = (kind: string): number[] => [...new Set(this.problem.network.decisions.filter((d) => d.kind === kind).flatMap((d) => d.labels.map(Number)))].sort((a, b) => a - b);
    const bits = levels('bits');
    const sparsities = levels('sparsity');
    const found = new Map<string, number[]>();
    const add = (assignment: number[] | undefined): void => {
      if (assignment) found.set(assignment.join(), assignment);
    };
    for (const b of bits.length ? bits : [8]) {
      for (const s of sparsities.length ? sparsities.filter((value, i) => i === 0 || (value >= 0.4 && value <= 0.6)) : [0]) add(this.decodeAt({ bits: b, sparsity: s }));
      add(this.proportional({ bits: b, sparsity: sparsities[0] ?? 0 }));
    }
    return [...found.values()];
  }

  /** The allowed options nearest to the given values; all allowed ones of the other kinds. */
  private restrict(values: Readonly<Record<string, number>>): boolean[][] {
    return this.problem.network.decisions.map(({ kind, labels }, d) => {
      const allowed = this.decisions.allowed[d]!;
      const wanted = values[kind];
      if (wanted === undefined) return [...allowed];
      const nearest = nearestOption(labels, wanted, allowed);
      return labels.map((_, k) => k === nearest);
    });
  }

  private fits(assignment: Assignment): boolean {
    const constraint = this.constraint();
    return constraint.bytes(assignment) <= constraint.budgetBytes && constraint.allowed(assignment);
  }

  private decodeAt(values: Readonly<Record<string, number>>): number[] | undefined {
    const allowed = this.restrict(values);
    const start = this.size.smallest().assignment.map((k, d) => (allowed[d]![k] ? k : allowed[d]!.indexOf(true)));
    const assignment = decode({ logits: this.decisions.logits, allowed }, this.constraint(), start);
    return this.fits(assignment) ? assignment : undefined;
  }

  /** First operators that do not skip, largest kernels, every width at the same share of its largest: the largest share that fits. */
  private proportional(values: Readonly<Record<string, number>>): number[] | undefined {
    const restricted = this.restrict(values);
    const widest = this.widest(this.problem.network.decisions.map(() => 0));
    for (let share = 1; share > 0.02; share -= 0.02) {
      const assignment = this.problem.network.decisions.map(({ kind, labels }, d) => {
        if (values[kind] !== undefined) return restricted[d]!.indexOf(true);
        if (kind !== 'width') return widest[d]!;
        return nearestOption(labels, share * Math.max(...labels.map(Number)));
      });
      if (this.fits(assignment)) return assignment;
    }
    return undefined;
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

  /**
   * Looks around a decode for a neighbour that the shared weights like better: hill climbing on the loss that `judge` returns.
   * @param trials number of neighbours judged
   */
  refine(start: readonly number[], judge: (assignment: Assignment) => number, trials: number): number[] {
    if (start.length === 0) return [];
    let best = { assignment: [...start], loss: judge(start) };
    const seen = new Set([best.assignment.join()]);
    for (let i = 0; i < trials; i++) {
      const next = mutate(this.scores(), this.constraint(), best.assignment, 1 + this.random.integer(3), this.random);
      if (!next || seen.has(next.join())) continue;
      seen.add(next.join());
      const loss = judge(next);
      if (loss < best.loss) best = { assignment: next, loss };
    }
    return best.assignment;
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
