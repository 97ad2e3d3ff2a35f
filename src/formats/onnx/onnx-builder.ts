/** Collects nodes and constants of an ONNX graph. */
import type { Quantisation } from '../../integer/integer-network.ts';
import {
  ATTRIBUTE_TYPES,
  DATA_TYPES,
  type Attribute,
  type Dimension,
  type GraphMessage,
  type NodeMessage,
  type TensorMessage,
  type ValueInfo,
} from './onnx-messages.ts';

type AttributeValue = number | string | readonly number[];

function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_TYPES.int };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE_TYPES.string };
  return { name, ints: value, type: ATTRIBUTE_TYPES.ints };
}

type Constants = Float32Array | Int32Array | Int8Array | BigInt64Array;

function dataTypeOf(values: Constants): number {
  if (values instanceof Float32Array) return DATA_TYPES.float;
  if (values instanceof Int32Array) return DATA_TYPES.int32;
  return values instanceof BigInt64Array ? DATA_TYPES.int64 : DATA_TYPES.int8;
}

const bytesOf = (values: Constants): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Two 4-bit codes to a byte, the first in the low half. */
export function packInt4(codes: Int8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(codes.length / 2));
  codes.forEach((code, i) => {
    packed[i >> 1] = packed[i >> 1]! | ((code & 15) << (4 * (i & 1)));
  });
  return packed;
}

export class GraphBuilder {
  readonly #nodes: NodeMessage[] = [];
  readonly #constants = new Map<string, TensorMessage>();

  /** Adds a constant and returns its name; a name that is there already is not added again. */
  constant(name: string, dims: readonly number[], values: Constants): string {
    return this.#add({ name, dims, dataType: dataTypeOf(values), rawData: bytesOf(values) });
  }

  /** Adds constant codes of -7..7 (4-bit grid) as INT4. */
  int4(name: string, dims: readonly number[], codes: Int8Array): string {
    return this.#add({ name, dims, dataType: DATA_TYPES.int4, rawData: packInt4(codes) });
  }

  #add(tensor: TensorMessage): string {
    if (!this.#constants.has(tensor.name)) this.#constants.set(tensor.name, tensor);
    return tensor.name;
  }

  /** Adds a node with one output of the same name, and returns that name. */
  node(
    name: string,
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    this.#nodes.push({
      name,
      opType,
      input,
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
    return name;
  }

  /** QuantizeLinear and DequantizeLinear on one grid: the value as the chip has it. */
  onGrid(name: string, value: string, grid: Quantisation): string {
    const scale = this.constant(`${name}/scale`, [], Float32Array.of(grid.scale));
    const zero = this.constant(`${name}/zero_point`, [], Int8Array.of(grid.zeroPoint));
    const codes = this.node(`${name}/q`, 'QuantizeLinear', [value, scale, zero]);
    return this.node(`${name}/dq`, 'DequantizeLinear', [codes, scale, zero]);
  }

  finish(name: string, input: ValueInfo, output: ValueInfo): GraphMessage {
    return { name, node: this.#nodes, initializer: [...this.#constants.values()], input: [input], output: [output] };
  }
}

/** A float tensor with a free batch size. */
export function floatValue(name: string, sizes: readonly number[]): ValueInfo {
  const dim: Dimension[] = [{ param: 'N' }, ...sizes.map((value) => ({ value }))];
  return { name, type: { tensorType: { elemType: DATA_TYPES.float, shape: { dim } } } };
}
