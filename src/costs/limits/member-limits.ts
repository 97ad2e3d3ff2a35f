/** Joint limits of several networks that run in turn, shared out between them. */
import type { Definition, EnsembleSpec } from '../../network/types.ts';
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

/** Limits on the mean, as a network that runs for every sample has to keep them. */
export const meanLimits = ({ cycles, latency }: EnsembleSpec): readonly Limit[] => [
  ...(latency === undefined ? [] : [{ cost: 'latency', limit: latency, from: 'definition' } as const]),
  ...(cycles === undefined ? [] : [{ cost: 'cycles', limit: cycles, from: 'definition' } as const]),
];

/** The tighter one of each cost; of equals the first. */
export function tightest(limits: readonly Limit[], others: readonly Limit[]): readonly Limit[] {
  const costs = [...new Set([...limits, ...others].map(({ cost }) => cost))];
  return costs.map((cost) =>
    [...limits, ...others].filter((one) => one.cost === cost).reduce((a, b) => (b.limit < a.limit ? b : a)),
  );
}

/**
 * What one network of a definition may take of its limits: all; or, of several members, what the first may: an even
 * share, and at most what is allowed in the mean, since it runs for every sample.
 */
export const limitsOfOne = ({ ensemble }: Pick<Definition, 'ensemble'>, limits: readonly Limit[]): readonly Limit[] =>
  ensemble ? tightest(memberLimits(limits, ensemble.members), meanLimits(ensemble)) : limits;
