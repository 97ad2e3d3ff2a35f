/** Rank-based pruning: thresholds and scales of a layer's live weights. */
import { prunedCount } from '../../costs/weights/fitted-codes.ts';

/** Which part of a filter bank [height, width, in, out] a sample uses: a centred crop and channel prefixes. */
export interface LiveExtent {
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Calls `visit` with the flat index of every live weight and its output channel. `shape` is [h, w, in, out]. */
export function forLive(
  shape: readonly number[],
  live: LiveExtent,
  visit: (index: number, channel: number) => void,
): void {
  const [h, w, cin, cout] = shape as [number, number, number, number];
  const top = Math.floor((h - live.height) / 2);
  const left = Math.floor((w - live.width) / 2);
  for (let y = top; y < top + live.height; y++) {
    for (let x = left; x < left + live.width; x++) {
      for (let i = 0; i < live.inChannels; i++) {
        const row = ((y * w + x) * cin + i) * cout;
        for (let o = 0; o < live.outChannels; o++) visit(row + o, o);
      }
    }
  }
}

/** Magnitude thresholds t_s of the live weights: |w| ≥ t_s keeps the (1 − s) largest. */
export function thresholdsOf(magnitudes: Float32Array, sparsities: readonly number[]): Float32Array {
  const sorted = magnitudes.slice().sort();
  return Float32Array.from(sparsities, (s) => {
    const pruned = prunedCount(s, sorted.length);
    return pruned === 0 ? 0 : sorted[pruned]!;
  });
}

export interface Statistics {
  readonly thresholds: Float32Array;
  readonly sigma: Float32Array;
}

/**
 * Pruning thresholds of every sparsity option, over the live weights, and the root mean square of each output channel.
 * Channels that are not live get the scale of their own weights under live inputs, so that they train on the right
 * grid.
 */
export function weightStatistics(
  values: Float32Array,
  shape: readonly number[],
  live: LiveExtent,
  sparsities: readonly number[],
): Statistics {
  const count = live.height * live.width * live.inChannels * live.outChannels;
  const magnitudes = new Float32Array(count);
  let filled = 0;
  forLive(shape, live, (index) => {
    magnitudes[filled++] = Math.abs(values[index]!);
  });
  const outChannels = shape[3]!;
  const squares = new Float64Array(outChannels);
  forLive(shape, { ...live, outChannels }, (index, channel) => {
    squares[channel]! += values[index]! * values[index]!;
  });
  const taps = live.height * live.width * live.inChannels;
  return {
    thresholds: thresholdsOf(magnitudes, sparsities),
    sigma: Float32Array.from(squares, (square) => Math.max(Math.sqrt(square / taps), 1e-6)),
  };
}
