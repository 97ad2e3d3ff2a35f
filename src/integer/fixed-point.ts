/**
 * Fixed-point rescaling as the TFLite reference kernels define it: 32-bit multiplier, power-of-two exponent, rounding
 * twice.
 */

export interface FixedPoint {
  readonly multiplier: number;
  readonly shift: number;
}

const TWO_30 = 2 ** 30;
const TWO_31 = 2 ** 31;

/** Splits a positive finite number into fraction * 2^exponent with the fraction in [0.5, 1). */
function frexp(value: number): { fraction: number; exponent: number } {
  let exponent = Math.max(-1023, Math.floor(Math.log2(value)) + 1);
  let fraction = value * 2 ** -exponent;
  while (fraction >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  while (fraction < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  return { fraction, exponent };
}

/** The fixed-point form of a real multiplier >= 0 (TFLite's QuantizeMultiplier). Multipliers below 2^-32 become 0. */
export function toFixedPoint(real: number): FixedPoint {
  if (!(real >= 0) || !Number.isFinite(real))
    throw new RangeError(`a rescaling multiplier must be a finite number >= 0, not ${real}`);
  if (real === 0) return { multiplier: 0, shift: 0 };
  const { fraction, exponent } = frexp(real);
  let multiplier = Math.round(fraction * TWO_31);
  let shift = exponent;
  if (multiplier === TWO_31) {
    multiplier /= 2;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  return { multiplier, shift };
}

/**
 * (a * b + 2^30) / 2^31 rounded down, exact for int32 `a` and `b` in [0, 2^31): the rounding doubling high multiply.
 * The 62-bit product is split at 16 bits of `b`, so that every intermediate stays below 2^53.
 */
export function roundingHighMultiply(a: number, b: number): number {
  const low = Math.floor((a * (b & 0xffff) + TWO_30) / 65536);
  return Math.floor((a * (b >>> 16) + low) / 32768);
}

/** The int32 `x` / 2^exponent for exponents 0..31, rounded to nearest, ties away from zero. */
export function roundingShiftRight(x: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * The int32 accumulator `x` times the fixed-point multiplier (TFLite's MultiplyByQuantizedMultiplier, rounding twice).
 */
export function rescale(x: number, multiplier: number, shift: number): number {
  return shift > 0
    ? roundingHighMultiply(Math.imul(x, 1 << shift), multiplier)
    : roundingShiftRight(roundingHighMultiply(x, multiplier), -shift);
}

/** The same with one rounding, halves upwards: x * multiplier * 2^(shift - 31). */
export function rescaleOnce(x: number, multiplier: number, shift: number): number {
  const places = BigInt(31 - shift);
  return Number((BigInt(x) * BigInt(multiplier) + (1n << (places - 1n))) >> places);
}
