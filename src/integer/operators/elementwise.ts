/** Addition of two tensors on different grids, and the operators that only move codes. */
import { outputElements } from '../../network/operation-counts.ts';
import { rescale, toFixedPoint, type FixedPoint } from '../fixed-point.ts';
import type { IntegerOperation, Quantisation } from '../integer-network.ts';
import type { Step } from './step.ts';

/** Bits of head room that ADD gives its inputs before it brings them to a common scale. */
export const LEFT_SHIFT = 20;

/** The rescalings of ADD: of each input to twice the larger input scale, and of their sum to the output grid. */
export function additionScales(
  first: Quantisation,
  second: Quantisation,
  output: Quantisation,
): { readonly left: FixedPoint; readonly right: FixedPoint; readonly result: FixedPoint } {
  const common = 2 * Math.max(first.scale, second.scale);
  return {
    left: toFixedPoint(first.scale / common),
    right: toFixedPoint(second.scale / common),
    result: toFixedPoint(common / (2 ** LEFT_SHIFT * output.scale)),
  };
}

/** ADD: both inputs on twice the larger input scale, added, then rescaled to the output grid. */
export function add(one: IntegerOperation, [first, second]: readonly Quantisation[]): Step {
  const { operation, output, clamp } = one;
  const elements = outputElements(operation);
  const { left, right, result } = additionScales(first!, second!, output);
  const table = (grid: Quantisation, { multiplier, shift }: FixedPoint): Int32Array =>
    Int32Array.from({ length: 256 }, (_, code) =>
      rescale((code - 128 - grid.zeroPoint) * 2 ** LEFT_SHIFT, multiplier, shift),
    );
  const leftTable = table(first!, left),
    rightTable = table(second!, right);
  return ([a, b], target) => {
    for (let i = 0; i < elements; i++) {
      const sum = leftTable[a![i]! + 128]! + rightTable[b![i]! + 128]!;
      const code = rescale(sum, result.multiplier, result.shift) + output.zeroPoint;
      target[i] = code < clamp.min ? clamp.min : code > clamp.max ? clamp.max : code;
    }
  };
}

/** RESHAPE. */
export function flatten(): Step {
  return ([source], target) => {
    target.set(source!);
  };
}

/**
 * DEPTH_TO_SPACE: channel (dy * block + dx) * outChannels + c of a position becomes channel c of position (dy, dx) of
 * its block.
 */
export function depthToSpace(one: IntegerOperation): Step {
  const { factor, inSize, inChannels, outChannels, outSize } = one.operation;
  return ([source], target) => {
    for (let y = 0; y < outSize.height; y++)
      for (let x = 0; x < outSize.width; x++) {
        const block = (y % factor) * factor + (x % factor);
        const read =
          (Math.floor(y / factor) * inSize.width + Math.floor(x / factor)) * inChannels + block * outChannels;
        target.set(source!.subarray(read, read + outChannels), (y * outSize.width + x) * outChannels);
      }
  };
}
