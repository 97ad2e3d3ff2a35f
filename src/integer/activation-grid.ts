/**
 * The int8 activation grid: one rule for calibration, for fake quantisation while training and for the exported
 * network.
 */
import type { Activation } from '../network/types.ts';
import type { Quantisation, Range } from './integer-network.ts';

export const INT8_MIN = -128;
export const INT8_MAX = 127;

/** Smallest float32 scale used, for tensors that are always zero. */
const SMALLEST_SCALE = Math.fround(2 ** -20);

/**
 * The int8 grid of a range of real values: 255 steps over the range widened to include 0, moved so that 0 is a code
 * exactly.
 * Throws RangeError where the range is not finite or upside down.
 */
export function quantiseGrid(range: Range): Quantisation {
  if (!Number.isFinite(range.min) || !Number.isFinite(range.max) || range.min > range.max) {
    throw new RangeError(`an activation range needs finite min <= max, not ${range.min}..${range.max}`);
  }
  // Files keep ranges as float32: rounding first gives the same grid before and after.
  const min = Math.min(0, Math.fround(range.min)),
    max = Math.max(0, Math.fround(range.max));
  const scale = Math.max(SMALLEST_SCALE, Math.fround((max - min) / (INT8_MAX - INT8_MIN)));
  const zeroPoint = Math.max(INT8_MIN, Math.min(INT8_MAX, Math.round(INT8_MIN - min / scale)));
  return { scale, zeroPoint };
}

export function sameGrid(a: Quantisation, b: Quantisation): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** The code of a real value: rounded to nearest (ties away from zero), clamped to int8. */
export function quantiseValue(value: number, grid: Quantisation): number {
  const steps = value / grid.scale;
  const rounded = steps < 0 ? -Math.round(-steps) : Math.round(steps);
  return Math.max(INT8_MIN, Math.min(INT8_MAX, rounded + grid.zeroPoint));
}

/** Codes of an array of real values. */
export function quantiseValues(values: Float32Array, grid: Quantisation): Int8Array {
  const codes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = quantiseValue(values[i]!, grid);
  return codes;
}

/** Real values of an array of codes. */
export function dequantise(codes: Int8Array, grid: Quantisation): Float32Array {
  return Float32Array.from(codes, (code) => (code - grid.zeroPoint) * grid.scale);
}

const BOUNDS: Readonly<Record<Activation, Range>> = {
  none: { min: -Infinity, max: Infinity },
  relu: { min: 0, max: Infinity },
  relu6: { min: 0, max: 6 },
};

/** The interval of output codes that a fused activation leaves (TFLite's CalculateActivationRangeQuantized). */
export function activationClamp(activation: Activation, grid: Quantisation): Range {
  const bounds = BOUNDS[activation];
  const code = (value: number): number => grid.zeroPoint + Math.round(Math.fround(Math.fround(value) / grid.scale));
  return {
    min: bounds.min === -Infinity ? INT8_MIN : Math.max(INT8_MIN, code(bounds.min)),
    max: bounds.max === Infinity ? INT8_MAX : Math.min(INT8_MAX, code(bounds.max)),
  };
}
