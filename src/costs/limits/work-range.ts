/** What the architectures of a space take of a cost of work: one source for check, hovers, lenses and limits. */
import type { Steps } from '../../base/steps.ts';
import type { Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { isWork, type CostName } from '../../wire/limits.ts';
import { COSTS } from '../cost-table.ts';
import type { SizeExpression } from '../weights/expression/size-expression.ts';

export interface WorkRange {
  /** In the unit of the cost: the least and the most that was found. */
  readonly smallest: number;
  readonly largest: number;
  /** Does no architecture take more? */
  readonly proven: boolean;
}

/** Undefined for memory, and where the target has no number. @param sizes the weights' bytes, as corrected so far */
export function workRange(
  cost: CostName,
  network: Network,
  target: Target,
  sizes: SizeExpression,
): WorkRange | undefined {
  if (!isWork(cost) || COSTS[cost].missing(target) !== undefined) return undefined;
  const space = COSTS[cost].over(network, target, sizes);
  const [smallest, largest] = [space.smallest(), space.largest()];
  return { smallest: smallest.value, largest: largest.value, proven: largest.proven };
}

/** Prepares the range of cycles, and so that of latency, in steps: afterwards it is known. */
export function* workSteps(network: Network, target: Target, sizes: SizeExpression): Steps<void> {
  if (COSTS.cycles.missing(target) === undefined) yield* COSTS.cycles.over(network, target, sizes).steps?.() ?? [];
}
