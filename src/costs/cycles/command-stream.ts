/**
 * The command stream that an Ethos-U's compiler stores beside the weights: an estimate. It counts against no budget.
 */
import type { Architecture } from '../../network/types.ts';
import { formatBytes } from '../../text/format.ts';
import { COMMAND_BYTES } from './cycle-factors.generated.ts';
import { CYCLE_ENGINES } from '../../targets/cycle-engines.ts';
import { passesOf, type PassKind } from './passes.ts';
import type { Target } from '../../targets/find-target.ts';

const WEIGHTED: readonly PassKind[] = ['conv', 'depthwise', 'dense'];

/** What is counted of a network: itself, passes with weights, rearrangements, other passes. */
export function commandCounts({
  operations,
}: Architecture): readonly [network: 1, weighted: number, rearranged: number, others: number] {
  const kinds = operations.flatMap((operation) => passesOf(operation).map(({ kind }) => kind));
  const weighted = kinds.filter((kind) => WEIGHTED.includes(kind)).length;
  const rearranged = operations.filter(({ kind }) => kind === 'depth-to-space').length;
  return [1, weighted, rearranged, kinds.filter((kind) => kind !== 'transposition').length - weighted];
}

/** Bytes of the command stream, within about 10 % for half of all networks; undefined where the target has none. */
export function commandStreamBytes(architecture: Architecture, target: Target): number | undefined {
  const engine = target.engine && CYCLE_ENGINES[target.engine.accelerator];
  if (!engine) return undefined;
  const each = COMMAND_BYTES[engine.family];
  return Math.round(commandCounts(architecture).reduce((sum, count, i) => sum + count * each[i]!, 0));
}

/** A sentence on the command stream: of one network, or between those of two, in either order. */
export function commandLine(bytes: number, other = bytes): string {
  const [low, high] = [formatBytes(Math.min(bytes, other)), formatBytes(Math.max(bytes, other))];
  const range = low === high ? low : `${low} to ${high}`;
  return `The compiler stores its commands beside the weights, ≈ ${range}; they count against no budget.`;
}
