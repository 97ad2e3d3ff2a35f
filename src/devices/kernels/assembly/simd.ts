/** Vector helpers that every kernel uses. */

/** a · b + c; fused where the build has relaxed SIMD, two roundings otherwise. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function lanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Stores the first `count` (1 … 8) floats of two vectors. */
export function storeSome(at: usize, a: v128, b: v128, count: i32): void {
  if (count >= 8) {
    v128.store(at, a);
    v128.store(at, b, 16);
    return;
  }
  let rest = a;
  let left = count;
  if (left >= 4) {
    v128.store(at, a);
    at += 16;
    left -= 4;
    rest = b;
  }
  if (left > 0) f32.store(at, f32x4.extract_lane(rest, 0));
  if (left > 1) f32.store(at, f32x4.extract_lane(rest, 1), 4);
  if (left > 2) f32.store(at, f32x4.extract_lane(rest, 2), 8);
}

/** The first `count` (1 … 4) floats at an address, zeros beyond. */
export function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let v = f32x4.splat(0);
  v = f32x4.replace_lane(v, 0, f32.load(at));
  if (count > 1) v = f32x4.replace_lane(v, 1, f32.load(at, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, f32.load(at, 8));
  return v;
}
