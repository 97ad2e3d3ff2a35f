/** Whether a network of known weights is within the limits on work. */
import { COSTS } from '../../costs/cost-table.ts';
import type { StoredOperations } from '../../costs/cost.ts';
import { isWork } from '../../costs/limits/holding-limits.ts';
import type { Architecture } from '../../network/types.ts';
import type { SearchContext } from '../../training/problem.ts';

/** Is an architecture whose weights take so many bytes within the limits on work? */
export type WorkOf = (architecture: Architecture, stored: StoredOperations) => boolean;

/** Undefined where work is not limited. */
export function workOf({ target, limits }: Pick<SearchContext, 'target' | 'limits'>): WorkOf | undefined {
  const work = limits.filter(({ cost }) => isWork(cost));
  if (work.length === 0) return undefined;
  return (architecture, stored) =>
    work.every(({ cost, limit }) => COSTS[cost].of(architecture, target, stored) <= limit);
}
