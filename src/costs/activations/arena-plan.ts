/** Places for tensors in one block of memory, so that those which are alive together do not overlap. */
import { SeededRandom } from '../../base/random.ts';
import { liveBytes, type Buffer } from './live-buffers.ts';

type Tensor = Pick<Buffer, 'bytes' | 'born' | 'dies'>;

export interface ArenaPlan {
  /** Where each tensor begins, in bytes. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** Bytes alive together at the most: no plan takes less. */
  readonly leastBytes: number;
}

/** Orders that are tried after the usual ones, until one reaches the least. */
const TRIALS = 4000;

/**
 * Offsets for tensors that live from step `born` to `dies`, inclusive: each at the lowest place that is free, in the
 * order that takes least. By size, by birth and others first, then exchanges of two, of which those that take no more
 * are kept; it ends where nothing can be better. Equal tensors give equal plans.
 */
export function planArena(tensors: readonly Tensor[]): ArenaPlan {
  const steps = tensors.reduce((last, { dies }) => Math.max(last, dies + 1), 0);
  const leastBytes = liveBytes(
    tensors.map((tensor) => ({ ...tensor, packed: true, readers: 0 })),
    steps,
  ).reduce((most, bytes) => Math.max(most, bytes), 0);
  const together = tensors.map((one) => tensors.flatMap((other, i) => (meet(one, other) && one !== other ? [i] : [])));
  const of = (order: readonly number[]): Omit<ArenaPlan, 'leastBytes'> => placed(tensors, together, order);
  const all = tensors.map((_, i) => i);
  const life = ({ born, dies }: Tensor): number => dies - born + 1;
  let order = all;
  let best = of(order);
  const better = (next: readonly number[]): void => {
    const plan = of(next);
    if (plan.bytes <= best.bytes) [order, best] = [[...next], plan];
  };
  for (const rank of [
    (tensor: Tensor) => tensor.bytes,
    (tensor: Tensor) => tensor.bytes * life(tensor),
    life,
    ({ born }: Tensor) => -born,
    ({ dies }: Tensor) => dies,
  ])
    if (best.bytes > leastBytes) better([...all].sort((a, b) => rank(tensors[b]!) - rank(tensors[a]!) || a - b));
  const random = new SeededRandom(1);
  for (let trial = 0; trial < TRIALS && best.bytes > leastBytes; trial++) {
    const next = [...order];
    const [a, b] = [random.integer(next.length), random.integer(next.length)];
    [next[a], next[b]] = [next[b]!, next[a]!];
    better(next);
  }
  return { ...best, leastBytes };
}

const meet = (one: Tensor, other: Tensor): boolean => one.born <= other.dies && other.born <= one.dies;

/** Each tensor, in this order, at the lowest place that none of those before it takes while it lives. */
function placed(
  tensors: readonly Tensor[],
  together: readonly (readonly number[])[],
  order: readonly number[],
): Omit<ArenaPlan, 'leastBytes'> {
  const offsets = new Array<number>(tensors.length).fill(-1);
  let bytes = 0;
  for (const index of order) {
    const size = tensors[index]!.bytes;
    const taken = together[index]!.filter((i) => offsets[i]! >= 0).sort((a, b) => offsets[a]! - offsets[b]!);
    let at = 0;
    for (const i of taken) {
      if (at + size <= offsets[i]!) break;
      at = Math.max(at, offsets[i]! + tensors[i]!.bytes);
    }
    offsets[index] = at;
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes };
}
