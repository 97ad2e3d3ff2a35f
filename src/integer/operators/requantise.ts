/** Codes from grid to grid, as QUANTIZE and the activation functions that stand alone do it. */
import { rescale, toFixedPoint } from '../fixed-point.ts';
import { INT8_MIN } from '../activation-grid.ts';
import type { Quantisation, Stage } from '../integer-network.ts';

/** What becomes of every code that goes through the stages: index code + 128. */
export function requantisationTable(input: Quantisation, stages: readonly Stage[]): Int8Array {
  const table = Int8Array.from({ length: 256 }, (_, i) => i + INT8_MIN);
  let before = input;
  for (const { multiplier: real, output, clamp } of stages) {
    const { multiplier, shift } = toFixedPoint(real);
    const { zeroPoint } = before;
    table.forEach((code, i) => {
      table[i] = Math.max(
        clamp.min,
        Math.min(clamp.max, rescale(code - zeroPoint, multiplier, shift) + output.zeroPoint),
      );
    });
    before = output;
  }
  return table;
}
