/**
 * The architectures within the limits under given weights: their sizes, exact where the space is small, else by an
 * expression that the encoder corrects; decodes, and architectures made to fill the budget.
 */
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { feasibility } from '../../costs/limits/feasibility.ts';
import { sizeQuickly, type Sized } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { SeededRandom } from '../../base/random.ts';
import { limitOn, weightLimit, type Limit } from '../../wire/limits.ts';
import { activationExcess, activationLimit, placementLimit } from './activation-peaks.ts';
import { AIMED, FLOOR, RESERVE, SPENT } from './budget-use.ts';
import type { Field } from './candidates.ts';
import { decode, mutate, type Constraint, type Scores } from './decode.ts';
import type { WorkLimits } from './work-limits.ts';
import { exactSizes, type CodesOf, type ExactSizes } from './sizes-of-all.ts';

const CALIBRATIONS = 5;

/** An architecture with its exact size. */
export interface Exact {
  readonly assignment: number[];
  readonly sized: Sized;
}

/** What a space is made of. */
export interface SpaceProblem {
  readonly network: Network;
  readonly target: Target;
  /** One on the weights among them. */
  readonly limits: readonly Limit[];
}

export class BudgetedSpace {
  readonly budgetBytes: number;
  private readonly factors = new Map<string, number>();
  private startNow: Assignment | undefined;
  /** Of a small space, once its weights are those that are decided by. */
  private exact: ExactSizes | undefined;
  private readonly fitsTarget: (assignment: Assignment) => boolean;
  /** How far over the limits beside the bytes, where a change of one decision may come nearer to them. */
  private readonly over: Constraint['over'];
  /**
   * Bytes that are known to be used where other limits bind first. Found before sizes are corrected, so that a search
   * taken up again has the same.
   */
  private readonly reach: number;

  /** @param size is corrected here */
  constructor(
    private readonly problem: SpaceProblem,
    readonly size: SizeExpression,
    readonly allowed: readonly (readonly boolean[])[],
    private readonly random: SeededRandom,
    private readonly work?: WorkLimits,
  ) {
    const { network, target, limits } = problem;
    this.budgetBytes = weightLimit(limits);
    const activations = activationLimit({ network, target, activationBudgetBytes: limitOn(limits, 'activations') });
    const placement = placementLimit(problem);
    // Activations over their limit are left to changes that make weights smaller too, but for those of the input.
    const peaks = network.resolution && activationExcess(network, target, limitOn(limits, 'activations'));
    this.over = work || peaks ? (assignment) => (work?.over(assignment) ?? 0) + (peaks?.(assignment) ?? 0) : undefined;
    this.fitsTarget = (assignment) =>
      activations(assignment) && placement(assignment) && (work === undefined || work.within(assignment));
    this.reach = this.mostWithin();
  }

  /** Corrections of the size expression by operator, to be given back to `restore`. */
  get corrections(): readonly [string, number][] {
    return [...this.factors];
  }

  /** Takes up corrections instead of those that it has; what was encoded whole is of other weights then. */
  restore(corrections: readonly (readonly [string, number])[]): void {
    for (const id of this.factors.keys()) this.setFactor(id, 1);
    this.factors.clear();
    this.exact = undefined;
    this.startNow = undefined;
    for (const [id, factor] of corrections) this.setFactor(id, factor);
  }

  private setFactor(id: string, factor: number): void {
    this.factors.set(id, factor);
    this.size.setRates(id, () => factor);
    this.startNow = undefined;
  }

  /**
   * Encodes a small space whole with these weights: from now on its sizes are no estimates. Call again after the
   * weights
   * have changed.
   */
  sizeAll(codes: CodesOf): void {
    const { network, target } = this.problem;
    const within = (assignment: Assignment): boolean =>
      assignment.every((k, d) => this.allowed[d]![k]) && this.fitsTarget(assignment);
    this.exact = exactSizes(network, target, codes, this.budgetBytes, within);
    this.startNow = this.exact?.smallest;
  }

  /** Exact size of an assignment with these weights. */
  sizeOf(assignment: Assignment, codes: CodesOf): Sized {
    const architecture = instantiate(this.problem.network, assignment);
    return sizeQuickly(architecture, this.problem.target, (operation) => codes(architecture, operation));
  }

  private constraint(): Constraint {
    const { budgetBytes, exact, reach, least } = this;
    const others = { allowed: this.fitsTarget, ...(this.over && { over: this.over }) };
    if (exact)
      return {
        budgetBytes,
        floorBytes: least * SPENT * this.most,
        bytes: (assignment) => exact.bytes(assignment),
        ...others,
      };
    return {
      budgetBytes: budgetBytes * (1 - RESERVE),
      floorBytes: least * reach * AIMED,
      bytes: (assignment) => this.size.estimate(assignment),
      ...others,
    };
  }

  /**
   * Bytes of the largest architecture that was found within all limits, less what a decode may miss; the budget where
   * they leave room for it.
   */
  private mostWithin(): number {
    const { budgetBytes, problem, size, work } = this;
    const logits = problem.network.decisions.map(({ labels }) => labels.map(() => 0));
    const constraint = {
      budgetBytes,
      floorBytes: budgetBytes,
      bytes: (assignment: Assignment) => size.estimate(assignment),
      allowed: this.fitsTarget,
    };
    const bytes = size.estimate(decode({ logits, allowed: this.allowed }, constraint, work?.start ?? this.start()));
    return bytes >= AIMED * budgetBytes ? budgetBytes : bytes * FLOOR;
  }

  /** Is the budget to be filled? With an objective what takes less is as welcome: then 0. */
  private get least(): 0 | 1 {
    return this.problem.network.definition.objective ? 0 : 1;
  }

  /** The most that can be used of the budget, as far as is known. */
  private get most(): number {
    return this.exact?.largestWithin ? this.exact.largestWithin : this.reach;
  }

  /**
   * An architecture within all limits, by the sizes as corrected so far; where the correction says that none is, the
   * nearest.
   */
  private start(): Assignment {
    const { network, target, limits } = this.problem;
    return (this.startNow ??= feasibility(network, target, limits, this.size).assignment);
  }

  /** What candidates are taken from. @param logits what they are preferred by */
  field(logits: Scores['logits']): Field {
    return {
      network: this.problem.network,
      scores: { logits, allowed: this.allowed },
      constraint: this.constraint(),
      smallest: this.start(),
      random: this.random,
    };
  }

  /**
   * The architecture with the most logits within the limits.
   * @returns the assignment and its exact size
   */
  decode(logits: Scores['logits'], codes: CodesOf): Exact {
    const { budgetBytes } = this;
    const found = this.approach(codes, () => {
      const { scores, constraint, smallest } = this.field(logits);
      return decode(scores, constraint, smallest);
    });
    return found.find(({ sized }) => sized.totalBytes <= budgetBytes) ?? found.at(-1)!;
  }

  /**
   * The architecture, or, where its exact size is over the budget or under the floor, one near it where it is neither.
   * Undefined where none was found.
   */
  fit(assignment: Assignment, logits: Scores['logits'], codes: CodesOf): number[] | undefined {
    const found = this.approach(codes, (last) => {
      const { scores, constraint, random } = this.field(logits);
      return last ? mutate(scores, constraint, last, 0, random) : [...assignment];
    });
    return found.find(({ sized }) => this.fills(sized))?.assignment;
  }

  private fills({ totalBytes }: Sized): boolean {
    return totalBytes <= this.budgetBytes && totalBytes >= this.least * FLOOR * this.most;
  }

  /**
   * Proposals whose exact sizes approach the budget: the size expression is corrected by what the encoder says of each,
   * until one is within the budget and above the floor. @returns all of them, the largest first
   */
  private approach(codes: CodesOf, propose: (last: Assignment | undefined) => number[] | undefined): Exact[] {
    const found: Exact[] = [];
    for (let i = 0; i < CALIBRATIONS; i++) {
      const assignment = propose(found.at(-1)?.assignment);
      if (!assignment) break;
      const sized = this.sizeOf(assignment, codes);
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
}
