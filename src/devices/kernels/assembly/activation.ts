/** The activations that follow batch normalisation. The operand order of pmin and pmax lets NaN through. */

export const NONE = 0, RELU = 1, RELU6 = 2;

// @ts-ignore: decorator
@inline
export function activate(x: v128, activation: i32): v128 {
  const zero = f32x4.splat(0);
  if (activation == NONE) return x;
  if (activation == RELU) return f32x4.pmax(x, zero);
  return f32x4.pmin(f32x4.pmax(x, zero), f32x4.splat(6));
}

/** `value` where the activation's slope at `x` is 1, zero elsewhere. */
// @ts-ignore: decorator
@inline
export function passed(value: v128, x: v128, activation: i32): v128 {
  if (activation == NONE) return value;
  const positive = v128.and(value, f32x4.gt(x, f32x4.splat(0)));
  if (activation == RELU) return positive;
  return v128.and(positive, f32x4.lt(x, f32x4.splat(6)));
}
