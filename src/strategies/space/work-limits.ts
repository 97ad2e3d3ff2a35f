/**
 * The limits on work, on latency, cycles and multiply-accumulates, as a search holds them: what is within, how far an
 * architecture is over, and the expectation that sampling is steered by.
 */
import { COSTS } from '../../costs/cost-table.ts';
import type { SpaceCost } from '../../costs/cost.ts';
import { feasibility } from '../../costs/limits/feasibility.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { CYCLE_ENGINES, type CycleEngine } from '../../targets/cycle-engines.ts';
import type { Target } from '../../targets/find-target.ts';
import { isWork, type CostName, type Limit } from '../../wire/limits.ts';

/** What stored weights weigh in: until they are final, so much of the limit is left free, where that is possible. */
const RESERVE = 0.005;
/** The compiler's cycles are further from ours on these (docs/targets.md): nine tenths are within as much. */
const RESERVES: Partial<Readonly<Record<CycleEngine['family'], number>>> = { u65: 0.03, u85: 0.03 };

const reserveOf = ({ engine }: Target): number =>
  (engine && RESERVES[CYCLE_ENGINES[engine.accelerator]?.family ?? 'u55']) ?? RESERVE;
const BY_WEIGHTS: readonly CostName[] = ['latency', 'cycles'];

interface Part {
  readonly limit: number;
  readonly cost: SpaceCost;
}

export interface WorkProblem {
  readonly network: Network;
  readonly target: Target;
  readonly limits: readonly Limit[];
}

export class WorkLimits {
  /** An architecture within all limits, by estimate. */
  readonly start: Assignment;
  private readonly parts: readonly Part[];

  private constructor({ network, target, limits }: WorkProblem, size: SizeExpression) {
    const reserved = limits.map((limit) =>
      BY_WEIGHTS.includes(limit.cost) ? { ...limit, limit: limit.limit * (1 - reserveOf(target)) } : limit,
    );
    const tight = feasibility(network, target, reserved, size);
    this.start = tight.refusal ? feasibility(network, target, limits, size).assignment : tight.assignment;
    this.parts = (tight.refusal ? limits : reserved)
      .filter(({ cost }) => isWork(cost))
      .map(({ cost, limit }) => ({ limit, cost: COSTS[cost].over(network, target, size) }));
  }

  /** Undefined where there are no such limits. @param size the weights' bytes, as corrected so far */
  static of(problem: WorkProblem, size: SizeExpression): WorkLimits | undefined {
    return problem.limits.some(({ cost }) => isWork(cost)) ? new WorkLimits(problem, size) : undefined;
  }

  within(assignment: Assignment): boolean {
    return this.parts.every(({ limit, cost }) => cost.of(assignment) <= limit);
  }

  /** The sum of what is over each limit, in limits; 0 within all. */
  over(assignment: Assignment): number {
    return this.parts.reduce((sum, { limit, cost }) => sum + Math.max(0, cost.of(assignment) / limit - 1), 0);
  }

  /** The most that is used of a limit, in limits, by the sum over operations that expectations are made of: quick. */
  use(assignment: Assignment): number {
    return Math.max(...this.parts.map(({ limit, cost }) => cost.expectation!.at(assignment) / limit));
  }

  /** The most that is expected to be used of a limit, in limits. */
  expected(probabilities: readonly (readonly number[])[]): number {
    return Math.max(...this.parts.map(({ limit, cost }) => cost.expectation!.expected(probabilities) / limit));
  }

  /** The conditional expectations of the limit that is used the most, in limits. */
  conditional(probabilities: readonly (readonly number[])[]): readonly (readonly number[])[] {
    const uses = this.parts.map(({ limit, cost }) => cost.expectation!.expected(probabilities) / limit);
    const { limit, cost } = this.parts[uses.indexOf(Math.max(...uses))]!;
    return cost.expectation!.conditional(probabilities).map((row) => row.map((value) => value / limit));
  }
}
