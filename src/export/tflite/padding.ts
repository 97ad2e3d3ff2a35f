/** Explicit padding in a file: a PAD before a convolution without padding of its own. */
import type { Size2D } from '../../model/types.ts';
import type { Graph, GraphOperator } from './graph.ts';
import { TensorType } from './schema.generated.ts';

/** Rows and columns of zeros around a map. */
export interface MapPadding { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number }

/** What a PAD adds to a map, or undefined where it is no constant or adds to batch or channels. */
export function padOf({ tensors }: Graph, { inputs }: GraphOperator): MapPadding | undefined {
  const amounts = tensors[inputs[1] ?? -1];
  if (!amounts || amounts.type !== TensorType.INT32 || amounts.data.byteLength !== 8 * 4) return undefined;
  const [n0, n1, top, bottom, left, right, c0, c1] = new Int32Array(amounts.data.slice().buffer) as unknown as number[];
  return n0 === 0 && n1 === 0 && c0 === 0 && c1 === 0 && Math.min(top!, bottom!, left!, right!) >= 0 ? { top: top!, bottom: bottom!, left: left!, right: right! } : undefined;
}

interface Window { readonly kernel: Size2D; readonly stride: Size2D; readonly dilation: Size2D }

/** What TensorFlow's SAME adds to a map of `size`: the odd one out goes below and to the right. */
export function samePadding(size: Size2D, { kernel, stride, dilation }: Window): MapPadding {
  const along = (side: 'height' | 'width'): [number, number] => {
    const total = Math.max(0, (Math.ceil(size[side] / stride[side]) - 1) * stride[side] + (kernel[side] - 1) * dilation[side] + 1 - size[side]);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [top, bottom] = along('height'), [left, right] = along('width');
  return { top, bottom, left, right };
}

export const samePads = (a: MapPadding, b: MapPadding): boolean => a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;

export const padText = ({ top, bottom, left, right }: MapPadding): string => `${top} above, ${bottom} below, ${left} left, ${right} right`;
