/** A .tflite file as plain data: tensors with their quantisation and constants, operators with their option tables. */
import type * as flatbuffers from 'flatbuffers';
import { DamagedFileError, reasonOf } from '../../base/damage.ts';
import { sayKind } from '../../base/file-kinds.ts';
import { isPossibleShape } from '../reading/plausible.ts';
import { BoundedBuffer, EndsEarly } from './bounded.ts';
import {
  type Buffer,
  BuiltinOperator,
  Model,
  type Operator,
  type QuantizationParameters,
  type SubGraph,
  type Tensor,
  TensorType,
} from './tflite-schema.generated.ts';

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
  /** Is the content stored by a table of where it is not zero? Such tables are not read. */
  readonly sparse: boolean;
  /** Axes whose size the file leaves open; `shape` has 1 there. */
  readonly open: readonly number[];
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

interface OptionTable {
  __init(i: number, bb: flatbuffers.ByteBuffer): unknown;
}

export interface Graph {
  readonly description: string;
  readonly name: string;
  readonly tensors: readonly GraphTensor[];
  readonly operators: readonly GraphOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  /** Names of the operators of each further subgraph, by the subgraph's name. */
  readonly others: readonly { readonly name: string; readonly operators: readonly string[] }[];
}

const FILE_IDENTIFIER = 'TFL3';

/**
 * A vector of the file. A damaged file can claim any length: more entries than bytes are refused before they are
 * counted.
 */
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

/** Fields that the generated code leaves out: where a table has them, 0 if it does not. */
const FIELDS = { bufferOffset: 6, bufferSize: 8, sparsity: 16, shapeSignature: 18 } as const;

interface Table {
  readonly bb: flatbuffers.ByteBuffer | null;
  readonly bb_pos: number;
}

function fieldAt({ bb, bb_pos: at }: Table, field: keyof typeof FIELDS): number {
  const offset = bb!.__offset(at, FIELDS[field]);
  return offset === 0 ? 0 : at + offset;
}

/** A buffer's bytes, in the table or, in files above 2 GiB and some below, behind it. */
function contentOf(bytes: BoundedBuffer, buffer: Buffer): Uint8Array {
  const vector = bytes.__offset(buffer.bb_pos, 4);
  const inside = vector === 0 ? 0 : bytes.__vector_len(buffer.bb_pos + vector);
  if (inside > 0) return bytes.slice(bytes.__vector(buffer.bb_pos + vector), inside);
  const [offset, size] = [fieldAt(buffer, 'bufferOffset'), fieldAt(buffer, 'bufferSize')].map((at) =>
    at === 0 ? 0 : Number(bytes.readUint64(at)),
  ) as [number, number];
  return offset > 1 && size > 0 ? bytes.slice(offset, size) : new Uint8Array(0);
}

/** Axes of which the signature says that their size is open. */
function openAxes(vectors: Vectors, bytes: BoundedBuffer, tensor: Tensor): number[] {
  const at = fieldAt(tensor, 'shapeSignature');
  if (at === 0) return [];
  const start = bytes.__vector(at);
  return vectors.map(bytes.__vector_len(at), (i) => (bytes.readInt32(start + 4 * i) < 0 ? [i] : [])).flat();
}

function readTensor(vectors: Vectors, model: Model, tensor: Tensor, index: number): GraphTensor {
  const bytes = model.bb as BoundedBuffer;
  const quantization = tensor.quantization();
  const buffer = model.buffers(tensor.buffer());
  if (!buffer)
    throw new Error(`tensor ${index} names buffer ${tensor.buffer()}, the file has ${model.buffersLength()}`);
  return {
    index,
    name: tensor.name() ?? '',
    type: tensor.type(),
    shape: vectors.indices(tensor.shapeLength(), (i) => tensor.shape(i)),
    scales: Float32Array.from(vectors.map(quantization?.scaleLength() ?? 0, (i) => quantization!.scale(i) ?? 0)),
    zeroPoints: zeroPointsOf(vectors, quantization),
    dimension: quantization?.quantizedDimension() ?? 0,
    data: contentOf(bytes, buffer),
    sparse: fieldAt(tensor, 'sparsity') !== 0,
    open: openAxes(vectors, bytes, tensor),
  };
}

/** Older files carry the operator in the one-byte field only, newer ones in both: the larger is the operator. */
function readOperator(
  vectors: Vectors,
  model: Model,
  tensors: readonly GraphTensor[],
  operator: Operator,
  index: number,
): GraphOperator {
  const entry = model.operatorCodes(operator.opcodeIndex());
  if (!entry)
    throw new Error(
      `operator ${index} names code ${operator.opcodeIndex()}, the file has ${model.operatorCodesLength()}`,
    );
  const code = Math.max(entry.builtinCode(), entry.deprecatedBuiltinCode()) as BuiltinOperator;
  const outputs = vectors.indices(operator.outputsLength(), (i) => operator.outputs(i));
  return {
    index,
    code,
    layer: (tensors[outputs[0] ?? -1]?.name ?? '').split(';')[0]!,
    name:
      code === BuiltinOperator.CUSTOM
        ? `custom operator ${entry.customCode() ?? ''}`
        : (BuiltinOperator[code] ?? `operator ${code}`),
    inputs: vectors.indices(operator.inputsLength(), (i) => operator.inputs(i)),
    outputs,
    options: (table) => (operator.builtinOptions(table) as typeof table | null) ?? undefined,
  };
}

function readMetadata(vectors: Vectors, model: Model): Map<string, Uint8Array> {
  return new Map(
    vectors.map(model.metadataLength(), (i) => {
      const entry = model.metadata(i)!;
      const buffer = model.buffers(entry.buffer());
      return [entry.name() ?? '', buffer ? contentOf(model.bb as BoundedBuffer, buffer) : new Uint8Array(0)] as const;
    }),
  );
}

function checkIndices(graph: Graph): void {
  const { tensors } = graph;
  const uses = [
    ...graph.operators.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    ...graph.inputs,
    ...graph.outputs,
  ];
  const wrong = uses.find((index) => index >= tensors.length);
  if (wrong !== undefined) throw new Error(`tensor ${wrong} is used, the file has ${tensors.length}`);
}

function checkShapes({ tensors }: Graph): void {
  const wrong = tensors.find(({ shape }) => !isPossibleShape(shape));
  if (wrong) throw new Error(`tensor ${wrong.index} would be ${wrong.shape.slice(0, 8).join('x')}: it is damaged`);
}

function readSubgraph(vectors: Vectors, model: Model, subgraph: SubGraph): Graph {
  const tensors = vectors.map(subgraph.tensorsLength(), (i) => readTensor(vectors, model, subgraph.tensors(i)!, i));
  const graph: Graph = {
    description: model.description() ?? '',
    name: subgraph.name() ?? '',
    tensors,
    operators: vectors.map(subgraph.operatorsLength(), (i) =>
      readOperator(vectors, model, tensors, subgraph.operators(i)!, i),
    ),
    inputs: vectors.indices(subgraph.inputsLength(), (i) => subgraph.inputs(i)),
    outputs: vectors.indices(subgraph.outputsLength(), (i) => subgraph.outputs(i)),
    metadata: readMetadata(vectors, model),
    others: [],
  };
  checkIndices(graph);
  checkShapes(graph);
  return graph;
}

/** Operators that are whole networks, made by a compiler for one chip. */
const COMPILED: ReadonlyMap<string, string> = new Map([
  ['ethos-u', 'Vela, for an Ethos-U'],
  ['edgetpu-custom-op', 'the Edge TPU compiler'],
]);

function checkSource({ operators }: Graph): void {
  for (const { name } of operators) {
    const compiler = COMPILED.get(name.replace(/^custom operator /, ''));
    if (compiler !== undefined)
      throw new DamagedFileError(
        `this file has been compiled by ${compiler}: its layers are one stream of commands now. Give the .tflite that was compiled`,
      );
  }
}

/** Does a file say that it is a TFLite file? */
export const isTflite = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && new BoundedBuffer(bytes).__has_identifier(FILE_IDENTIFIER);

/**
 * Reads a .tflite file: its first subgraph, and what the others hold.
 * @throws DamagedFileError where the bytes are no TFLite file, one that was cut short, or a damaged or compiled one
 */
export function readGraph(bytes: Uint8Array): Graph {
  const buffer = new BoundedBuffer(bytes);
  if (!isTflite(bytes))
    throw new DamagedFileError(sayKind(bytes, `not a TFLite file: bytes 4 to 7 are not '${FILE_IDENTIFIER}'`));
  let graph: Graph;
  try {
    const model = Model.getRootAsModel(buffer);
    const vectors = new Vectors(bytes.length);
    const [first, ...others] = vectors.map(model.subgraphsLength(), (i) =>
      readSubgraph(vectors, model, model.subgraphs(i)!),
    );
    if (!first) throw new Error('it has no subgraph');
    graph = {
      ...first,
      others: others.map(({ name, operators }) => ({ name, operators: operators.map((operator) => operator.name) })),
    };
  } catch (error) {
    if (error instanceof EndsEarly)
      throw new DamagedFileError(
        `this TFLite file was cut short or is damaged: ${error.message}. Download or copy it again`,
        { cause: error },
      );
    throw new DamagedFileError(`this TFLite file cannot be read: ${reasonOf(error, bytes.length)}`, { cause: error });
  }
  checkSource(graph);
  return graph;
}
