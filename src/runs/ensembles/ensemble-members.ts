/** The members of an ensemble that one run has found, and the single network that it compared them with. */
import type { EnsembleRule } from '../../wire/ensemble.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { readMember, type Member } from './read-member.ts';

export interface FoundMembers {
  readonly rule: EnsembleRule;
  readonly members: readonly Member[];
  readonly against: Member;
}

/**
 * Undefined where the run has no result, or its definition asked for no ensemble.
 * @throws CombineError, RunError
 */
export async function ensembleMembers(folder: RunFolder): Promise<FoundMembers | undefined> {
  const { ensemble } = (await folder.readResult()) ?? {};
  if (!ensemble) return undefined;
  const members = await Promise.all(ensemble.members.map((name) => readMember(folder, name)));
  return { rule: ensemble.rule, members, against: await readMember(folder, ensemble.single) };
}
