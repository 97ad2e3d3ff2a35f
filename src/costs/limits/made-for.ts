/** What `target:` of a definition says once a network that was made for certain limits is written into it. */
import type { Definition } from '../../network/types.ts';
import type { Offer } from '../../wire/offers.ts';
import type { RunHeader, RunResult } from '../../wire/run.ts';

type Target = Definition['target'];

/** A budget that is raised for a network is a multiple of so many bytes: its own would be over by the next. */
const STEP = 256;

/**
 * Chip and limits that a run was given or took from its definition, where it made a network of another run's weights:
 * for these, which the definition need not name. Undefined for a run that was searched for its definition.
 */
export function targetMadeFor(
  { from, limits }: Pick<RunHeader, 'from' | 'limits'>,
  { target }: Pick<RunResult, 'target'>,
): Target | undefined {
  if (!from) return undefined;
  const stated = limits.filter((limit) => limit.from !== 'target');
  return { npu: target, ...Object.fromEntries(stated.map(({ cost, limit }) => [cost, limit])) };
}

/** The same for an offer: it was made for no budget, so that a budget is raised where it is too small for it. */
export function targetForOffer(now: Target, { exactBytes }: Pick<Offer, 'exactBytes'>, chip: string): Target {
  const raised = now.weights !== undefined && exactBytes > now.weights;
  return { ...now, npu: chip, ...(raised && { weights: STEP * Math.ceil(exactBytes / STEP) }) };
}
