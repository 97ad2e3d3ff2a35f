/** The members of an ensemble that one run has found, and the single network that it compared them with. */
import type { GivenLimits } from '../../costs/limits/holding-limits.ts';
import type { EnsembleRule } from '../../wire/ensemble.ts';
import type { EnsembleResult } from '../../wire/ensemble-result.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { readMember, type Member } from './read-member.ts';

export interface FoundMembers {
  readonly rule: EnsembleRule;
  readonly limits: GivenLimits;
  readonly members: readonly Member[];
  readonly against: Member;
}

/** The limits that all members together were searched for within; activations are each member's own. */
export const jointLimits = ({ certificate: { costs } }: Pick<EnsembleResult, 'certificate'>): GivenLimits =>
  Object.fromEntries(
    costs.flatMap(({ cost, limit }) => (limit === undefined || cost === 'activations' ? [] : [[cost, limit]])),
  );

/**
 * Undefined where the run has no result, or its definition asked for no ensemble.
 * @throws CombineError, RunError
 */
export async function ensembleMembers(folder: RunFolder): Promise<FoundMembers | undefined> {
  const { ensemble } = (await folder.readResult()) ?? {};
  if (!ensemble) return undefined;
  const members = await Promise.all(ensemble.members.map((name) => readMember(folder, name)));
  return {
    rule: ensemble.rule,
    limits: jointLimits(ensemble),
    members,
    against: await readMember(folder, ensemble.single),
  };
}
