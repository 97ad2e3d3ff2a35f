/** Joint limits of several networks that run in turn, shared out between them. */
import type { Definition } from '../../network/types.ts';
import { COST_WORDS, type CostName, type Limit } from '../../wire/limits.ts';

/** Is a cost of all members the sum over them? (Activations are not: one network's lie where those of others lay.) */
export const addsUp = (cost: CostName): boolean => cost !== 'activations';

/**
 * What each of so many networks may take of joint limits, evenly.
 * @param left networks that are still to come @param spent by those that are there, in the unit of the cost
 */
export function memberLimits(
  limits: readonly Limit[],
  left: number,
  spent: (cost: CostName) => number = () => 0,
): readonly Limit[] {
  return limits.map((joint) => {
    const { cost, limit } = joint;
    if (!addsUp(cost)) return joint;
    const each = (limit - spent(cost)) / left;
    return { ...joint, limit: COST_WORDS[cost].unit === 'seconds' ? each : Math.floor(each) };
  });
}

/** What one network of a definition may take of its limits: all, or an even share where it is one of several. */
export const limitsOfOne = ({ ensemble }: Pick<Definition, 'ensemble'>, limits: readonly Limit[]): readonly Limit[] =>
  ensemble ? memberLimits(limits, ensemble.members) : limits;
