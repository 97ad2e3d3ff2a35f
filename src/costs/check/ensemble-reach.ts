/** What the members of an ensemble may take together, over all architectures that each may be. */
import { formatBytes, formatLarge } from '../../text/format.ts';
import type { EnsembleSpec } from '../../network/types.ts';

interface Range {
  readonly smallest: number;
  readonly largest: number;
}

export interface EnsembleReach {
  readonly members: number;
  /** Of all members: as many of the smallest architecture, and of the largest. */
  readonly bytes: Range;
  /** Of an inference: the least where the first member is sure, the most where all run; absent where unknown. */
  readonly cycles?: Range;
}

/** @param bytes and cycles of one network, in the smallest and in the largest architecture */
export function ensembleReach({ members }: EnsembleSpec, bytes: Range, cycles: Range | undefined): EnsembleReach {
  return {
    members,
    bytes: { smallest: members * bytes.smallest, largest: members * bytes.largest },
    ...(cycles && { cycles: { smallest: cycles.smallest, largest: members * cycles.largest } }),
  };
}

/** The same in a sentence or two. @param budget in bytes, of all members */
export function ensembleReachText({ members, bytes, cycles }: EnsembleReach, budget: number | undefined): string {
  const [least, most] = [formatBytes(bytes.smallest), formatBytes(bytes.largest)];
  const together = `${members} members take ≈ ${least === most ? least : `${least} to ${most}`} together`;
  const limit =
    budget === undefined
      ? 'no budget is set, and the search asks for one'
      : `the budget of ${formatBytes(budget)} is of all of them, ${formatBytes(Math.floor(budget / members))} each where it is shared evenly`;
  const work =
    cycles === undefined
      ? ''
      : ` An inference takes ≈ ${formatLarge(cycles.smallest)} cycles at the least, where the first member is sure, and ≈ ${formatLarge(cycles.largest)} at most, where all run.`;
  return `${together}; ${limit}.${work}`;
}
