/** Pooling in integer arithmetic: maximum, average over a window, average over the whole map. */
import { rescale, toFixedPoint, type FixedPoint } from '../fixed-point.ts';
import { padsBefore, wholeMapPool } from '../window-geometry.ts';
import { INT8_MIN, sameGrid } from '../activation-grid.ts';
import type { IntegerOperation, Quantisation } from '../integer-network.ts';
import type { Step } from './step.ts';

const clampTo = (value: number, min: number, max: number): number => (value < min ? min : value > max ? max : value);

/** Whole-number division rounded to nearest, ties away from zero, as the reference kernels do it. */
function roundingDivide(sum: number, count: number): number {
  const half = Math.floor(count / 2);
  return sum > 0 ? Math.floor((sum + half) / count) : -Math.floor((half - sum) / count);
}

interface Reduction {
  readonly start: number;
  add(sum: number, code: number): number;
  finish(sum: number, count: number): number;
}

const REDUCTIONS: Readonly<Record<'max' | 'average', Reduction>> = {
  max: { start: INT8_MIN, add: Math.max, finish: (sum) => sum },
  average: { start: 0, add: (sum, code) => sum + code, finish: roundingDivide },
};

function pool(one: IntegerOperation, { start, add, finish }: Reduction): Step {
  const {
    operation: { kernel, stride, inSize, outSize, inChannels },
    clamp,
  } = one;
  const { top, left } = padsBefore(one);
  return ([source], target) => {
    for (let y = 0; y < outSize.height; y++)
      for (let x = 0; x < outSize.width; x++) {
        const y0 = Math.max(0, y * stride.height - top),
          y1 = Math.min(inSize.height, y * stride.height - top + kernel.height);
        const x0 = Math.max(0, x * stride.width - left),
          x1 = Math.min(inSize.width, x * stride.width - left + kernel.width);
        const at = (y * outSize.width + x) * inChannels;
        for (let c = 0; c < inChannels; c++) {
          let sum = start;
          for (let iy = y0; iy < y1; iy++)
            for (let ix = x0; ix < x1; ix++) sum = add(sum, source![(iy * inSize.width + ix) * inChannels + c]!);
          target[at + c] = clampTo(finish(sum, (y1 - y0) * (x1 - x0)), clamp.min, clamp.max);
        }
      }
  };
}

/** MAX_POOL_2D. */
export const maxPool = (one: IntegerOperation): Step => pool(one, REDUCTIONS.max);

/** AVERAGE_POOL_2D: padding does not count. */
export const averagePool = (one: IntegerOperation): Step => pool(one, REDUCTIONS.average);

/** The rescaling of MEAN with the division by `count` folded in, as the reference kernel folds it. */
function meanRescaling(real: number, count: number): FixedPoint {
  const { multiplier, shift } = toFixedPoint(real);
  const lift = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(lift)) / BigInt(count)), shift: shift - lift };
}

/** MEAN over height and width onto another grid: the sum of the map, rescaled. */
function mean(one: IntegerOperation, input: Quantisation): Step {
  const {
    operation: { inSize, inChannels },
    output,
    clamp,
  } = one;
  const count = inSize.height * inSize.width;
  const { multiplier, shift } = meanRescaling(input.scale / output.scale, count);
  return ([source], target) => {
    for (let c = 0; c < inChannels; c++) {
      let sum = 0;
      for (let i = 0, at = c; i < count; i++, at += inChannels) sum += source![at]! - input.zeroPoint;
      target[c] = clampTo(rescale(sum, multiplier, shift) + output.zeroPoint, clamp.min, clamp.max);
    }
  };
}

/**
 * The average of the whole map: AVERAGE_POOL_2D where the grid stays (as `quantise` makes it), MEAN where it changes
 * (imported networks).
 */
export function globalAveragePool(one: IntegerOperation, [input]: readonly Quantisation[]): Step {
  const { operation, output } = one;
  if (!sameGrid(input!, output)) return mean(one, input!);
  return averagePool({ ...one, operation: wholeMapPool(operation) });
}
