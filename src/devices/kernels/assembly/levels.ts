/** The symmetric weight grid, as src/devices/operators/levels.ts has it. */

/** The levels of `scaled` = weight / step: whole numbers up to ±limit, ties to even; binary weights have the levels −1 and 1, and 0 stays 0. */
// @ts-ignore: decorator
@inline
export function level(scaled: v128, limit: v128, binary: bool): v128 {
  if (!binary) return f32x4.pmax(f32x4.pmin(f32x4.nearest(scaled), limit), f32x4.neg(limit));
  const one = f32x4.splat(1), zero = f32x4.splat(0);
  return f32x4.sub(v128.and(f32x4.gt(scaled, zero), one), v128.and(f32x4.lt(scaled, zero), one));
}
