/** The signals that reference.py makes by the same formulas. */

/** Whole numbers of a linear congruential generator, as values in −1…1. */
export function noise(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 16) / 32768 - 1;
  });
}

/** A tone that glides, under an envelope, with a little noise. */
export function sound(count: number, rate: number, seed = 1): Float64Array {
  return noise(count, seed).map((value, n) => {
    const t = n / rate;
    return 0.5 * Math.sin(2 * Math.PI * (300 * t + 900 * t * t)) * Math.sin(Math.PI * t) + 0.01 * value;
  });
}
