/** Which limits hold for a network on a target: whoever compares a cost with a limit asks here. */
import type { Definition } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { isWork, type CostName, type Limit } from '../../wire/limits.ts';
import { COSTS } from '../cost-table.ts';

/** Costs in the order in which their limits are named, and the memory of the chip that limits one by itself. */
const LIMITED: readonly { readonly cost: CostName; readonly memory?: 'weightMemory' | 'activationMemory' }[] = [
  { cost: 'weights', memory: 'weightMemory' },
  { cost: 'activations', memory: 'activationMemory' },
  { cost: 'latency' },
  { cost: 'cycles' },
  { cost: 'macs' },
];

/** Numbers in the unit of their cost. */
export type GivenLimits = Readonly<Partial<Record<CostName, number | undefined>>>;

/**
 * The limits that hold: what is given, else what the definition states, else the memory of the chip; none where nobody
 * says one.
 * @param definition `target:` of a definition; absent for a network without one
 */
export function limitsThatHold(
  definition: Definition['target'] | undefined,
  target: Target,
  given: GivenLimits = {},
): readonly Limit[] {
  return LIMITED.flatMap(({ cost, memory }): Limit[] => {
    const asked = given[cost];
    if (asked !== undefined) return [{ cost, limit: asked, from: 'given' }];
    const stated = definition?.[cost];
    if (stated !== undefined) return [{ cost, limit: stated, from: 'definition' }];
    const chip = memory && target[memory];
    return chip === undefined ? [] : [{ cost, limit: chip.value, from: 'target' }];
  });
}

/** A limit on what nobody knows of a target. */
export interface UnknownCost {
  readonly limit: Limit;
  /** Why, and what would be right. */
  readonly reason: string;
}

/** The limits on costs that the target has none of: nothing can be said to be within them. */
export function unknownCosts(target: Target, limits: readonly Limit[]): readonly UnknownCost[] {
  return limits.flatMap((limit) => {
    const reason = COSTS[limit.cost].missing(target);
    return reason === undefined ? [] : [{ limit, reason }];
  });
}

/** Why a target has no number for what a definition aims at; undefined where it has, or nothing is aimed at. */
export const objectiveProblem = ({ objective }: Pick<Definition, 'objective'>, target: Target): string | undefined =>
  objective && COSTS[objective.cost].missing(target);

/** Are there limits beside those on memory? */
export const limitsWork = (limits: readonly Limit[]): boolean => limits.some(({ cost }) => isWork(cost));
