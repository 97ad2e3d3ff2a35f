/**
 * From float weights to integer codes: exact pruning, the steps with the least error, rounding, and the layout that
 * encoders read.
 */
import { largestCode } from '../../base/codes.ts';

/** Rounds ties to even, as the training kernels do: searched and exported codes must be the same. */
function roundEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Number of weights that a sparsity prunes: exactly round(s·n), but never all of them. */
export function prunedCount(sparsity: number, count: number): number {
  return Math.min(Math.round(sparsity * count), Math.max(0, count - 1));
}

/** Mask (0/1) that prunes exactly the `prunedCount` smallest magnitudes; ties fall to the lower index. */
export function magnitudeMask(values: Float32Array, sparsity: number): Float32Array {
  const mask = new Float32Array(values.length).fill(1);
  const pruned = prunedCount(sparsity, values.length);
  if (pruned === 0) return mask;
  const order = new Uint32Array(values.length).map((_, i) => i);
  order.sort((a, b) => Math.abs(values[a]!) - Math.abs(values[b]!) || a - b);
  for (let i = 0; i < pruned; i++) mask[order[i]!] = 0;
  return mask;
}

/** Codes of weights whose output channel is the last axis; pruned weights are exactly 0. */
export function codesOf(w: Float32Array, mask: Float32Array, steps: Float32Array, bits: number): Int8Array {
  const limit = largestCode(bits);
  const channels = steps.length;
  const codes = new Int8Array(w.length);
  for (let i = 0; i < w.length; i++) {
    if (mask[i] === 0) continue;
    const ratio = Math.fround(w[i]! / steps[i % channels]!);
    codes[i] = bits === 1 ? Math.sign(ratio) : Math.max(-limit, Math.min(limit, roundEven(ratio)));
  }
  return codes;
}

const CANDIDATES = 40;

/**
 * Per output channel (last axis) the step with the least squared rounding error of the kept weights. Always positive.
 */
export function fitSteps(w: Float32Array, mask: Float32Array, channels: number, bits: number): Float32Array {
  const limit = largestCode(bits);
  const steps = new Float32Array(channels);
  const kept = new Float64Array(Math.ceil(w.length / channels));
  for (let c = 0; c < channels; c++) {
    let count = 0;
    let largest = 1e-6;
    for (let i = c; i < w.length; i += channels) {
      if (mask[i] === 0) continue;
      const x = Math.abs(w[i]!);
      kept[count++] = x;
      largest = Math.max(largest, x);
    }
    let least = Infinity;
    // From a step that clips nothing down to one that clips most: low bitwidths clip their tails.
    for (let k = 0; k < CANDIDATES; k++) {
      const step = (largest / limit) * (1 - (0.85 * k) / CANDIDATES);
      let error = 0;
      // An error that has come to the least so far can only grow.
      for (let i = 0; i < count && error < least; i++) {
        const x = kept[i]!;
        const rest = x - step * (bits === 1 ? 1 : Math.min(limit, Math.round(x / step)));
        error += rest * rest;
      }
      if (error < least) {
        least = error;
        steps[c] = step;
      }
    }
  }
  return steps;
}

/** Codes from training layout ([h, w, in, out], depthwise [h, w, channels, multiplier]) to row-major OHWI. */
export function toOhwi(codes: Int8Array, channels: number): Int8Array {
  const result = new Int8Array(codes.length);
  const taps = codes.length / channels;
  for (let tap = 0; tap < taps; tap++)
    for (let out = 0; out < channels; out++) result[out * taps + tap] = codes[tap * channels + out]!;
  return result;
}

/**
 * Integer weights (OHWI) of float ones in training layout: those of `mask` on the grid that training would start from.
 */
export function fittedCodes(
  w: Float32Array,
  mask: Float32Array,
  operation: { readonly bits: number; readonly outChannels: number },
): Int8Array {
  const { bits, outChannels } = operation;
  return toOhwi(codesOf(w, mask, fitSteps(w, mask, outChannels, bits), bits), outChannels);
}
