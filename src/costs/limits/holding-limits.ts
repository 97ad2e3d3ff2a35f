/** Which limits hold for a network on a target: whoever compares a cost with a limit asks here. */
import type { Definition } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { CostName, Limit } from '../../wire/limits.ts';

/** Costs that can be limited, and the memory of the chip that limits them where nobody says another. */
const LIMITED: readonly { readonly cost: LimitedCost; readonly memory: 'weightMemory' | 'activationMemory' }[] = [
  { cost: 'weights', memory: 'weightMemory' },
  { cost: 'activations', memory: 'activationMemory' },
];

/** Costs that a definition, a flag or a chip limits. */
export type LimitedCost = Extract<CostName, 'weights' | 'activations'>;

/** Numbers in the unit of their cost. */
export type GivenLimits = Readonly<Partial<Record<LimitedCost, number | undefined>>>;

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
    const chip = target[memory];
    return chip === undefined ? [] : [{ cost, limit: chip.value, from: 'target' }];
  });
}
