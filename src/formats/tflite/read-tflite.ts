/**
 * A .tflite file as an integer network: what of it is left out, what only stands for an operator, what a definition
 * cannot have.
 */
import { sameGrid } from '../../integer/activation-grid.ts';
import type { MapPadding, Quantisation } from '../../integer/integer-network.ts';
import type { Activation, Operation } from '../../network/types.ts';
import { DamagedFileError, reasonOf } from '../../base/damage.ts';
import { outOfMemory } from '../../base/memory-limits.ts';
import { METADATA_KEY } from '../../reports/metadata.ts';
import type { ImportedModel } from '../reading/imported-model.ts';
import { areOwnNames, Operations, type Identity, type MapShape } from '../reading/operations.ts';
import { foldConstants } from './tflite-constants.ts';
import { foldDepthToSpace } from './fold.ts';
import { readGraph, type Graph, type GraphOperator, type GraphTensor } from './tflite-graph.ts';
import { IMPORTERS, unsupported, type ImportContext } from './tflite-importers.ts';
import { padOf } from './tflite-padding.ts';
import { BuiltinOperator as Op, FullyConnectedOptions, TensorType } from './tflite-schema.generated.ts';
import { elements, elementsOf, isView, mapShape, sameMap } from './tflite-shapes.ts';
import { ALL_CODES, withStage } from './tflite-stages.ts';
import { otherSubgraphs, precisionOf } from './tflite-words.ts';

export type { ImportedModel } from '../reading/imported-model.ts';

/** Operators at the end of a network that neither hold weights nor change which class wins. */
const AFTER: ReadonlySet<Op> = new Set([
  Op.SOFTMAX,
  Op.LOG_SOFTMAX,
  Op.LOGISTIC,
  Op.ARG_MAX,
  Op.DEQUANTIZE,
  Op.QUANTIZE,
]);

/** Operators that change the rank or the order of axes. */
const VIEWS: ReadonlySet<Op> = new Set([Op.RESHAPE, Op.SQUEEZE, Op.EXPAND_DIMS, Op.TRANSPOSE]);

/** Activation functions that stand alone, and what a layer before them has instead. */
const ALONE: ReadonlyMap<Op, Activation> = new Map([
  [Op.RELU, 'relu'],
  [Op.RELU6, 'relu6'],
]);

/** Operators that may read what a PAD puts out: it becomes their own padding. */
const PADDED: ReadonlySet<Op> = new Set([Op.CONV_2D, Op.DEPTHWISE_CONV_2D, Op.MAX_POOL_2D, Op.AVERAGE_POOL_2D]);

/** The grid of activations that are not int8: weights do not depend on it. Fine, so that biases keep their digits. */
const NO_GRID: Quantisation = { scale: 2 ** -10, zeroPoint: 0 };

/** What an activation tensor is: the output of an operation (-1: the network's input), seen as a map of some shape. */
interface Value {
  readonly operation: number;
  readonly map: MapShape;
  readonly grid: Quantisation;
  readonly pad?: MapPadding;
}

/** Names of what operators with weights put out. */
const namesOf = ({ operators, tensors }: Graph): readonly string[] =>
  operators.flatMap(({ inputs, outputs }) =>
    (tensors[inputs[1] ?? -1]?.data.length ?? 0) > 0 && inputs.length > 2
      ? [tensors[outputs[0] ?? -1]?.name ?? '']
      : [],
  );

class Importer {
  readonly #graph: Graph;
  readonly #notes: string[] = [];
  readonly #outside: { readonly before: string[]; readonly after: string[] } = { before: [], after: [] };
  readonly #operations: Operations;
  readonly #values = new Map<number, Value>();
  /** Tensors that hold sizes computed at run time. */
  readonly #sizes = new Set<number>();
  /** What weights and activations are that are not int8. */
  readonly #weightTypes = new Set<string>();
  readonly #activationTypes = new Set<string>();
  /** Of what the network is made: tensors of this many images are read as those of one. */
  readonly #batch: number;
  /** Who reads a tensor. */
  readonly #readers = new Map<number, GraphOperator[]>();
  /** Operators that only reshape the input. */
  readonly #views: string[] = [];
  /** Names of the operator that is read, until it is among the operations. */
  #pending: Identity | undefined;
  readonly #last = new Set<GraphOperator>();
  #input: GraphTensor;

  constructor(graph: Graph) {
    this.#graph = graph;
    const { inputs, tensors, metadata } = graph;
    const input = tensors[inputs[0] ?? -1];
    if (!input) throw new DamagedFileError('this TFLite file has no input');
    this.#input = input;
    this.#batch = input.shape.length > 1 ? input.shape[0]! : 1;
    this.#operations = new Operations(metadata.has(METADATA_KEY) || areOwnNames(namesOf(graph)));
    for (const operator of graph.operators) {
      for (const index of new Set(operator.inputs)) {
        const readers = this.#readers.get(index);
        if (readers) readers.push(operator);
        else this.#readers.set(index, [operator]);
      }
    }
  }

  /** From the end on, without recursion: chains may be long. Of operators in a circle, none is last. */
  #findLast(): void {
    for (const operator of this.#graph.operators.toReversed()) {
      const readers = operator.outputs.flatMap((index) => this.#readers.get(index) ?? []);
      if (readers.every((reader) => (AFTER.has(reader.code) || VIEWS.has(reader.code)) && this.#last.has(reader)))
        this.#last.add(operator);
    }
  }

  run(): ImportedModel {
    this.#findLast();
    const { inputs, outputs, operators, tensors, description, name, metadata, others } = this.#graph;
    for (const index of inputs) this.#values.set(index, { operation: -1, ...this.#seen(tensors[index]!) });
    for (const operator of operators) this.#import(operator);
    if (this.#operations.length === 0)
      throw new DamagedFileError('this TFLite file has no operators that could be sized');
    this.#about(inputs.length, outputs.length, others);
    const {
      map: { size, channels },
      grid,
    } = this.#seen(this.#input);
    const list = this.#operations.list;
    const architecture = {
      name: name && name !== 'main' ? name : 'imported',
      input: { ...size, channels },
      operations: list.map(({ operation }) => operation),
    };
    const decoder = new TextDecoder();
    const asIfInt8 = precisionOf(this.#weightTypes, this.#activationTypes);
    return {
      network: { architecture, input: grid, operations: list },
      description,
      notes: this.#notes,
      outside: this.#outside,
      obstacles: this.#operations.obstacles,
      ...(asIfInt8 !== undefined && { asIfInt8 }),
      metadata: new Map([...metadata].map(([key, bytes]) => [key, decoder.decode(bytes).replace(/\0+$/, '')])),
    };
  }

  /** Says of the file as a whole what a definition cannot have. */
  #about(inputs: number, outputs: number, others: Graph['others']): void {
    const { obstacles } = this.#operations;
    if (inputs !== 1 || outputs !== 1)
      obstacles.push(
        `the network has ${inputs} ${inputs === 1 ? 'input' : 'inputs'} and ${outputs} ${outputs === 1 ? 'output' : 'outputs'}; a definition has one of each`,
      );
    const given = this.#graph.tensors[this.#graph.inputs[0]!]!;
    if (this.#views.length > 0)
      this.#notes.push(
        `the input is ${given.shape.join('x')}; ${this.#views.join(', ')} makes it ${this.#input.shape.join('x')}, which the network here begins with`,
      );
    const open = this.#input.open.filter((axis) => axis > 0);
    if (open.length > 0)
      obstacles.push(
        `the input's size is open along axis ${open.join(', ')}: weights are sized, activations and MACs are those of one position; convert the network with a fixed input size`,
      );
    if (this.#batch > 1) {
      this.#notes.push(`made for ${this.#batch} inputs at a time; read for one`);
      this.#outside.before.push(`a batch of ${this.#batch}`);
    }
    const { note, obstacle } = otherSubgraphs(others);
    if (note !== undefined) this.#notes.push(note);
    if (obstacle !== undefined) obstacles.push(obstacle);
  }

  #import(operator: GraphOperator): void {
    const { tensors } = this.#graph;
    const outputs = operator.outputs.flatMap((index) => tensors[index] ?? []);
    const source = operator.inputs.find((index) => this.#values.has(index));
    if (this.#isOfSizes(operator, outputs)) return;
    const value = source === undefined ? undefined : this.#values.get(source)!;
    const [output] = outputs;
    if (!output) {
      this.#operations.obstacles.push(
        `operator ${operator.index} (${operator.name}): it keeps a state; a definition has none`,
      );
      return;
    }
    try {
      if (!value || outputs.length !== 1)
        throw unsupported(
          operator,
          value ? `${outputs.length} outputs, one expected` : 'it reads nothing that was computed before it',
        );
      const from = tensors[source!]!;
      const passed =
        this.#passes(operator, from, value, output) ??
        this.#padded(operator, value, output) ??
        this.#staged(operator, from, value, output);
      this.#values.set(output.index, passed ?? this.#operation(operator, value, output));
    } catch (error) {
      if (outOfMemory(error)) throw error;
      const problem = reasonOf(error);
      this.#standIn(
        operator,
        outputs,
        problem.startsWith('operator ') ? problem : unsupported(operator, problem).message,
      );
    }
  }

  /**
   * Operators that compute sizes for a RESHAPE, as Keras' Flatten has them: they are of no account where shapes are
   * known.
   */
  #isOfSizes({ code, inputs }: GraphOperator, outputs: readonly GraphTensor[]): boolean {
    const { tensors } = this.#graph;
    const known =
      inputs.length > 0 &&
      inputs.every((index) => index < 0 || this.#sizes.has(index) || tensors[index]!.data.length > 0);
    if (code !== Op.SHAPE && !(known && inputs.some((index) => this.#sizes.has(index)))) return false;
    for (const { index } of outputs) this.#sizes.add(index);
    return true;
  }

  #seen(tensor: GraphTensor): { map: MapShape; grid: Quantisation } {
    return {
      map: mapShape(tensor, this.#batch) ?? { size: { height: 1, width: 1 }, channels: elementsOf(tensor) },
      grid: this.#gridOf(tensor),
    };
  }

  #gridOf({ scales, zeroPoints, type }: GraphTensor): Quantisation {
    if (type === TensorType.INT8 && scales.length === 1 && scales[0]! > 0 && Number.isFinite(scales[0]))
      return { scale: scales[0]!, zeroPoint: zeroPoints[0] ?? 0 };
    if (type !== TensorType.BOOL && type !== TensorType.RESOURCE)
      this.#activationTypes.add(type === TensorType.INT8 ? 'INT8 without a scale' : TensorType[type]);
    return NO_GRID;
  }

  #mapOf(operator: GraphOperator, tensor: GraphTensor): MapShape {
    const map = mapShape(tensor, this.#batch);
    if (!map)
      throw unsupported(
        operator,
        `tensor ${tensor.index} is ${tensor.shape.join('x')}: 1 x height x width x channels or 1 x channels expected`,
      );
    return map;
  }

  /** What stands at the border of the network or changes the shape only: its output is its input, perhaps flattened. */
  #passes(operator: GraphOperator, source: GraphTensor, value: Value, output: GraphTensor): Value | undefined {
    const { code, name } = operator;
    const first = value.operation < 0 && this.#operations.length === 0;
    if (first && (code === Op.QUANTIZE || VIEWS.has(code))) {
      if (code === Op.QUANTIZE) {
        this.#notes.push(`${name} before the first layer is left out`);
        this.#outside.before.push(name);
      } else this.#views.push(name);
      this.#input = output;
      return { operation: -1, ...this.#seen(output) };
    }
    if (AFTER.has(code) && this.#isLast(operator)) {
      this.#notes.push(`${name} after the last layer is left out`);
      this.#outside.after.push(name);
      return value;
    }
    if (!VIEWS.has(code)) return undefined;
    if (code === Op.TRANSPOSE && !isView(operator, source, this.#graph))
      throw unsupported(operator, 'it reorders the values of a map');
    return this.#reshaped(operator, value, output);
  }

  #reshaped(operator: GraphOperator, value: Value, output: GraphTensor): Value {
    const { map, pad, operation, grid } = value;
    const known = mapShape(output, this.#batch);
    const vector = output.shape.length <= 2;
    // The size of a vector is computed at run time where the file leaves the batch open.
    const to =
      vector && (!known || elements(known) !== elements(map))
        ? { size: { height: 1, width: 1 }, channels: elements(map) }
        : this.#mapOf(operator, output);
    if (pad) {
      const inside = { height: to.size.height - pad.top - pad.bottom, width: to.size.width - pad.left - pad.right };
      if (inside.height === map.size.height && inside.width === map.size.width && to.channels === map.channels)
        return value;
      const turned = { top: pad.left, bottom: pad.right, left: pad.top, right: pad.bottom };
      const other = {
        height: to.size.height - turned.top - turned.bottom,
        width: to.size.width - turned.left - turned.right,
      };
      if (other.height === map.size.width && other.width === map.size.height)
        return { operation, grid, map: { size: other, channels: map.channels }, pad: turned };
      throw unsupported(operator, 'it reads a map with a PAD around it: only convolutions and pools can');
    }
    if (
      to.channels === map.channels &&
      elements(to) === elements(map) &&
      (sameMap(to, map) || Math.min(map.size.height, map.size.width, to.size.height, to.size.width) === 1)
    )
      return { operation, grid, map: to };
    const before = this.#operations.list[operation];
    const source = before?.operation.kind === 'flatten' ? before.operation : undefined;
    if (source && sameMap(to, { size: source.inSize, channels: source.inChannels }))
      return { operation: source.inputs[0]!, grid, map: to };
    if (to.size.height * to.size.width !== 1 || to.channels !== elements(map)) {
      throw unsupported(
        operator,
        `it makes ${map.size.height}x${map.size.width}x${map.channels} into ${to.size.height}x${to.size.width}x${to.channels}: a definition only flattens`,
      );
    }
    return this.#flattened(operator, value, output);
  }

  #flattened(operator: GraphOperator, value: Value, output?: GraphTensor): Value {
    const { map, grid, operation } = value;
    const to: MapShape = { size: { height: 1, width: 1 }, channels: elements(map) };
    const one: Operation = {
      ...this.#operations.identity('RESHAPE', output?.name ?? ''),
      kind: 'flatten',
      inputs: [operation],
      kernel: to.size,
      stride: to.size,
      dilation: to.size,
      padding: 'same',
      factor: 1,
      bits: 8,
      sparsity: 0,
      batchNorm: false,
      activation: 'none',
      inChannels: map.channels,
      outChannels: to.channels,
      inSize: map.size,
      outSize: to.size,
    };
    if (output && output.type === TensorType.INT8 && !sameGrid(grid, this.#gridOf(output)))
      throw unsupported(operator, 'it changes the grid of what it reshapes');
    return { operation: this.#operations.push({ operation: one, output: grid, clamp: ALL_CODES }, map), grid, map: to };
  }

  /** Keeps a PAD for the operator that reads it. */
  #padded(operator: GraphOperator, value: Value, output: GraphTensor): Value | undefined {
    if (operator.code !== Op.PAD && operator.code !== Op.PADV2) {
      if (value.pad && !PADDED.has(operator.code))
        throw unsupported(operator, 'it reads a map with a PAD around it: only convolutions and pools can');
      return undefined;
    }
    const pad = padOf(this.#graph, operator);
    if (!pad || value.pad || !sameGrid(value.grid, this.#gridOf(output)) || !this.#padsZero(operator, value))
      throw unsupported(operator, 'only constant zeros around height and width can be read, on the grid of the map');
    if (this.#graph.outputs.includes(output.index))
      throw unsupported(operator, 'the network ends in a PAD: only convolutions and pools can read one');
    return { ...value, pad };
  }

  /** PADV2 says what it pads with: the code of zero. */
  #padsZero({ code, inputs }: GraphOperator, { grid }: Value): boolean {
    const constant = this.#graph.tensors[inputs[2] ?? -1];
    return code === Op.PAD || (constant?.data.length === 1 && new Int8Array(constant.data)[0] === grid.zeroPoint);
  }

  /** Activation functions and requantisations that stand alone become part of the operation before them. */
  #staged(operator: GraphOperator, source: GraphTensor, value: Value, output: GraphTensor): Value | undefined {
    const { code } = operator;
    const activation = ALONE.get(code);
    if (activation === undefined && code !== Op.QUANTIZE && code !== Op.DEQUANTIZE) return undefined;
    const grid = this.#gridOf(output);
    const one = this.#operations.list[value.operation];
    const alone =
      one &&
      !one.standsFor &&
      !this.#graph.outputs.includes(source.index) &&
      this.#readers.get(source.index)?.length === 1;
    if (activation === undefined && (value.grid === NO_GRID || grid === NO_GRID)) return { ...value, grid };
    if (!alone) {
      if (activation !== undefined)
        throw unsupported(
          operator,
          one
            ? 'others read what it reads, so it is no part of the layer before it'
            : 'there is no layer before it that it could be a part of',
        );
      this.#operations.obstacles.push(
        `${this.#say(operator)}: it brings a map to another grid beside those who read it as it was; a definition has one grid for both`,
      );
      return { ...value, grid };
    }
    this.#operations.replace(value.operation, withStage(one, activation, value.grid, grid));
    return { ...value, grid };
  }

  #operation(operator: GraphOperator, first: Value, output: GraphTensor): Value {
    const importer = IMPORTERS.get(operator.code);
    if (!importer) throw unsupported(operator, 'a definition has no such layer');
    const value = operator.code === Op.FULLY_CONNECTED ? this.#denseInput(operator, first) : first;
    const activations = operator.inputs.flatMap((index, i) =>
      this.#values.has(index) ? [{ index, value: i === 0 ? value : this.#values.get(index)! }] : [],
    );
    const identity = this.#operations.identity(operator.name, output.name);
    this.#pending = identity;
    const place = this.#say(operator);
    const context: ImportContext = {
      graph: this.#graph,
      operator,
      identity,
      sources: activations.map((one) => one.value.operation),
      shape: { input: value.map, output: this.#outputOf(operator, value, output) },
      grids: { input: value.grid, output: this.#gridOf(output) },
      pad: value.pad,
      obstacle: (problem) => {
        this.#operations.obstacles.push(`${place}: ${problem}`);
      },
      note: (text) => {
        this.#notes.push(`${identity.layerName}: ${text}`);
      },
      rounded: (type) => {
        this.#weightTypes.add(type);
      },
    };
    const index = this.#operations.push(importer(context), value.map);
    this.#pending = undefined;
    return { operation: index, map: context.shape.output, grid: context.grids.output };
  }

  /** A dense layer reads a map flattened, unless each of its positions is read for itself. */
  #denseInput(operator: GraphOperator, value: Value): Value {
    const inputs = this.#graph.tensors[operator.inputs[1] ?? -1]?.shape.at(-1);
    const { size, channels } = value.map;
    if (size.height * size.width === 1 || inputs === channels) return value;
    if (inputs !== elements(value.map))
      throw unsupported(operator, `its weights are for ${inputs ?? 0} values, its input has ${elements(value.map)}`);
    return this.#flattened(operator, value);
  }

  #outputOf(operator: GraphOperator, value: Value, output: GraphTensor): MapShape {
    if (operator.code !== Op.FULLY_CONNECTED) return this.#mapOf(operator, output);
    operator.options(new FullyConnectedOptions());
    return { size: value.map.size, channels: output.shape.at(-1) ?? 1 };
  }

  #standIn(operator: GraphOperator, outputs: readonly GraphTensor[], problem: string): void {
    const { tensors } = this.#graph;
    this.#operations.obstacles.push(problem);
    const inputs = operator.inputs.flatMap((index) => this.#values.get(index)?.operation ?? []);
    const constants = operator.inputs.flatMap((index) => {
      const one = tensors[index];
      return one && one.type !== TensorType.INT32 && one.type !== TensorType.INT64 && one.type !== TensorType.BOOL
        ? [one]
        : [];
    });
    const bytes = constants.reduce((sum, { data }) => sum + (data.length > 4 ? data.length : 0), 0);
    for (const [i, output] of outputs.entries()) {
      const { map, grid } = this.#seen(output);
      const identity =
        this.#pending ?? this.#operations.identity(operator.name.replace('custom operator ', 'custom '), output.name);
      this.#pending = undefined;
      this.#values.set(output.index, {
        operation: this.#operations.standIn(identity, operator.name, inputs, map, grid, i === 0 ? bytes : 0),
        map,
        grid,
      });
    }
  }

  /** Is an operator followed only by those of the border? */
  #isLast(operator: GraphOperator): boolean {
    return this.#last.has(operator);
  }

  #say(operator: GraphOperator): string {
    return unsupported(operator, '').message.replace(/: $/, '');
  }
}

/**
 * Reads a .tflite file, int8 or not. Operators are found in either of the two fields that files use for them.
 * @throws DamagedFileError where the file is none, or nothing of it can be sized
 */
export function readTflite(bytes: Uint8Array): ImportedModel {
  return new Importer(foldDepthToSpace(foldConstants(readGraph(bytes)))).run();
}
