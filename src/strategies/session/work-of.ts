/** What a network of known weights takes of work, and whether that is within the limits. */
import { COSTS } from '../../costs/cost-table.ts';
import type { StoredOperations } from '../../costs/cost.ts';
import type { Architecture } from '../../network/types.ts';
import type { SearchContext } from '../../training/problem.ts';
import { isWork, type CostReport } from '../../wire/limits.ts';

/** Is an architecture whose weights take so many bytes within the limits on work? */
export type WorkOf = (architecture: Architecture, stored: StoredOperations) => boolean;

/** Undefined where work is not limited. */
export function workOf({ target, limits }: Pick<SearchContext, 'target' | 'limits'>): WorkOf | undefined {
  const work = limits.filter(({ cost }) => isWork(cost));
  if (work.length === 0) return undefined;
  return (architecture, stored) =>
    work.every(({ cost, limit }) => COSTS[cost].of(architecture, target, stored) <= limit);
}

/** What a network takes of the work that is limited; undefined where none is. */
export function workCosts(
  { target, limits }: Pick<SearchContext, 'target' | 'limits'>,
  architecture: Architecture,
  stored: StoredOperations,
): readonly CostReport[] | undefined {
  const work = limits.filter(({ cost }) => isWork(cost));
  if (work.length === 0) return undefined;
  return work.map(({ cost, limit }) => ({ cost, limit, value: COSTS[cost].of(architecture, target, stored) }));
}
