/** Pooling in integer arithmetic: maximum, average over a window, average over the whole map. */
import { rescale, toFixedPoint } from '../fixed-point.ts';
import { paddingBefore } from '../geometry.ts';
import { INT8_MAX, INT8_MIN } from '../grid.ts';
import type { IntegerOperation, Quantisation } from '../types.ts';
import type { Step } from './step.ts';

const clampTo = (value: number, min: number, max: number): number => (value < min ? min : value > max ? max : value);

/** Whole-number division rounded to nearest, ties away from zero, as the reference kernels do it. */
function roundingDivide(sum: number, count: number): number {
  const half = Math.floor(count / 2);
  return sum > 0 ? Math.floor((sum + half) / count) : -Math.floor((half - sum) / count);
}

interface Reduction { readonly start: number; add(sum: number, code: number): number; finish(sum: number, count: number): number }

const REDUCTIONS: Readonly<Record<'max' | 'average', Reduction>> = {
  max: { start: INT8_MIN, add: Math.max, finish: (sum) => sum },
  average: { start: 0, add: (sum, code) => sum + code, finish: roundingDivide },
};

function pool(one: IntegerOperation, { start, add, finish }: Reduction): Step {
  const { operation: { kernel, stride, inSize, outSize, inChannels }, clamp } = one;
  const { top, left } = paddingBefore(one.operation);
  return ([source], target) => {
    for (let y = 0; y < outSize.height; y++) for (let x = 0; x < outSize.width; x++) {
      const y0 = Math.max(0, y * stride.height - top), y1 = Math.min(inSize.height, y * stride.height - top + kernel.height);
      const x0 = Math.max(0, x * stride.width - left), x1 = Math.min(inSize.width, x * stride.width - left + kernel.width);
      const at = (y * outSize.width + x) * inChannels;
      for (let c = 0; c < inChannels; c++) {
        let sum = start;
        for (let iy = y0; iy < y1; iy++) for (let ix = x0; ix < x1; ix++) sum = add(sum, source![(iy * inSize.width + ix) * inChannels + c]!);
        target[at + c] = clampTo(finish(sum, (y1 - y0) * (x1 - x0)), clamp.min, clamp.max);
      }
    }
  };
}

/** MAX_POOL_2D. */
export const maxPool = (one: IntegerOperation): Step => pool(one, REDUCTIONS.max);

/** AVERAGE_POOL_2D: padding does not count. */
export const averagePool = (one: IntegerOperation): Step => pool(one, REDUCTIONS.average);

/** MEAN over height and width: the sum is rescaled first, then divided, and may land on another grid. */
export function globalAveragePool(one: IntegerOperation, [input]: readonly Quantisation[]): Step {
  const { operation: { inSize, inChannels }, output } = one;
  const count = inSize.height * inSize.width;
  const { multiplier, shift } = toFixedPoint(input!.scale / output.scale);
  return ([source], target) => {
    for (let c = 0; c < inChannels; c++) {
      let sum = 0;
      for (let i = 0, at = c; i < count; i++, at += inChannels) sum += source![at]! - input!.zeroPoint;
      target[c] = clampTo(roundingDivide(rescale(sum, multiplier, shift), count) + output.zeroPoint, INT8_MIN, INT8_MAX);
    }
  };
}
