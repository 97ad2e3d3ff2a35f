/**
 * The most that an Ethos-U's compiler can store for all layers of a network together: each layer's most, as far as the
 * layers can have theirs at once. One system, one memory mode and one memory limit hold for all.
 * A layer is cut where the pass before it does not hide the copy of all its weights, or where the limit leaves less
 * than twice their bytes. Cuts finer than blocks need a limit (an arena size, or the compiler's own when it optimises
 * for size) that leaves a layer less than two blocks of its weights.
 * Layers that need more than the limit run in strips, and are then not cut; layers that leave enough of it are cut
 * coarsely.
 */
import { UNKNOWN, type Copying, type Place } from './copying.ts';
import { CUT_STEP, type StreamBounds } from './stream-bounds.ts';
import type { InStrips } from './strips.ts';

/** Compilers that keep activations in DRAM leave their SRAM to weights: of at least this size. */
export const DEDICATED_BYTES = 64 * 1024;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
/** Weights are copied whole where half of the memory takes them; our bytes of what is alive are allowed to be off. */
const ROOM = 2.2;
/** A block has no more output channels than its layer and this. */
const MOST_OVER = 64;

/** A layer's weight streams and side data, and the bytes of activations that are alive while it runs. */
export interface LayerBounds {
  readonly streams: StreamBounds;
  readonly sideBytes: number;
  readonly liveBytes: number;
  /** May its input be copied into the cache of a compiler that keeps activations in DRAM? */
  readonly staged?: boolean;
}

/** An operation in the order in which the compiler runs them: what it stores, and what it does to the next one. */
export interface Step {
  /** Index of its layer, where it has weights. */
  readonly layer?: number;
  readonly strips: InStrips;
  /** May it run in the pass of the operation before? */
  readonly joins?: boolean;
  /** By place, in the same order for all operations. */
  readonly copying: readonly Copying[];
}

/** The memory that a compiler has, beside what is alive. */
interface Setting {
  readonly left: (layer: LayerBounds) => number;
  readonly strips: (strips: InStrips) => boolean;
}

const ANYWHERE = [{ dedicated: false }, { dedicated: true }] as const;

const FITS: Setting = { left: () => NO_LIMIT, strips: () => false };
const DEDICATED: Setting = {
  left: (layer) => (layer.staged ? Math.min(DEDICATED_BYTES, leastBuffers(layer)) : DEDICATED_BYTES),
  strips: ({ dedicated }) => dedicated,
};
const limited = (limit: number): Setting => ({
  left: ({ liveBytes }) => limit - liveBytes,
  strips: ({ shared }) => shared,
});

/**
 * Bytes of each layer's weight streams in the worst case for the network, in the layers' order.
 * @param maps what its maps take at least, in strips, and whole: a limit lies between these, or is `DEDICATED_BYTES` or
 *   more
 * @param steps all operations of the network; without them nothing is assumed of what hides a copy
 */
export function networkStreamBytes(
  layers: readonly LayerBounds[],
  maps: { readonly least: number; readonly most: number } = { least: 0, most: NO_LIMIT },
  steps: readonly Step[] = layers.map((_, layer) => ({
    layer,
    strips: { shared: true, dedicated: true, leastBytes: 0 },
    copying: ANYWHERE.map(() => UNKNOWN),
  })),
  places: readonly Pick<Place, 'dedicated'>[] = ANYWHERE,
): number[] {
  // More memory makes cuts coarser, so the worst limit is one that just lets some layer be cut. Like layers have the
  // same one; of thousands of layers no more than the sums are kept.
  const limits = new Set([maps.least, DEDICATED_BYTES]);
  for (const layer of layers) {
    const limit = layer.liveBytes + leastBuffers(layer);
    limits.add(limit > maps.most ? Math.max(limit, DEDICATED_BYTES) : Math.max(limit, maps.least));
  }
  const shared = [FITS, ...[...limits].map(limited)];
  let worst: number[] = [];
  let largest = -Infinity;
  places.forEach(({ dedicated }, place) => {
    for (const setting of dedicated ? [DEDICATED] : shared) {
      const bytes = bytesIn(layers, steps, place, setting);
      const sum = bytes.reduce((a, b) => a + b, 0);
      if (sum > largest) [worst, largest] = [bytes, sum];
    }
  });
  return worst;
}

/** What the compiler may have done with an operation, the bytes of all layers so far, and what hides the next copy. */
interface State {
  readonly sum: number;
  readonly slack: number;
  readonly bytes?: number;
  readonly layer?: number | undefined;
  readonly before?: State;
}

/** The most bytes over what the compiler may do with each operation: leave it whole, cut it, run it in strips. */
function bytesIn(layers: readonly LayerBounds[], steps: readonly Step[], place: number, setting: Setting): number[] {
  let states: State[] = [{ sum: 0, slack: 0 }];
  for (const step of steps) {
    const next = new Map<number, State>();
    for (const before of states)
      for (const [slack, bytes] of choices(layers, step, step.copying[place]!, setting, before.slack)) {
        const sum = before.sum + bytes;
        if (sum > (next.get(slack)?.sum ?? -Infinity))
          next.set(slack, { sum, slack, bytes, layer: step.layer, before });
      }
    states = [...next.values()];
  }
  const found = layers.map(() => 0);
  const largest = states.reduce((most, state) => (state.sum > most.sum ? state : most));
  for (let state: State | undefined = largest; state; state = state.before)
    if (state.layer !== undefined) found[state.layer] = state.bytes!;
  return found;
}

/** What hides the next copy, and the layer's bytes. */
type Choice = readonly [slack: number, bytes: number];

function choices(
  layers: readonly LayerBounds[],
  step: Step,
  copying: Copying,
  setting: Setting,
  slack: number,
): Choice[] {
  const { pays, copy, whole, part, length } = copying;
  const layer = step.layer === undefined ? undefined : layers[step.layer]!;
  const striped = setting.strips(step.strips);
  const strips: Choice[] = striped ? [[0, layer ? (layer.streams.strips ?? layer.streams.uncut) : 0]] : [];
  if (!layer) return [[step.joins ? Math.min(slack, whole) : whole, 0], ...strips];
  const { uncut, coarse, parts } = layer.streams;
  const left = setting.left(layer);
  const all = uncut + layer.sideBytes;
  const tight = left < ROOM * all;
  // Parts of more than half of the memory are made smaller, by up to a block.
  const held = layer.streams.outputs * (left / 2 / all - 1) - MOST_OVER;
  const shortest = Math.floor(Math.max(0, Math.min(length, held)) / CUT_STEP) - 1;
  const even = parts?.[Math.min(parts.length - 1, Math.max(0, shortest))] ?? coarse;
  const cut = Math.max(
    uncut,
    slack < copy && left >= 0 ? (tight ? coarse : even) : 0,
    tight ? cutWithin(layer, left) : 0,
  );
  return [[whole, uncut], ...strips, ...(pays && (tight || slack < copy) ? [[part, cut] as const] : [])];
}

/** Bytes of weights and side data of one output channel, on average. */
const channelBytes = ({ streams, sideBytes }: LayerBounds): number => (streams.uncut + sideBytes) / streams.outputs;

/** The least memory in which a layer is cut: two of its smallest parts, which may be half as large as on average. */
function leastBuffers(layer: LayerBounds): number {
  return Math.floor(channelBytes(layer) * Math.min(CUT_STEP, layer.streams.outputs));
}

/**
 * Most bytes of a layer with so much memory for two of its parts: the compiler takes parts that fill it, or half of
 * that where they turn out too large.
 */
function cutWithin(layer: LayerBounds, bytes: number): number {
  const { uncut, fine } = layer.streams;
  if (bytes < leastBuffers(layer)) return uncut;
  const filling = Math.floor(bytes / 2 / channelBytes(layer) / CUT_STEP);
  return fine[Math.min(fine.length, Math.max(1, Math.ceil(filling / 2))) - 1]!;
}
