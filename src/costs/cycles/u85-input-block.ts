/** The block of inputs that a block of outputs needs on an Ethos-U85. Facts: Arm Vela 5.2. */
import type { Operation, Size2D } from '../../network/types.ts';
import type { ComputeBlock, MicroBlock } from '../../targets/cycle-engines.ts';
import { roundUp } from '../../base/round.ts';
import type { Extent } from './transfers.ts';

/** The largest block of outputs. */
export const MOST = { height: 128, width: 128, depth: 1024 } as const;
export const DEPTH_STEP = 16;
export const ACCUMULATOR_BYTES = 4;
/** Largest part of a window that is read at once. */
export const SUB_KERNEL = 8;

/** What input buffers are filled in, by the channels of a block. */
export function inputUnit({ inputUnits }: ComputeBlock, depth: number): MicroBlock {
  return inputUnits[depth > 32 ? 2 : depth > 16 ? 1 : 0]!;
}

/** @param window the dilated kernel */
export function inputBlock(
  { stride }: Operation,
  window: Size2D,
  output: Size2D,
  unit: MicroBlock,
  depth: number,
): Extent {
  const rows = (output.height - 1) * stride.height + Math.min(window.height, SUB_KERNEL);
  const columns = (output.width - 1) * stride.width + Math.min(window.width, SUB_KERNEL);
  return { height: roundUp(rows, unit.height), width: roundUp(columns, unit.width), depth: roundUp(depth, unit.depth) };
}
