/**
 * The most that an Ethos-U's compiler can store for all layers of a network together: each layer's most, as far as the
 * layers can have theirs at once. One system, one memory mode and one memory limit hold for all.
 * A layer is cut where the pass before it does not hide the copy of all its weights, or where the limit leaves less
 * than twice their bytes. Cuts finer than blocks need a limit (an arena size, or the compiler's own when it optimises
 * for size) that leaves a layer less than two blocks of its weights.
 * Layers that need more than the limit run in strips, and are then not cut; layers that leave enough of it are cut
 * coarsely.
 */
import { ANY, UNKNOWN, type Copying, type Place } from './copying.ts';
import type { Range } from './copy-trial.ts';
import { dearestWithin } from './short-cuts.ts';
import { CUT_STEP, type StreamBounds } from './stream-bounds.ts';
import type { InStrips } from './strips.ts';

/** Compilers that keep activations in DRAM leave their SRAM to weights: of at least this size. */
export const DEDICATED_BYTES = 64 * 1024;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
/** Weights are copied whole where half of the memory takes them; our bytes of what is alive are allowed to be off. */
const ROOM = 2.2;

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
  left: (layer) => (layer.staged ? Math.min(DEDICATED_BYTES, shortOf(layer)) : DEDICATED_BYTES),
  strips: ({ dedicated }) => dedicated,
};
const limited = (limit: number): Setting => ({
  left: ({ liveBytes }) => limit - liveBytes,
  strips: ({ shared }) => shared,
});

/**
 * Bytes of each layer's weight streams in the worst case for the network, in the layers' order.
 * @param maps what its maps take at least, in strips, and whole: a limit lies between these, or is `DEDICATED_BYTES` or
 *   more, or what the compiler is told (`arena`)
 * @param steps all operations of the network; without them nothing is assumed of what hides a copy
 */
export function networkStreamBytes(
  layers: readonly LayerBounds[],
  maps: { readonly least: number; readonly most: number; readonly arena?: number } = { least: 0, most: NO_LIMIT },
  steps: readonly Step[] = layers.map((_, layer) => ({
    layer,
    strips: { shared: true, dedicated: true, leastBytes: 0 },
    copying: ANYWHERE.map(() => UNKNOWN),
  })),
  places: readonly Pick<Place, 'dedicated'>[] = ANYWHERE,
): number[] {
  // Told to optimise for size, the compiler takes what its maps need as the limit: in strips that may be anything from
  // the least. The worst limit is one that just lets some layer be cut or, where its cuts are known, leaves it the most
  // that is short. Like layers have the same one; of thousands of layers no more than the sums are kept.
  const inStrips = steps.some(({ strips }) => strips.shared);
  const limits = new Set([maps.most, DEDICATED_BYTES, ...(inStrips ? [maps.least] : [])]);
  if (maps.arena !== undefined) limits.add(Math.max(maps.arena, maps.most));
  for (const layer of layers)
    for (const left of [leastBuffers(layer), shortOf(layer)]) {
      const limit = layer.liveBytes + left;
      limits.add(Math.max(limit, DEDICATED_BYTES));
      if (inStrips && limit <= maps.most) limits.add(Math.max(limit, maps.least));
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

/** What the compiler may have done with an operation, its weights left where they are or copied into SRAM whole. */
type How = 'whole' | 'copied' | 'strips' | 'cut';

/** What it may have done with the last one, the bytes of all layers so far, and the cycles that hide the next copy. */
interface State {
  readonly sum: number;
  readonly how: How;
  /** Undefined at a network's start. */
  readonly slack?: Range;
  readonly bytes?: number;
  readonly layer?: number | undefined;
  readonly before?: State;
}

/** The most bytes over what the compiler may do with each operation: leave it whole, cut it, run it in strips. */
function bytesIn(layers: readonly LayerBounds[], steps: readonly Step[], place: number, setting: Setting): number[] {
  let states: State[] = [{ sum: 0, how: 'whole' }];
  for (const step of steps) {
    const next = new Map<How, State>();
    for (const before of states)
      for (const { how, slack, bytes } of choices(layers, step, step.copying[place]!, setting, before)) {
        const sum = before.sum + bytes;
        const other = next.get(how);
        // Of each kind the dearest is kept, with whatever hides the next copy in any of them.
        next.set(how, {
          ...(other && other.sum >= sum ? other : { sum, how, bytes, layer: step.layer, before }),
          slack: other ? either(other.slack!, slack) : slack,
        });
      }
    states = [...next.values()];
  }
  const found = layers.map(() => 0);
  const largest = states.reduce((most, state) => (state.sum > most.sum ? state : most));
  for (let state: State | undefined = largest; state; state = state.before)
    if (state.layer !== undefined) found[state.layer] = state.bytes!;
  return found;
}

const either = (a: Range, b: Range): Range => ({ least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) });

interface Choice {
  readonly how: How;
  readonly slack: Range;
  readonly bytes: number;
}

function choices(
  layers: readonly LayerBounds[],
  step: Step,
  { pays, whole, copied, part, decide, short }: Copying,
  setting: Setting,
  before: State,
): Choice[] {
  const layer = step.layer === undefined ? undefined : layers[step.layer]!;
  const found: Choice[] = [];
  if (setting.strips(step.strips))
    found.push({ how: 'strips', slack: ANY, bytes: layer ? (layer.streams.strips ?? layer.streams.uncut) : 0 });
  if (!layer) {
    const joined = step.joins === true && before.slack !== undefined;
    return [
      ...found,
      { how: joined ? before.how : 'whole', slack: joined ? either(before.slack, whole) : whole, bytes: 0 },
    ];
  }
  const { uncut, coarse } = layer.streams;
  const left = setting.left(layer);
  const roomy = left >= twice(layer);
  if (!decide || !roomy) {
    found.push({ how: 'whole', slack: either(whole, copied), bytes: uncut });
    const dearest = short ? dearestWithin(short(before.slack), left) : Infinity;
    if (!pays || dearest === undefined || left < 0 || (!short && left < leastBuffers(layer))) return found;
    const finest = short ? layer.streams.fine[0]! : cutWithin(layer, left);
    const bytes = Math.min(Math.max(coarse, finest), dearest - layer.sideBytes);
    return [...found, { how: 'cut', slack: part, bytes }];
  }
  const possible = decide(before.slack);
  const last = before.layer === undefined ? undefined : layers[before.layer]!;
  // Where maps may be moved into SRAM as well, the compiler may leave weights out for them.
  const sure = left === NO_LIMIT || left >= twice(layer) + layer.liveBytes + (last ? twice(last) : 0);
  const cut = pays ? possible.cut : undefined;
  if (possible.left || !sure || !(possible.copied || cut)) found.push({ how: 'whole', slack: whole, bytes: uncut });
  if (possible.copied) found.push({ how: 'copied', slack: copied, bytes: uncut });
  if (cut) found.push({ how: 'cut', slack: cut.last, bytes: cut.bytes - layer.sideBytes });
  return found;
}

/** Memory for all weights twice, and the most that is less. */
const twice = ({ streams, sideBytes }: LayerBounds): number => ROOM * (streams.uncut + sideBytes);
const shortOf = (layer: LayerBounds): number => Math.ceil(twice(layer)) - 1;

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
