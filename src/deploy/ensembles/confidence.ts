/**
 * How sure scores are, in whole numbers of 32 bits that a chip computes alike: neither floats nor a softmax. Larger is
 * surer, 0 the least.
 */

/** What a score of 1 of the member with the largest scale is as a weight: so many fractions of it. */
export const WEIGHT_ONE = 2 ** 20;

/** Steps of a bit in which the entropy takes distances between scores, and those in which it is given. */
export const UNITS_PER_BIT = 64;
const ENTROPY_ONE = 1024;
/** Powers of two are fractions of 2^15, rounded down; less is nothing. */
const POWER_BITS = 15;
export const MOST_UNITS = (POWER_BITS + 1) * UNITS_PER_BIT;
/** 2^(-i / 64) as fractions of 2^15. */
export const POWERS: readonly number[] = Array.from({ length: UNITS_PER_BIT }, (_, i) =>
  Math.round(2 ** (POWER_BITS - i / UNITS_PER_BIT)),
);

/** Weights of members whose logits have these scales. */
export function weightsOf(scales: readonly number[]): readonly number[] {
  const largest = Math.max(...scales);
  return scales.map((scale) => Math.max(1, Math.round((scale / largest) * WEIGHT_ONE)));
}

/** After each member, what a 64th of a bit of the softmax of the mean logits, or of its own, is in scores. */
export function entropyUnits(scales: readonly number[], alone: boolean): readonly number[] {
  const largest = Math.max(...scales);
  return scales.map((_, k) => {
    const unit = Math.round(((alone ? 1 : k + 1) * WEIGHT_ONE * Math.LN2) / (largest * UNITS_PER_BIT));
    return Math.min(2 ** 30, Math.max(1, unit));
  });
}

/** Place of the largest score, of equals the first. */
export function largestOf(scores: Int32Array): number {
  let best = 0;
  for (let c = 1; c < scores.length; c++) if (scores[c]! > scores[best]!) best = c;
  return best;
}

/** Largest minus second largest score. */
export function margin(scores: Int32Array, best: number): number {
  let second = -(2 ** 31);
  for (let c = 0; c < scores.length; c++) if (c !== best && scores[c]! > second) second = scores[c]!;
  return scores[best]! - second;
}

/** The most entropy of so many classes, rounded up, in 1024ths of a bit. */
export const mostEntropy = (classes: number): number => Math.ceil(Math.log2(classes) * ENTROPY_ONE);

/**
 * By how much the entropy of the softmax of the mean logits is below the most that it may be, in 1024ths of a bit.
 * Distances are taken in 64ths of a bit; a logarithm's bits come by squaring.
 * @param unit of `entropyUnits`, for as many members as the scores are of
 */
export function certainty(scores: Int32Array, best: number, unit: number): number {
  const half = Math.floor(unit / 2);
  let [sum, moment] = [0, 0];
  for (const score of scores) {
    const units = Math.floor((scores[best]! - score + half) / unit);
    if (units >= MOST_UNITS) continue;
    const power = POWERS[units % UNITS_PER_BIT]! >> Math.floor(units / UNITS_PER_BIT);
    sum += power;
    moment += power * units;
  }
  const entropy = logarithm(sum) + Math.floor((moment * (ENTROPY_ONE / UNITS_PER_BIT)) / sum);
  return Math.max(0, mostEntropy(scores.length) - entropy);
}

/** Logarithm to base 2 of a number of 2^-15ths from 1 up, in 1024ths. */
function logarithm(sum: number): number {
  let [whole, x] = [0, sum];
  while (x >= 2 ** (POWER_BITS + 1)) {
    x = Math.floor(x / 2);
    whole++;
  }
  for (let bit = 1; bit < ENTROPY_ONE; bit *= 2) {
    x = Math.floor((x * x) / 2 ** POWER_BITS);
    whole *= 2;
    if (x >= 2 ** (POWER_BITS + 1)) {
      x = Math.floor(x / 2);
      whole++;
    }
  }
  return whole;
}
