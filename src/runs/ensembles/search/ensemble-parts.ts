/**
 * The searches that a definition with `ensemble:` is made of: one for each member, then one for the single network of
 * the same budget, with as many training steps as all members together.
 */
import { Batches } from '../../../data/batches.ts';
import { meanLimits, memberLimits, tightest } from '../../../costs/limits/member-limits.ts';
import type { EnsembleSpec, Network, TrainingSpec } from '../../../network/types.ts';
import { withoutEnsemble } from '../../../network/without-ensemble.ts';
import { batchOptions, type SearchContext } from '../../../training/problem.ts';
import { SessionPlan } from '../../../strategies/session/session-plan.ts';
import { strategyOf } from '../../../strategies/strategy-table.ts';
import type { CostName, CostReport, Limit } from '../../../wire/limits.ts';
import { SINGLE_PART } from '../../../wire/ensemble-result.ts';
import type { PartStages } from './part-events.ts';

export interface EnsemblePart extends PartStages {
  /** Of its network in the result. */
  readonly name: string;
  /** The definition as its search sees it. */
  readonly network: Network;
}

/** What of a run's time each member has, of which the single network has as much as all of them. */
const timeOf = (maxTime: number, share: number, members: number): number => (maxTime * share) / (2 * members);

/** @param share of the training that a member has: 1, or as many as there are members */
function partNetwork(network: Network, { members }: EnsembleSpec, share: number): Network {
  const { definition } = withoutEnsemble(network);
  const { training } = definition;
  const { warmup, search, sparsify, settle, maxTime } = training;
  const longer: TrainingSpec = {
    ...training,
    warmup: share * warmup,
    search: share * search,
    sparsify: share * sparsify,
    settle: share * settle,
    ...(maxTime !== undefined && { maxTime: timeOf(maxTime, share, members) }),
  };
  return { ...network, definition: { ...definition, training: longer } };
}

/** In the order in which they run; the single network comes last. */
export function ensembleParts(context: SearchContext, spec: EnsembleSpec, strategy: string): readonly EnsemblePart[] {
  const { perEpoch } = new Batches(context.dataset.train, batchOptions(context));
  const part = (id: string, title: string, share: number): EnsemblePart => {
    const network = partNetwork(context.network, spec, share);
    const { stages } = new SessionPlan(network, strategyOf(strategy), perEpoch);
    return { id, title, name: title.toLowerCase(), network, stages };
  };
  return [
    ...Array.from({ length: spec.members }, (_, k) => part(`member-${k + 1}`, `Member ${k + 1}`, 1)),
    part(SINGLE_PART, 'Single network', spec.members),
  ];
}

/**
 * The limits of a part: a member has its even share of what those before it have left; the first member, and the single
 * network, keep the limits on the mean too, since they run for every sample.
 * @param index of the part @param costs of the members that are there
 */
export function limitsOfPart(
  limits: readonly Limit[],
  spec: EnsembleSpec,
  index: number,
  costs: readonly (readonly CostReport[])[],
): readonly Limit[] {
  if (index === spec.members) return tightest(limits, meanLimits(spec));
  const spent = (cost: CostName): number =>
    costs.reduce((sum, member) => sum + (member.find((one) => one.cost === cost)?.value ?? 0), 0);
  const share = memberLimits(limits, spec.members - index, spent);
  return index === 0 ? tightest(share, meanLimits(spec)) : share;
}
