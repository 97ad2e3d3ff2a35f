/**
 * The most that an Ethos-U's compiler can store for all layers of a network together, whatever it is told: each layer's
 * most, as far as the layers can have theirs at once.
 * Cuts finer than blocks need a memory limit (an arena size, or the compiler's own when it optimises for size) that
 * leaves a layer less than two blocks of its weights.
 * One limit holds for the whole network: layers that need more than it run in stripes, and are then not cut; layers
 * that leave enough of it are cut coarsely.
 */
import { CUT_STEP, type StreamBounds } from './stream-bounds.ts';

/** Compilers that keep activations in DRAM leave their SRAM to weights: of at least this size. */
const DEDICATED_BYTES = 64 * 1024;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** A layer's weight streams and side data, and the bytes of activations that are alive while it runs. */
export interface LayerBounds {
  readonly streams: StreamBounds;
  readonly sideBytes: number;
  readonly liveBytes: number;
}

/**
 * Bytes of each layer's weight streams in the worst case for the network, in the layers' order.
 * @param leastLimit bytes that the network needs however it is striped: no limit can be less
 */
export function networkStreamBytes(layers: readonly LayerBounds[], leastLimit = 0): number[] {
  const most = layers.map((layer) => Math.max(layer.streams.coarse, cutWithin(layer, DEDICATED_BYTES)));
  const under = (limit: number, i: number): number => {
    const left = limit - layers[i]!.liveBytes;
    return left < 0 ? layers[i]!.streams.uncut : Math.max(most[i]!, cutWithin(layers[i]!, left));
  };
  // More memory makes cuts coarser, so the worst limit is one that just lets some layer be cut. Like layers have the
  // same one; of thousands of layers no more than the sums are kept.
  const limits = new Set(layers.map((layer) => Math.max(leastLimit, layer.liveBytes + leastBuffers(layer))));
  let [worst, largest] = [NO_LIMIT, -1];
  for (const limit of [NO_LIMIT, ...limits]) {
    let sum = 0;
    for (let i = 0; i < layers.length; i++) sum += under(limit, i);
    if (sum > largest) [worst, largest] = [limit, sum];
  }
  return layers.map((_, i) => under(worst, i));
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
  return fine[Math.max(0, Math.ceil(filling / 2) - 1)] ?? uncut;
}
