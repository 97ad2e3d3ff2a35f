/** A .tflite file as plain data: tensors with their quantisation and constants, operators with their option tables. */
import * as flatbuffers from 'flatbuffers';
import { BuiltinOperator, Model, type Operator, type QuantizationParameters, type SubGraph, type Tensor, TensorType } from './schema.generated.ts';

export interface GraphTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly scales: Float32Array;
  readonly zeroPoints: readonly number[];
  /** Axis of per-channel scales. */
  readonly dimension: number;
  /** Constant content; empty for activations. */
  readonly data: Uint8Array;
}

export interface GraphOperator {
  readonly index: number;
  readonly code: BuiltinOperator;
  /** 'CONV_2D', or the name of a custom operator. */
  readonly name: string;
  /** What the file calls the layer: the name of the operator's first output, up to the names that converters append. */
  readonly layer: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Fills an option table object of the type that the operator has; undefined where the file has none. */
  options<T extends OptionTable>(table: T): T | undefined;
}

interface OptionTable { __init(i: number, bb: flatbuffers.ByteBuffer): unknown }

export interface Graph {
  readonly description: string;
  readonly name: string;
  readonly tensors: readonly GraphTensor[];
  readonly operators: readonly GraphOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

const FILE_IDENTIFIER = 'TFL3';

/** A vector of the file. A damaged file can claim any length: more entries than bytes are refused before they are counted. */
class Vectors {
  constructor(readonly bytes: number) {}

  map<T>(length: number, at: (i: number) => T): T[] {
    if (length < 0 || length > this.bytes) throw new Error(`a vector of ${length} entries in ${this.bytes} bytes`);
    return Array.from({ length }, (_, i) => at(i));
  }

  indices(length: number, at: (i: number) => number | null): number[] {
    return this.map(length, (i) => at(i) ?? -1);
  }
}

function zeroPointsOf(vectors: Vectors, quantization: QuantizationParameters | null): number[] {
  return vectors.map(quantization?.zeroPointLength() ?? 0, (i) => Number(quantization!.zeroPoint(i)));
}

function readTensor(vectors: Vectors, model: Model, tensor: Tensor, index: number): GraphTensor {
  const quantization = tensor.quantization();
  const buffer = model.buffers(tensor.buffer());
  if (!buffer) throw new Error(`tensor ${index} names buffer ${tensor.buffer()}, the file has ${model.buffersLength()}`);
  return {
    index, name: tensor.name() ?? '', type: tensor.type(),
    shape: vectors.indices(tensor.shapeLength(), (i) => tensor.shape(i)),
    scales: Float32Array.from(quantization?.scaleArray() ?? []), zeroPoints: zeroPointsOf(vectors, quantization), dimension: quantization?.quantizedDimension() ?? 0,
    data: buffer.dataArray() ?? new Uint8Array(0),
  };
}

/** Older files carry the operator in the one-byte field only, newer ones in both: the larger is the operator. */
function readOperator(vectors: Vectors, model: Model, tensors: readonly GraphTensor[], operator: Operator, index: number): GraphOperator {
  const entry = model.operatorCodes(operator.opcodeIndex());
  if (!entry) throw new Error(`operator ${index} names code ${operator.opcodeIndex()}, the file has ${model.operatorCodesLength()}`);
  const code = Math.max(entry.builtinCode(), entry.deprecatedBuiltinCode()) as BuiltinOperator;
  const outputs = vectors.indices(operator.outputsLength(), (i) => operator.outputs(i));
  return {
    index, code, layer: (tensors[outputs[0] ?? -1]?.name ?? '').split(';')[0]!, name: code === BuiltinOperator.CUSTOM ? `custom operator ${entry.customCode() ?? ''}` : BuiltinOperator[code] ?? `operator ${code}`,
    inputs: vectors.indices(operator.inputsLength(), (i) => operator.inputs(i)), outputs,
    options: (table) => (operator.builtinOptions(table) as typeof table | null) ?? undefined,
  };
}

function readMetadata(vectors: Vectors, model: Model): Map<string, Uint8Array> {
  return new Map(vectors.map(model.metadataLength(), (i) => {
    const entry = model.metadata(i)!;
    return [entry.name() ?? '', model.buffers(entry.buffer())?.dataArray() ?? new Uint8Array(0)] as const;
  }));
}

function checkIndices(graph: Graph): void {
  const { tensors } = graph;
  const uses = [...graph.operators.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]), ...graph.inputs, ...graph.outputs];
  const wrong = uses.find((index) => index >= tensors.length);
  if (wrong !== undefined) throw new Error(`tensor ${wrong} is used, the file has ${tensors.length}`);
}

function readSubgraph(vectors: Vectors, model: Model, subgraph: SubGraph): Graph {
  const tensors = vectors.map(subgraph.tensorsLength(), (i) => readTensor(vectors, model, subgraph.tensors(i)!, i));
  const graph: Graph = {
    description: model.description() ?? '', name: subgraph.name() ?? '',
    tensors,
    operators: vectors.map(subgraph.operatorsLength(), (i) => readOperator(vectors, model, tensors, subgraph.operators(i)!, i)),
    inputs: vectors.indices(subgraph.inputsLength(), (i) => subgraph.inputs(i)), outputs: vectors.indices(subgraph.outputsLength(), (i) => subgraph.outputs(i)),
    metadata: readMetadata(vectors, model),
  };
  checkIndices(graph);
  return graph;
}

/** Reads the first subgraph of a .tflite file. Throws Error where the bytes are no TFLite file or a damaged one. */
export function readGraph(bytes: Uint8Array): Graph {
  const buffer = new flatbuffers.ByteBuffer(bytes);
  if (bytes.length < 8 || !buffer.__has_identifier(FILE_IDENTIFIER)) throw new Error(`not a TFLite file: bytes 4 to 7 are not '${FILE_IDENTIFIER}'`);
  let graph: Graph;
  try {
    const model = Model.getRootAsModel(buffer);
    if (model.subgraphsLength() !== 1) throw new Error(`${model.subgraphsLength()} subgraphs, one expected`);
    graph = readSubgraph(new Vectors(bytes.length), model, model.subgraphs(0)!);
  } catch (error) {
    throw new Error(`this TFLite file cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return graph;
}
