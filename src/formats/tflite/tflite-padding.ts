/** Explicit padding in a file: a PAD before a convolution without padding of its own. */
import type { MapPadding } from '../../integer/integer-network.ts';
import type { Graph, GraphOperator, GraphTensor } from './tflite-graph.ts';
import { TensorType } from './tflite-schema.generated.ts';

/** The whole numbers of a constant of either width, or undefined where it is none. */
export function integersOf(tensor: GraphTensor | undefined): number[] | undefined {
  if (!tensor || tensor.data.length === 0) return undefined;
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  if (tensor.type === TensorType.INT32)
    return Array.from({ length: Math.floor(view.byteLength / 4) }, (_, i) => view.getInt32(4 * i, true));
  if (tensor.type === TensorType.INT64)
    return Array.from({ length: Math.floor(view.byteLength / 8) }, (_, i) => Number(view.getBigInt64(8 * i, true)));
  return undefined;
}

/**
 * What a PAD adds to a map of 3 (one row) or 4 axes, or undefined where it is no constant or adds to batch or channels.
 */
export function padOf({ tensors }: Graph, { inputs }: GraphOperator): MapPadding | undefined {
  const amounts = integersOf(tensors[inputs[1] ?? -1]);
  if (amounts?.length !== 8 && amounts?.length !== 6) return undefined;
  const axes = amounts.length / 2,
    across = 2 * (axes - 2);
  const [top, bottom] = axes === 4 ? [amounts[2]!, amounts[3]!] : [0, 0];
  const outside = [amounts[0], amounts[1], amounts.at(-2), amounts.at(-1)];
  return outside.every((amount) => amount === 0) && Math.min(...amounts) >= 0
    ? { top, bottom, left: amounts[across]!, right: amounts[across + 1]! }
    : undefined;
}
