/**
 * The inverse cosine transform of a block of 8 × 8 in whole numbers, to the bit as libjpeg has it.
 * Source: jidctint.c of the Independent JPEG Group (Loeffler, Ligtenberg, Moschytz 1989).
 */

const BITS = 13;
/** Bits that are kept between the two passes. */
const KEPT = 2;

const fixed = (value: number): number => Math.round(value * 2 ** BITS);
const C = {
  a: fixed(0.5411961),
  b: fixed(1.847759065),
  c: fixed(0.765366865),
  d: fixed(1.175875602),
  e: fixed(0.298631336),
  f: fixed(2.053119869),
  g: fixed(3.072711026),
  h: fixed(1.50132111),
  i: fixed(0.899976223),
  j: fixed(2.562915447),
  k: fixed(1.96157056),
  l: fixed(0.390180644),
} as const;

/** Eight values that stand `step` apart, transformed in place and shifted right, rounded. */
function transform(v: Int32Array, at: number, step: number, shift: number): void {
  const of = (n: number): number => v[at + n * step]!;
  const even = (of(2) + of(6)) * C.a;
  const [e2, e3] = [even - of(6) * C.b, even + of(2) * C.c];
  const [e0, e1] = [(of(0) + of(4)) * 2 ** BITS, (of(0) - of(4)) * 2 ** BITS];
  const evens = [e0 + e3, e1 + e2, e1 - e2, e0 - e3];
  const [o7, o5, o3, o1] = [of(7), of(5), of(3), of(1)];
  const all = (o7 + o3 + o5 + o1) * C.d;
  const [z1, z2] = [-(o7 + o1) * C.i, -(o5 + o3) * C.j];
  const [z3, z4] = [all - (o7 + o3) * C.k, all - (o5 + o1) * C.l];
  const odds = [o1 * C.h + z1 + z4, o3 * C.g + z2 + z3, o5 * C.f + z2 + z4, o7 * C.e + z1 + z3];
  const half = 2 ** (shift - 1);
  for (let n = 0; n < 4; n++) {
    v[at + n * step] = (evens[n]! + odds[n]! + half) >> shift;
    v[at + (7 - n) * step] = (evens[n]! - odds[n]! + half) >> shift;
  }
}

const work = new Int32Array(64);

/**
 * @param block coefficients in the order of rows
 * @param quantisation steps in the same order
 * @param into rows of samples, `stride` apart, from `at`
 */
export function inverseDct(
  block: Int16Array,
  quantisation: Uint16Array,
  into: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  for (let i = 0; i < 64; i++) work[i] = block[i]! * quantisation[i]!;
  for (let column = 0; column < 8; column++) transform(work, column, 8, BITS - KEPT);
  for (let row = 0; row < 8; row++) {
    transform(work, 8 * row, 1, BITS + KEPT + 3);
    for (let column = 0; column < 8; column++) into[at + row * stride + column] = work[8 * row + column]! + 128;
  }
}
