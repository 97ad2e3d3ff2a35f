/**
 * The activation grid, int8 or of fewer bits: one rule for calibration, for fake quantisation while training and for
 * the exported network.
 */
import type { Activation } from '../network/types.ts';
import type { Quantisation, Range } from './integer-network.ts';

export const INT8_MIN = -128;
export const INT8_MAX = 127;

/** Smallest float32 scale used, for tensors that are always zero. */
const SMALLEST_SCALE = Math.fround(2 ** -20);

/** The lowest and the highest code of a grid. */
export function codeRange({ bits = 8 }: Pick<Quantisation, 'bits'>): Range {
  return bits >= 8 ? { min: INT8_MIN, max: INT8_MAX } : { min: 0, max: 2 ** bits - 1 };
}

/**
 * The grid of a range of real values: 2^bits - 1 steps over the range widened to include 0, moved so that 0 is a code
 * exactly.
 * Throws RangeError where the range is not finite or upside down.
 */
export function quantiseGrid(range: Range, bits = 8): Quantisation {
  if (!Number.isFinite(range.min) || !Number.isFinite(range.max) || range.min > range.max) {
    throw new RangeError(`an activation range needs finite min <= max, not ${range.min}..${range.max}`);
  }
  // Files keep ranges as float32: rounding first gives the same grid before and after.
  const min = Math.min(0, Math.fround(range.min)),
    max = Math.max(0, Math.fround(range.max));
  const codes = codeRange({ bits });
  const scale = Math.max(SMALLEST_SCALE, Math.fround((max - min) / (codes.max - codes.min)));
  const zeroPoint = Math.max(codes.min, Math.min(codes.max, Math.round(codes.min - min / scale)));
  return { scale, zeroPoint, ...(bits < 8 && { bits }) };
}

export function sameGrid(a: Quantisation, b: Quantisation): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint && (a.bits ?? 8) === (b.bits ?? 8);
}

/** The code of a real value: rounded to nearest (ties away from zero), clamped to the grid's codes. */
export function quantiseValue(value: number, grid: Quantisation): number {
  const steps = value / grid.scale;
  const rounded = steps < 0 ? -Math.round(-steps) : Math.round(steps);
  const { min, max } = codeRange(grid);
  return Math.max(min, Math.min(max, rounded + grid.zeroPoint));
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
  const codes = codeRange(grid);
  const code = (value: number): number => grid.zeroPoint + Math.round(Math.fround(Math.fround(value) / grid.scale));
  return {
    min: bounds.min === -Infinity ? codes.min : Math.max(codes.min, code(bounds.min)),
    max: bounds.max === Infinity ? codes.max : Math.min(codes.max, code(bounds.max)),
  };
}
