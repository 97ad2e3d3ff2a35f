/**
 * Pseudo-random weights for the tests of this room: the generators that the golden vectors name, and layers as training
 * leaves them.
 */
import fc from 'fast-check';
import { codesOf, fitSteps } from '../../../../src/costs/weights/fitted-codes.ts';
import type { SeededRandom } from '../../../../src/base/random.ts';

/** xorshift32; the state changes before each use. */
export function xorshift(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

/** Uniform levels −m…m without 0, and zeros with probability z / 256. */
export function uniformWeights(seed: number, n: number, m: number, z: number): Int16Array {
  const next = xorshift(seed);
  return Int16Array.from({ length: n }, () => {
    const r = next();
    if ((r & 255) < z) return 0;
    const v = (r >>> 8) % (2 * m);
    return v < m ? v - m : v - m + 1;
  });
}

/** Bell-shaped magnitudes: below t pruned, then shifted right by `shift`. */
export function bellWeights(seed: number, n: number, t: number, shift: number): Int16Array {
  const next = xorshift(seed);
  return Int16Array.from({ length: n }, () => {
    const r = next();
    const v = (r & 15) + ((r >>> 4) & 15) + ((r >>> 8) & 15) + ((r >>> 12) & 15) - 30;
    const magnitude = Math.abs(v) < t ? 0 : Math.abs(v) >> shift;
    return v < 0 ? -magnitude : magnitude;
  });
}

/**
 * Rounded normal weights of `bits` bits, per-tensor step, of which the share `sparsity` with the least magnitude is
 * zero.
 */
export function trainedWeights(seed: number, n: number, bits: number, sparsity: number): Int8Array {
  const next = xorshift(seed);
  const uniform = (): number => (next() + 0.5) / 2 ** 32;
  const normal = Float64Array.from(
    { length: n },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  const magnitudes = Float64Array.from(normal, Math.abs).sort();
  const threshold = magnitudes[Math.floor(sparsity * n)] ?? Infinity;
  const levels = Math.max(1, 2 ** (bits - 1) - 1);
  const step = magnitudes[n - 1]! / levels;
  return Int8Array.from(normal, (w) => {
    if (Math.abs(w) < threshold) return 0;
    const level = Math.max(-levels, Math.min(levels, Math.round(w / step)));
    return level;
  });
}

/**
 * Streams with the statistics that the encoder tells apart: dense, sparse, few levels, long runs, changes on the way.
 */
export const weightStreams: fc.Arbitrary<Int16Array> = fc
  .array(
    fc.record({
      seed: fc.integer({ min: 1, max: 0x7fffffff }),
      n: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) },
        { weight: 1, arbitrary: fc.integer({ min: 300, max: 5000 }) },
      ),
      m: fc.oneof(fc.constantFrom(1, 3, 7, 15, 31, 127, 255), fc.integer({ min: 1, max: 255 })),
      z: fc.oneof(fc.constantFrom(0, 128, 204, 250, 256), fc.integer({ min: 0, max: 256 })),
      bell: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) =>
    Int16Array.from(
      parts.flatMap(({ seed, n, m, z, bell }) => [
        ...(bell ? bellWeights(seed, n, z >> 4, m & 3) : uniformWeights(seed, n, m, z)),
      ]),
    ),
  );

/**
 * Bell-shaped weights, pruned by magnitude over the layer, quantised with the steps of the search, one per output
 * channel.
 */
export function quantised(
  {
    ohwi,
    bits,
    sparsity,
  }: { readonly ohwi: readonly [number, number, number, number]; readonly bits: number; readonly sparsity: number },
  random: SeededRandom,
): Int8Array {
  const [outputs, height, width, inputs] = ohwi;
  const taps = height * width * inputs;
  const weights = Float32Array.from({ length: outputs * taps }, () => random.normal());
  const threshold = Float32Array.from(weights, Math.abs).sort()[Math.floor(sparsity * weights.length)]!;
  const mask = Float32Array.from(weights, (w) => (Math.abs(w) >= threshold ? 1 : 0));
  const codes = codesOf(weights, mask, fitSteps(weights, mask, outputs, bits), bits);
  return Int8Array.from(codes, (_, i) => codes[(i % taps) * outputs + Math.floor(i / taps)]!);
}
