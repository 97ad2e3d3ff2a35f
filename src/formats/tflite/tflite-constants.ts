/** Constants of a .tflite file as numbers, whatever type they are stored in. */
import { float16Values } from '../../base/float16.ts';
import type { Graph, GraphOperator, GraphTensor } from './tflite-graph.ts';
import { BuiltinOperator, TensorType } from './tflite-schema.generated.ts';

/** Bytes of one element; those of types that are not read are 0. */
const BYTES: Readonly<Partial<Record<TensorType, number>>> = {
  [TensorType.FLOAT32]: 4,
  [TensorType.FLOAT16]: 2,
  [TensorType.INT8]: 1,
  [TensorType.UINT8]: 1,
};

/** Bytes of a tensor as a buffer of its own, cut to whole elements. */
function ownBuffer({ data, type }: GraphTensor): ArrayBuffer {
  const bytes = BYTES[type] ?? 1;
  return data.slice(0, data.length - (data.length % bytes)).buffer as ArrayBuffer;
}

/** Real values of a float constant; undefined of other types. */
export function floatsOf(tensor: GraphTensor): Float32Array | undefined {
  if (tensor.type === TensorType.FLOAT32) return new Float32Array(ownBuffer(tensor));
  return tensor.type === TensorType.FLOAT16 ? float16Values(ownBuffer(tensor)) : undefined;
}

/** Two 4-bit codes to a byte, the first in the low half. */
function unpackInt4({ data, shape }: GraphTensor): Int8Array {
  const count = shape.reduce((product, size) => product * Math.max(1, size), 1);
  return Int8Array.from(
    { length: Math.min(count, 2 * data.length) },
    (_, i) => (((data[i >> 1]! >> (4 * (i & 1))) & 15) << 28) >> 28,
  );
}

/** Elements of one step along an axis. */
const strideOf = ({ shape, dimension }: GraphTensor): number =>
  shape.slice(dimension + 1).reduce((product, size) => product * size, 1);

function dequantised(codes: Int8Array | Uint8Array, tensor: GraphTensor): Float32Array {
  const { scales, zeroPoints, shape, dimension } = tensor;
  const stride = strideOf(tensor),
    channels = shape[dimension] ?? 1;
  return Float32Array.from(codes, (code, i) => {
    const channel = scales.length > 1 ? Math.floor(i / stride) % channels : 0;
    return (code - (zeroPoints[channel] ?? zeroPoints[0] ?? 0)) * (scales[channel] ?? 1);
  });
}

export type ConstantValues = { readonly codes: Int8Array } | { readonly real: Float32Array; readonly name: string };

/**
 * The values of weights in the order of the file: codes of a symmetric int8 (or narrower) grid, else real ones;
 * undefined of types that hold none.
 */
export function constantValues(tensor: GraphTensor): ConstantValues | undefined {
  const { type, scales, zeroPoints } = tensor;
  const name = TensorType[type];
  const real = floatsOf(tensor);
  if (real) return { real, name };
  if (scales.length === 0) return undefined;
  const symmetric = zeroPoints.every((zero) => zero === 0) && scales.every((scale) => scale > 0);
  if (type === TensorType.INT8 || type === TensorType.INT4) {
    const codes = type === TensorType.INT4 ? unpackInt4(tensor) : new Int8Array(ownBuffer(tensor));
    return symmetric ? { codes } : { real: dequantised(codes, tensor), name: `${name} with a zero point other than 0` };
  }
  return type === TensorType.UINT8 ? { real: dequantised(new Uint8Array(ownBuffer(tensor)), tensor), name } : undefined;
}

/** A graph without the operators that only make floats of constants: who reads their output reads the constant. */
export function foldConstants(graph: Graph): Graph {
  const tensors = [...graph.tensors];
  const folds = ({ code, inputs, outputs }: GraphOperator): boolean => {
    const [from, to] = [tensors[inputs[0] ?? -1], tensors[outputs[0] ?? -1]];
    if (
      (code !== BuiltinOperator.DEQUANTIZE && code !== BuiltinOperator.DENSIFY) ||
      !from ||
      !to ||
      from.data.length === 0
    )
      return false;
    tensors[to.index] = { ...from, index: to.index, name: to.name, shape: to.shape };
    return true;
  };
  return { ...graph, operators: graph.operators.filter((operator) => !folds(operator)), tensors };
}
