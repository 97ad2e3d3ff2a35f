/** Builds the tables of a TFLite model: buffers, tensors, operator codes and operators of one subgraph. */
import * as flatbuffers from 'flatbuffers';
import type { Quantisation } from '../../integer/integer-network.ts';
import {
  Buffer,
  type BuiltinOperator,
  BuiltinOptions,
  Metadata,
  Model,
  Operator,
  OperatorCode,
  QuantizationParameters,
  SubGraph,
  Tensor,
  TensorType,
} from './tflite-schema.generated.ts';

/** Schema version of every TFLite file. */
const MODEL_VERSION = 3;
const FILE_IDENTIFIER = 'TFL3';
/** Alignment of constant data within the file, as the runtimes expect it. */
const DATA_ALIGNMENT = 16;
/** The old operator field is one byte: codes from here on put this there and stand in the new field. */
const PLACEHOLDER_FOR_GREATER_CODES = 127;

export interface TensorOptions {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Scales and zero points: one, or one per channel along `dimension`. */
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly dimension?: number;
  readonly data?: Int8Array | Int32Array | BigInt64Array | Float32Array | Uint8Array | Uint16Array;
}

export interface OperatorOptions {
  readonly code: BuiltinOperator;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The option table, already written. */
  readonly optionsType?: BuiltinOptions;
  readonly options?: flatbuffers.Offset;
}

/** Collects what a model consists of; `finish` writes the file. */
export class ModelBuilder {
  readonly flat = new flatbuffers.Builder(1 << 16);
  readonly #buffers: flatbuffers.Offset[] = [];
  readonly #tensors: flatbuffers.Offset[] = [];
  readonly #operators: flatbuffers.Offset[] = [];
  readonly #codes: { code: BuiltinOperator; version: number }[] = [];
  readonly #metadata: flatbuffers.Offset[] = [];

  constructor() {
    this.#buffers.push(Buffer.createBuffer(this.flat, 0)); // Buffer 0 is the empty one of tensors without data.
  }

  #addBuffer(bytes: Uint8Array): number {
    const { flat } = this;
    flat.prep(DATA_ALIGNMENT, bytes.length); // createByteVector cannot be told an alignment, but keeps one
    return this.#buffers.push(Buffer.createBuffer(flat, flat.createByteVector(bytes))) - 1;
  }

  /** Adds a tensor and returns its index. */
  tensor({ name, shape, type, scales, zeroPoints, dimension = 0, data }: TensorOptions): number {
    const { flat } = this;
    const buffer = data ? this.#addBuffer(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : 0;
    let quantization = 0;
    if (scales) {
      const scaleVector = QuantizationParameters.createScaleVector(flat, [...scales]);
      const zeroVector = QuantizationParameters.createZeroPointVector(
        flat,
        (zeroPoints ?? scales.map(() => 0)).map(BigInt),
      );
      quantization = QuantizationParameters.createQuantizationParameters(
        flat,
        0,
        0,
        scaleVector,
        zeroVector,
        0,
        0,
        dimension,
      );
    }
    const shapeVector = Tensor.createShapeVector(flat, [...shape]);
    const nameText = flat.createString(name);
    Tensor.startTensor(flat);
    Tensor.addShape(flat, shapeVector);
    Tensor.addType(flat, type);
    Tensor.addBuffer(flat, buffer);
    Tensor.addName(flat, nameText);
    if (quantization) Tensor.addQuantization(flat, quantization);
    return this.#tensors.push(Tensor.endTensor(flat)) - 1;
  }

  /** Adds an int8 activation tensor. */
  activation(name: string, shape: readonly number[], { scale, zeroPoint }: Quantisation): number {
    return this.tensor({ name, shape, type: TensorType.INT8, scales: [scale], zeroPoints: [zeroPoint] });
  }

  /** Adds a constant int32 vector (a shape or axes). */
  constant(name: string, values: readonly number[]): number {
    return this.tensor({ name, shape: [values.length], type: TensorType.INT32, data: Int32Array.from(values) });
  }

  operator({ code, version, inputs, outputs, optionsType = BuiltinOptions.NONE, options = 0 }: OperatorOptions): void {
    let index = this.#codes.findIndex((known) => known.code === code && known.version === version);
    if (index < 0) index = this.#codes.push({ code, version }) - 1;
    const { flat } = this;
    const inputVector = Operator.createInputsVector(flat, [...inputs]);
    const outputVector = Operator.createOutputsVector(flat, [...outputs]);
    this.#operators.push(Operator.createOperator(flat, index, inputVector, outputVector, optionsType, options));
  }

  /** Adds a named buffer that runtimes ignore. */
  metadata(name: string, content: string | Uint8Array): void {
    const buffer = this.#addBuffer(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    this.#metadata.push(Metadata.createMetadata(this.flat, this.flat.createString(name), buffer));
  }

  finish({
    name,
    description,
    inputs,
    outputs,
  }: {
    name: string;
    description: string;
    inputs: readonly number[];
    outputs: readonly number[];
  }): Uint8Array {
    const { flat } = this;
    const graph = SubGraph.createSubGraph(
      flat,
      SubGraph.createTensorsVector(flat, this.#tensors),
      SubGraph.createInputsVector(flat, [...inputs]),
      SubGraph.createOutputsVector(flat, [...outputs]),
      SubGraph.createOperatorsVector(flat, this.#operators),
      flat.createString(name),
    );
    const codes = this.#codes.map(({ code, version }) =>
      OperatorCode.createOperatorCode(flat, Math.min(code, PLACEHOLDER_FOR_GREATER_CODES), 0, version, code),
    );
    const model = Model.createModel(
      flat,
      MODEL_VERSION,
      Model.createOperatorCodesVector(flat, codes),
      Model.createSubgraphsVector(flat, [graph]),
      flat.createString(description),
      Model.createBuffersVector(flat, this.#buffers),
      0,
      Model.createMetadataVector(flat, this.#metadata),
    );
    flat.finish(model, FILE_IDENTIFIER);
    return flat.asUint8Array();
  }
}
