/** What `target:` of a definition says once a network that was made for certain limits is written into it. */
import type { Definition } from '../../network/types.ts';
import type { Offer } from '../../wire/offers.ts';
import type { CostName, Limit } from '../../wire/limits.ts';
import { renamed, splitTargetName } from '../../wire/target-name.ts';
import type { NetworkResult, RunHeader, RunResult } from '../../wire/run.ts';

type Target = Definition['target'];

/** A budget that is raised for a network is a multiple of so many bytes: its own would be over by the next. */
const STEP = 256;

/**
 * What `target:` is to say for a network of a run; undefined where it stays as it is.
 *
 * Of a network that was made of another run's weights: the chip and the limits that it was made for, which the
 * definition need not name. Of a search: limits that were given instead of the definition's, where the network is over
 * what the definition says, which would then refuse its own architecture. Tighter ones were the wish of one search:
 * `limitsNotIn` names them.
 * @param now what the definition says
 */
export function targetMadeFor(
  { from, limits }: Pick<RunHeader, 'from' | 'limits'>,
  { target }: Pick<RunResult, 'target'>,
  now: Target | undefined,
  { certificate }: Pick<NetworkResult, 'certificate'>,
): Target | undefined {
  if (from) {
    const stated = limits.filter((limit) => limit.from !== 'target');
    return { ...splitTargetName(target), ...byCost(stated) };
  }
  const over = limits.filter(({ cost, limit, from: setBy }) => {
    const value = certificate.costs.find((one) => one.cost === cost)?.value ?? 0;
    return setBy === 'given' && now?.[cost] !== undefined && value > now[cost] && limit > now[cost];
  });
  return now && over.length > 0 ? { ...now, ...byCost(over) } : undefined;
}

const byCost = (limits: readonly Limit[]): Partial<Record<CostName, number>> =>
  Object.fromEntries(limits.map(({ cost, limit }) => [cost, limit]));

/** Limits that a search was given, which its definition says otherwise or not at all. */
export const limitsNotIn = ({ limits }: Pick<RunHeader, 'limits'>, now: Target): readonly Limit[] =>
  limits.filter(({ cost, limit, from }) => from === 'given' && now[cost] !== limit);

/** The same for an offer: it was made for no budget, so that a budget is raised where it is too small for it. */
export function targetForOffer(now: Target, { exactBytes }: Pick<Offer, 'exactBytes'>, chip: string): Target {
  const raised = now.weights !== undefined && exactBytes > now.weights;
  return { ...renamed(now, chip), ...(raised && { weights: STEP * Math.ceil(exactBytes / STEP) }) };
}
