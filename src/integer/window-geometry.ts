/** Where a window starts, how much padding is around a map, and the shape of an operation's weights. */
import type { Operation } from '../network/types.ts';
import type { IntegerOperation } from './integer-network.ts';

export interface PaddingBefore {
  readonly top: number;
  readonly left: number;
}

function before(input: number, output: number, kernel: number, stride: number, dilation: number): number {
  return Math.floor(Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input) / 2);
}

/** Rows and columns of padding before the map ("same" puts the odd one after; "valid" has none). */
export function paddingBefore(operation: Operation): PaddingBefore {
  if (operation.padding === 'valid') return { top: 0, left: 0 };
  const { inSize, outSize, kernel, stride, dilation } = operation;
  return {
    top: before(inSize.height, outSize.height, kernel.height, stride.height, dilation.height),
    left: before(inSize.width, outSize.width, kernel.width, stride.width, dilation.width),
  };
}

/** The same of an operation of an imported network, which may have padding of its own. */
export const padsBefore = ({ operation, pads }: IntegerOperation): PaddingBefore => pads ?? paddingBefore(operation);

/** A global average as the pooling operation over a window of the whole map. */
export function wholeMapPool(operation: Operation): Operation {
  const one = { height: 1, width: 1 };
  return { ...operation, kind: 'average-pool', kernel: operation.inSize, stride: one, dilation: one, padding: 'valid' };
}
