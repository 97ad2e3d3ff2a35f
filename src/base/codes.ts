/** The symmetric grid of weights: zero-point 0, codes from −largestCode to largestCode. */

/** The largest code of a bitwidth: 2^(b−1) − 1; binary weights (1 bit) have the codes −1, 1 and, where pruned, 0. */
export function largestCode(bits: number): number {
  return bits === 1 ? 1 : 2 ** (bits - 1) - 1;
}
