/**
 * Weights of a file as int8 codes with a step for each output channel: as they are, or rounded to that grid where they
 * are something else.
 */
import { largestCode } from '../../base/codes.ts';
import { DamagedFileError } from '../../base/damage.ts';

export interface CodedWeights {
  /** OHWI. */
  readonly codes: Int8Array;
  /** One a channel. */
  readonly steps: Float32Array;
}

const INT8_BITS = 8;

/** Step of a channel without weights: any will do. */
const NO_WEIGHTS = 2 ** -20;

/**
 * Real weights on the symmetric int8 grid of each channel, as converters quantise them. `real` is OHWI; channels are
 * its first axis.
 * @throws DamagedFileError where they do not divide
 */
export function quantiseChannels(real: Float32Array, channels: number): CodedWeights {
  if (real.length % channels !== 0)
    throw new DamagedFileError(`${real.length} weights for ${channels} output channels`);
  const filter = real.length / channels,
    most = largestCode(INT8_BITS);
  const steps = new Float32Array(channels);
  const codes = new Int8Array(real.length);
  for (let o = 0; o < channels; o++) {
    let largest = 0;
    for (let i = o * filter; i < (o + 1) * filter; i++) largest = Math.max(largest, Math.abs(real[i]!));
    steps[o] = Number.isFinite(largest) && largest > 0 ? largest / most : NO_WEIGHTS;
    for (let i = o * filter; i < (o + 1) * filter; i++)
      codes[i] = Math.max(-most, Math.min(most, Math.round(real[i]! / steps[o]!) || 0));
  }
  return { codes, steps };
}

/** Bits of the smallest symmetric grid that holds all codes. */
export function bitsOf(codes: Int8Array): number {
  const largest = codes.reduce((most, code) => Math.max(most, Math.abs(code)), 1);
  return Math.min(INT8_BITS, Math.ceil(Math.log2(largest + 1)) + 1);
}

/** Zeros among the codes, as the share that pruning would call it. */
export function zeroShare(codes: Int8Array): number {
  return (
    Math.floor((100 * codes.reduce((zeros, code) => zeros + (code === 0 ? 1 : 0), 0)) / Math.max(1, codes.length)) / 100
  );
}

/** Values in another order: value i of the result is value `from(i)` of the given ones. */
export function reordered<T extends Int8Array | Float32Array>(values: T, from: (index: number) => number): T {
  const result = values.slice() as T;
  for (let i = 0; i < result.length; i++) result[i] = values[from(i)]!;
  return result;
}

/** OHWI as OWHI. */
export function transposed<T extends Int8Array | Float32Array>(
  values: T,
  [, height, width, inputs]: readonly [number, number, number, number],
): T {
  const filter = height * width * inputs;
  return reordered(values, (index) => {
    const o = Math.floor(index / filter),
      rest = index % filter;
    const x = Math.floor(rest / (height * inputs)),
      y = Math.floor(rest / inputs) % height;
    return o * filter + (y * width + x) * inputs + (rest % inputs);
  });
}
