/** What runs in turn and answers: whole networks, or the parts of one network from early exit to early exit. */
import type { Segment } from '../../integer/segments.ts';
import { openExits } from '../../network/open-exits.ts';
import type { AskedMember, Answer } from './member-logits.ts';
import { CombineError, type Member, type MemberNetwork } from './read-member.ts';

/** Costs are its own: of a part, without the parts before it. */
export interface Stage extends Answer, Pick<Segment, 'bytes' | 'peakActivationBytes' | 'macs' | 'cycles'> {
  readonly member: AskedMember<MemberNetwork>;
  /** Of a network with early exits: the layer that answers. */
  readonly exit?: string;
}

/** Has the run's network early exits? */
export const exitsEarly = ({ segments }: Pick<MemberNetwork, 'segments'>): boolean => segments.length > 1;

/** A whole network, as a member among others. */
export function wholeStage(member: AskedMember<MemberNetwork>): Stage {
  const { totals, certificate } = member.chosen;
  const { macs, cycles, peakActivationBytes } = totals;
  return { ...member.answers.at(-1)!, member, bytes: certificate.exactBytes, peakActivationBytes, macs, cycles };
}

/** In the order in which they run: one a member, or, of one network with early exits, one an exit and one its end. */
export function stagesOf(members: readonly AskedMember<MemberNetwork>[]): Stage[] {
  const [only] = members;
  if (members.length > 1 || !only) return members.map(wholeStage);
  return only.segments.map(({ name, ...costs }, k) => ({ ...costs, ...only.answers[k]!, member: only, exit: name }));
}

/** What can be said of early exits before any data are read. @throws CombineError */
export function checkExits(
  runs: readonly (MemberNetwork & Partial<Pick<Member, 'space'>>)[],
  against: MemberNetwork | undefined,
): void {
  const [only] = runs;
  if (runs.length === 1 && only && !exitsEarly(only)) {
    const other =
      only.space && openExits(only.space).length > 0
        ? 'its search left out the exits that it might have had (`exit | skip`), since they were not worth their bytes; name a second run of the same data, or search with `op: exit` alone'
        : 'name a second run of the same data, or a run of a definition with early exits (`op: exit`)';
    throw new CombineError(`${only.run} alone has nothing to combine: ${other}`);
  }
  const exiting = [...(runs.length > 1 ? runs : []), ...(against ? [against] : [])].find(exitsEarly);
  if (exiting)
    throw new CombineError(
      `the network of ${exiting.run} has early exits of its own: combine it alone, and compare with one that has none`,
    );
}
