/**
 * The last word on the budget: trims trained integer weights until the encoded size fits, or keeps more of them where
 * it leaves room.
 */
import { sizeQuickly } from '../../integer/sizing.ts';
import { prunedCount } from '../../costs/weights/fitted-codes.ts';
import type { ConcreteNetwork } from './trained-network.ts';
import type { Target } from '../../targets/find-target.ts';

const BISECTIONS = 12;
/** Nothing but the largest weights is left beyond this multiple of a layer's root mean square. */
const HIGHEST = 1e3;

/** The size that is promised for a network's present integer weights. */
export async function exactBytes(network: ConcreteNetwork, target: Target): Promise<number> {
  return (await network.encoded(target)).sized.totalBytes;
}

async function quickBytes(network: ConcreteNetwork, target: Target): Promise<number> {
  const codes = await network.integerWeights();
  return sizeQuickly(network.architecture, target, (operation) => codes.get(operation.id)!).totalBytes;
}

/**
 * Prunes the weights that are smallest beside their own layer's root mean square, over all layers alike, until the size
 * that is promised
 * is `limitBytes` or less; finds the least such pruning by bisection, on a quick size that is held beside the promise
 * at its ends. The largest weight of each layer stays: a layer of zeros computes nothing,
 * and takes more bytes than one with a single weight. Formats that gain nothing from zeros cannot be trimmed.
 * @returns the exact size after trimming
 */
export async function trim(network: ConcreteNetwork, target: Target, limitBytes: number): Promise<number> {
  const before = await exactBytes(network, target);
  if (before <= limitBytes) return before;
  const original = await network.masks();
  const relative = new Map(
    [...original].map(([id, { w, mask }]) => {
      const scale = scaleOf(w, mask);
      const sizes = w.map((value, i) => (mask[i] === 0 ? 0 : Math.abs(value) / scale));
      sizes[sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b), 0))] = Infinity;
      return [id, sizes];
    }),
  );
  const apply = (threshold: number): Promise<number> => {
    network.setMasks(
      new Map(
        [...original].map(([id, { mask }]) => [
          id,
          mask.map((kept, i) => (relative.get(id)![i]! < threshold ? 0 : kept)),
        ]),
      ),
    );
    return quickBytes(network, target);
  };
  /** Bytes that the promise has been above the quick size. */
  let above = before - (await apply(0));
  let low = 0;
  let bytes = before;
  while (bytes > limitBytes && low < HIGHEST) {
    let high = Math.max(0.25, 2 * low);
    while ((await apply(high)) + above > limitBytes && high < HIGHEST) {
      low = high;
      high *= 2;
    }
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + high) / 2;
      if ((await apply(middle)) + above <= limitBytes) high = middle;
      else low = middle;
    }
    const quick = await apply(high);
    bytes = await exactBytes(network, target);
    above = Math.max(above + 1, bytes - quick);
    low = high;
  }
  return bytes;
}

/** Root mean square of the weights that are kept. */
function scaleOf(w: Float32Array, mask: Float32Array): number {
  let squares = 0;
  let kept = 0;
  w.forEach((value, i) => {
    if (mask[i] !== 0) {
      squares += value * value;
      kept++;
    }
  });
  return Math.sqrt(squares / Math.max(1, kept)) || 1;
}

/**
 * Size beside `scale` of each pruned weight that may be kept after all: the largest ones, so that `sparsity` is still
 * reached. Others: 0.
 */
function candidates(w: Float32Array, mask: Float32Array, sparsity: number): Float32Array {
  const scale = scaleOf(w, mask);
  const pruned = [...w.keys()].filter((i) => mask[i] === 0).sort((a, b) => Math.abs(w[b]!) - Math.abs(w[a]!) || a - b);
  const sizes = new Float32Array(w.length);
  for (const i of pruned.slice(0, Math.max(0, pruned.length - prunedCount(sparsity, w.length))))
    sizes[i] = Math.abs(w[i]!) / scale;
  return sizes;
}

/**
 * The opposite of `trim`: keeps more of the pruned weights, those that are largest beside their own layer's root mean
 * square first, over all
 * layers alike, as many as the size that is promised lets within `limitBytes`. Does nothing where pruned weights save
 * nothing.
 * @param leastSparsity share of an operation's weights (by its id) that stays pruned
 * @returns the exact size after it
 */
export async function grow(
  network: ConcreteNetwork,
  target: Target,
  limitBytes: number,
  leastSparsity: (id: string) => number,
): Promise<number> {
  const before = await exactBytes(network, target);
  const original = await network.masks();
  const sizes = new Map([...original].map(([id, { w, mask }]) => [id, candidates(w, mask, leastSparsity(id))]));
  const largest = [...sizes.values()].reduce((most, values) => values.reduce((a, b) => Math.max(a, b), most), 0);
  if (before >= limitBytes || largest === 0) return before;
  const apply = (threshold: number): Promise<number> => {
    const grown = (id: string, mask: Float32Array): Float32Array => {
      const size = sizes.get(id)!;
      return mask.map((kept, i) => (kept !== 0 || (size[i]! > 0 && size[i]! >= threshold) ? 1 : 0));
    };
    network.setMasks(new Map([...original].map(([id, { mask }]) => [id, grown(id, mask)])));
    return quickBytes(network, target);
  };
  const none = 2 * largest;
  const quick = await apply(none);
  /** Bytes that the promise has been above the quick size. */
  const above = before - quick;
  let [low, high] = [0, none];
  const all = await apply(0);
  if (all === quick) high = none;
  else if (all + above <= limitBytes) high = 0;
  else {
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + high) / 2;
      if ((await apply(middle)) + above <= limitBytes) high = middle;
      else low = middle;
    }
  }
  // The promise may be further above the quick size than before: fewer weights then.
  for (; high < none; high = Math.min(none, Math.max(1.02 * high, largest / 50))) {
    await apply(high);
    const bytes = await exactBytes(network, target);
    if (bytes <= limitBytes) return bytes;
  }
  await apply(none);
  return before;
}
