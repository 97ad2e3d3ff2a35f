/** A .tflite file as an integer network, with notes on what was left out. */
import { sameGrid } from '../../integer/grid.ts';
import type { IntegerNetwork, IntegerOperation, Quantisation } from '../../integer/types.ts';
import type { Operation } from '../../model/types.ts';
import { foldDepthToSpace } from './fold.ts';
import { readGraph, type Graph, type GraphOperator, type GraphTensor } from './graph.ts';
import { IMPORTERS, unsupported, type ImportContext, type MapShape } from './importers.ts';
import { padOf, type MapPadding } from './padding.ts';
import { BuiltinOperator, TensorType } from './schema.generated.ts';

export interface ImportedModel {
  readonly network: IntegerNetwork;
  readonly description: string;
  /** Texts kept in the file, by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What of the file is not in the network, in sentences. */
  readonly notes: readonly string[];
}

/** Operators at the border of a network that neither hold weights nor change which class wins. */
const BEFORE: ReadonlySet<BuiltinOperator> = new Set([BuiltinOperator.QUANTIZE]);
const AFTER: ReadonlySet<BuiltinOperator> = new Set([BuiltinOperator.SOFTMAX, BuiltinOperator.DEQUANTIZE, BuiltinOperator.QUANTIZE]);

/** Operators that may read what a PAD puts out: it becomes their own padding. */
const PADDED: ReadonlySet<BuiltinOperator> = new Set([BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D]);

/** Names that UDC's own exports give to tensors: '<layer>/<op>/<part>'. */
const OWN_NAME = /^([A-Za-z][A-Za-z0-9_-]{0,63})\/[a-z-]+\/[a-z0-9-]+$/;

const elements = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

function mapShape({ shape, name, index }: GraphTensor): MapShape {
  const rank = shape.length;
  if (rank === 2 && shape[0] === 1) return { size: { height: 1, width: 1 }, channels: shape[1]! };
  if (rank === 4 && shape[0] === 1) return { size: { height: shape[1]!, width: shape[2]! }, channels: shape[3]! };
  throw new Error(`tensor ${index} (${name}) is ${shape.join('x')}: 1 x height x width x channels or 1 x channels expected`);
}

function gridOf({ scales, zeroPoints, type, name, index }: GraphTensor): Quantisation {
  if (type !== TensorType.INT8 || scales.length !== 1) throw new Error(`tensor ${index} (${name}) is ${TensorType[type]}${scales.length === 1 ? '' : ' without a scale'}: only fully int8 networks can be read`);
  return { scale: scales[0]!, zeroPoint: zeroPoints[0] ?? 0 };
}

class Importer {
  readonly #graph: Graph;
  readonly #notes: string[] = [];
  readonly #operations: IntegerOperation[] = [];
  /** Activation tensor -> operation that made it; -1 is the network's input. */
  readonly #makers = new Map<number, number>();
  /** Output of a PAD -> what it adds to which tensor. */
  readonly #pads = new Map<number, { readonly pad: MapPadding; readonly of: GraphTensor }>();
  readonly #counts = new Map<string, number>();
  readonly #layers: string[] = [];
  #input: GraphTensor;

  constructor(graph: Graph) {
    this.#graph = graph;
    const { inputs, outputs, tensors } = graph;
    if (inputs.length !== 1 || outputs.length !== 1) throw new Error(`the network has ${inputs.length} inputs and ${outputs.length} outputs; one of each expected`);
    this.#input = tensors[inputs[0]!]!;
  }

  run(): ImportedModel {
    this.#makers.set(this.#input.index, -1);
    for (const operator of this.#graph.operators) this.#import(operator);
    if (this.#pads.has(this.#graph.outputs[0]!)) throw new Error('the network ends in a PAD: only convolutions can read one');
    if (this.#operations.length === 0) throw new Error('the network has no operators');
    const { size, channels } = mapShape(this.#input);
    const name = this.#graph.name && this.#graph.name !== 'main' ? this.#graph.name : 'imported';
    const architecture = { name, input: { ...size, channels }, operations: this.#operations.map(({ operation }) => operation) };
    const decoder = new TextDecoder();
    return {
      network: { architecture, input: gridOf(this.#input), operations: this.#operations },
      description: this.#graph.description, notes: this.#notes,
      metadata: new Map([...this.#graph.metadata].map(([key, bytes]) => [key, decoder.decode(bytes).replace(/\0+$/, '')])),
    };
  }

  #import(operator: GraphOperator): void {
    const { tensors } = this.#graph;
    const output = tensors[operator.outputs[0] ?? -1];
    if (!output || operator.outputs.length !== 1) throw unsupported(operator, `${operator.outputs.length} outputs, one expected`);
    const activations = operator.inputs.filter((index) => this.#makers.has(index));
    const source = tensors[activations[0] ?? -1];
    if (!source) throw unsupported(operator, 'it reads nothing that was computed before it');
    if (activations.some((index) => this.#pads.has(index)) && !PADDED.has(operator.code)) throw unsupported(operator, 'it reads a map with a PAD around it: only convolutions can');
    if (this.#passes(operator, source, output) || this.#isPad(operator, source, output)) return;
    const padded = this.#pads.get(source.index);
    const importer = IMPORTERS.get(operator.code);
    if (!importer) throw unsupported(operator, `not supported; the operators that can be read are ${[...IMPORTERS.keys()].map((code) => BuiltinOperator[code]).join(', ')}`);
    const one = importer({
      graph: this.#graph, operator, identity: this.#identity(operator, output),
      sources: activations.map((index) => this.#makers.get(index)!), ...this.#maps(operator, padded?.of ?? source, output), pad: padded?.pad,
    });
    this.#makers.set(output.index, this.#operations.push(one) - 1);
  }

  #maps(operator: GraphOperator, input: GraphTensor, output: GraphTensor): Pick<ImportContext, 'shape' | 'grids'> {
    try {
      return { shape: { input: mapShape(input), output: mapShape(output) }, grids: { input: gridOf(input), output: gridOf(output) } };
    } catch (error) {
      throw unsupported(operator, error instanceof Error ? error.message : String(error));
    }
  }

  /** Lets what only changes a shape's rank or stands at the border pass: its output is its input. */
  #passes(operator: GraphOperator, source: GraphTensor, output: GraphTensor): boolean {
    const before = BEFORE.has(operator.code) && this.#operations.length === 0;
    const after = AFTER.has(operator.code) && this.#isLast(output);
    const sameVector = operator.code === BuiltinOperator.RESHAPE && source.shape.at(-1) === elements(source.shape);
    if (!before && !after && !sameVector) return false;
    if (before) this.#input = output;
    if (!sameVector) this.#notes.push(`${operator.name} ${before ? 'before the first' : 'after the last'} layer is left out`);
    this.#makers.set(output.index, this.#makers.get(source.index)!);
    return true;
  }

  /** Keeps a PAD for the convolution that reads it. */
  #isPad(operator: GraphOperator, source: GraphTensor, output: GraphTensor): boolean {
    if (operator.code !== BuiltinOperator.PAD) return false;
    const pad = padOf(this.#graph, operator);
    if (!pad || !sameGrid(gridOf(source), gridOf(output))) throw unsupported(operator, 'only constant zeros around height and width can be read, on the grid of the map');
    this.#pads.set(output.index, { pad, of: source });
    this.#makers.set(output.index, this.#makers.get(source.index)!);
    return true;
  }

  /** Is a tensor the network's output, or followed only by operators of the border? */
  #isLast({ index }: GraphTensor): boolean {
    return index === this.#graph.outputs[0] || this.#graph.operators.some(({ code, inputs }) => inputs.includes(index) && AFTER.has(code));
  }

  #identity(operator: GraphOperator, output: GraphTensor): Pick<Operation, 'id' | 'layer' | 'layerName'> {
    const own = OWN_NAME.exec(output.name);
    const layerName = own ? own[1]! : this.#numbered(operator);
    if (!this.#layers.includes(layerName)) this.#layers.push(layerName);
    return { id: own ? output.name : `${layerName}/${operator.name.toLowerCase()}`, layer: this.#layers.indexOf(layerName), layerName };
  }

  #numbered(operator: GraphOperator): string {
    const base = operator.name.toLowerCase().replace(/_2d$/, '').replace(/[^a-z0-9]+/g, '-');
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return `${base}${count}`;
  }
}

/**
 * Reads a fully int8 .tflite file. Operators are found in either of the two fields that files use for them.
 * Throws Error naming the operator or tensor that cannot be read.
 */
export function readTflite(bytes: Uint8Array): ImportedModel {
  return new Importer(foldDepthToSpace(readGraph(bytes))).run();
}
