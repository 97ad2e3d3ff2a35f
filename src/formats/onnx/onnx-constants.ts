/** Constants of an ONNX file: numbers, and codes with their scales behind a DequantizeLinear. */
import { float16Values } from '../../base/float16.ts';
import { quantiseChannels, reordered, type CodedWeights } from '../reading/weight-codes.ts';
import type { ReadTensor } from './onnx-messages.ts';

export interface Constant {
  readonly dims: readonly number[];
  /** Row-major; codes where `scales` are there, else real values. */
  readonly values: Float32Array;
  readonly type: string;
  readonly scales?: Float32Array;
  readonly zeros?: Float32Array;
  /** Axis of several scales. */
  readonly axis?: number;
}

/** TensorProto.DataType of what is read; how raw bytes are viewed, and how many an element has. */
const TYPES: Readonly<
  Record<
    number,
    {
      readonly name: string;
      readonly bytes: number;
      readonly view: (buffer: ArrayBuffer) => ArrayLike<number | bigint>;
    }
  >
> = {
  1: { name: 'FLOAT', bytes: 4, view: (buffer) => new Float32Array(buffer) },
  2: { name: 'UINT8', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  3: { name: 'INT8', bytes: 1, view: (buffer) => new Int8Array(buffer) },
  6: { name: 'INT32', bytes: 4, view: (buffer) => new Int32Array(buffer) },
  7: { name: 'INT64', bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  10: { name: 'FLOAT16', bytes: 2, view: float16Values },
  11: { name: 'DOUBLE', bytes: 8, view: (buffer) => new Float64Array(buffer) },
};
const INT4 = 22;

const count = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** The values of a tensor. @throws Error saying what about it cannot be read */
export function constantOf({
  dims,
  dataType,
  rawData,
  floatData,
  int32Data,
  int64Data,
  dataLocation,
  name,
}: ReadTensor): Constant {
  if (dataLocation === 1)
    throw new Error(
      `tensor '${name}' lies in another file: save the model with its weights inside (onnx.save without save_as_external_data)`,
    );
  const wanted = count(dims);
  if (dataType === INT4) {
    const codes = Float32Array.from(
      { length: Math.min(wanted, 2 * rawData.length) },
      (_, i) => (((rawData[i >> 1]! >> (4 * (i & 1))) & 15) << 28) >> 28,
    );
    return { dims, values: codes, type: 'INT4' };
  }
  const type = TYPES[dataType];
  if (!type) throw new Error(`tensor '${name}' has element type ${dataType}, which cannot be read`);
  const typed =
    floatData.length > 0
      ? floatData
      : int64Data.length > 0
        ? int64Data
        : dataType === 10
          ? float16Values(Uint16Array.from(int32Data).buffer)
          : int32Data;
  const given: ArrayLike<number | bigint> =
    rawData.length > 0
      ? type.view(new Uint8Array(rawData.subarray(0, rawData.length - (rawData.length % type.bytes))).buffer)
      : typed;
  if (given.length !== wanted)
    throw new Error(`tensor '${name}' has ${given.length} values, its shape ${dims.join('x')} needs ${wanted}`);
  return { dims, values: Float32Array.from(given as ArrayLike<number>, Number), type: type.name };
}

/** Real values of codes. */
export function realValues({ values, dims, scales, zeros, axis = 0 }: Constant): Float32Array {
  if (!scales) return values;
  const stride = count(dims.slice(axis + 1)),
    channels = dims[axis] ?? 1;
  return values.map((code, i) => {
    const channel = scales.length > 1 ? Math.floor(i / stride) % channels : 0;
    return (code - (zeros?.[channel] ?? zeros?.[0] ?? 0)) * (scales[channel] ?? 1);
  });
}

/**
 * The weights of `channels` outputs, OHWI. `order`: where each stands among the values.
 * `rounded` is told of weights that are no symmetric int8, by what they are.
 */
export function codedConstant(
  constant: Constant,
  channels: number,
  order: (index: number) => number,
  rounded: (type: string) => void,
): CodedWeights {
  const { values, scales, zeros, type } = constant;
  const narrow = type === 'INT8' || type === 'INT4';
  if (
    narrow &&
    scales &&
    zeros?.every((zero) => zero === 0) !== false &&
    (scales.length === 1 || scales.length === channels)
  ) {
    return {
      codes: Int8Array.from(reordered(values, order)),
      steps: scales.length === channels ? scales : new Float32Array(channels).fill(scales[0]!),
    };
  }
  rounded(scales && narrow ? `${type} with a zero point other than 0` : type);
  return quantiseChannels(reordered(realValues(constant), order), channels);
}
