/**
 * Counts of channels that no layer rounds up: a width is made by some layers and read by others, and each may round it
 * in another way.
 */
import type { Architecture, Network, Operation, Primitive, Width } from '../../../network/types.ts';
import { FURTHEST, isWhole, weightShape, type PaddingShape, type Side } from './channel-padding.ts';
import type { Target } from '../../../targets/find-target.ts';

/**
 * Next to a count of channels: the nearest smaller (0: none) and the nearest larger one that are stored as they are,
 * everywhere.
 */
export interface WholeCounts {
  readonly lower: number;
  readonly upper?: number;
}

export const primitiveOf = ({ layers }: Network, { layer, id }: Operation): Primitive | undefined =>
  layers[layer]?.paths.flatMap(({ primitives }) => primitives).find((primitive) => primitive.id === id);

/**
 * The layers whose `filters` (or `units`) a width is, as a key; undefined for the network's input and for what is made
 * of other widths.
 */
const ownKey = (width: Width | undefined): string | undefined =>
  width?.kind === 'param' && width.layers.length > 0 ? width.layers.join() : undefined;

interface User {
  readonly shape: PaddingShape;
  readonly side: Side;
}

/** Everything in an architecture that stores weights over a width. */
function usersOf(network: Network, architecture: Architecture, key: string): User[] {
  return architecture.operations.flatMap((operation): User[] => {
    const shape = weightShape(operation);
    const primitive = shape && primitiveOf(network, operation);
    if (!primitive) return [];
    const sides = (
      [
        ['output', primitive.outWidth],
        ['input', primitive.inWidth],
      ] as const
    ).filter(([, width]) => ownKey(width) === key);
    return sides.map(([side]) => ({ shape, side }));
  });
}

const known = new WeakMap<Architecture, Map<string, WholeCounts>>();

/**
 * The counts next to `channels`, which an architecture has for a width of its network; undefined where no single number
 * of the definition is that width.
 */
export function wholeCounts(
  target: Target,
  network: Network,
  architecture: Architecture,
  width: Width,
  channels: number,
): WholeCounts | undefined {
  const key = ownKey(width);
  if (key === undefined) return undefined;
  const found = known.get(architecture) ?? new Map<string, WholeCounts>();
  known.set(architecture, found);
  const name = `${target.name} ${key}`;
  const before = found.get(name);
  if (before) return before;
  const users = usersOf(network, architecture, key);
  const whole = (count: number): boolean => users.every(({ shape, side }) => isWhole(target, shape, side, count));
  let lower = channels - 1;
  while (lower > 0 && !whole(lower)) lower--;
  let upper = channels;
  while (upper <= channels + FURTHEST && !whole(upper)) upper++;
  const counts = { lower: Math.max(0, lower), ...(upper <= channels + FURTHEST && { upper }) };
  found.set(name, counts);
  return counts;
}

/** '24 or 32 waste nothing'; empty where no count near is whole everywhere. */
export function wholeText({ lower, upper }: WholeCounts): string {
  const counts = [...(lower > 0 ? [lower] : []), ...(upper === undefined ? [] : [upper])];
  return counts.length === 0 ? '' : `${counts.join(' or ')} ${counts.length === 1 ? 'wastes' : 'waste'} nothing`;
}
