/** An ONNX file, in QDQ form or in floats, as an integer network: channels first become channels last. */
import { activationClamp } from '../../integer/activation-grid.ts';
import { multipliersOf } from '../../integer/quantise-network.ts';
import type { IntegerOperation, MapPadding, Quantisation } from '../../integer/integer-network.ts';
import type { Operation, PrimitiveKind, Size2D } from '../../network/types.ts';
import { DamagedFileError, reasonOf } from '../../base/damage.ts';
import { outOfMemory } from '../../base/memory-limits.ts';
import type { ImportedModel } from '../reading/imported-model.ts';
import { areOwnNames, Operations, PLAIN, type MapShape } from '../reading/operations.ts';
import { definedPadding, type DefinedPadding, type Window } from '../reading/pads.ts';
import { isPossibleShape } from '../reading/plausible.ts';
import { bitsOf, zeroShare, type CodedWeights } from '../reading/weight-codes.ts';
import { precisionOf } from '../tflite/tflite-words.ts';
import { codedConstant, constantOf, realValues, type Constant } from './onnx-constants.ts';
import { decodeModel, type ReadModel, type ReadNode } from './onnx-messages.ts';
import {
  elements,
  IMPORTERS,
  MOST_BIAS,
  ONE,
  vector,
  type OnnxReader,
  type UnweightedParts,
  type Value,
} from './onnx-importers.ts';
import { integer, integers, tensor } from './onnx-nodes.ts';

/** The grid of values that the file keeps as floats. Fine, so that biases keep their digits. */
const NO_GRID: Quantisation = { scale: 2 ** -10, zeroPoint: 0 };

const PASSED: ReadonlySet<string> = new Set(['Identity', 'Dropout', 'Cast', 'QuantizeLinear', 'DequantizeLinear']);
const TAIL: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid', 'ArgMax']);
const RESHAPES: ReadonlySet<string> = new Set(['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Transpose']);

class OnnxImporter implements OnnxReader {
  readonly #model: ReadModel;
  readonly #graph: NonNullable<ReadModel['graph']>;
  readonly #notes: string[] = [];
  readonly #operations: Operations;
  readonly #values = new Map<string, Value>();
  readonly #constants = new Map<string, Constant>();
  readonly #sizes = new Set<string>();
  readonly #readers = new Map<string, ReadNode[]>();
  readonly #shapes = new Map<string, ReadModelInput>();
  readonly #weightTypes = new Set<string>();
  /** Operations whose output the file puts on a grid. */
  readonly #onGrid = new Set<number>();
  #inputGrid = NO_GRID;
  #input: MapShape = vector(1);

  constructor(model: ReadModel) {
    this.#model = model;
    if (!model.graph || model.graph.node.length === 0) throw new DamagedFileError('this ONNX file has no operators');
    this.#graph = model.graph;
    for (const node of this.#graph.node) {
      for (const name of new Set(node.input)) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    }
    for (const one of this.#graph.valueInfo) this.#shapes.set(one.name, one);
    this.#operations = new Operations(
      areOwnNames(
        this.#graph.node.flatMap(({ name, opType }) =>
          opType === 'Conv' || opType === 'Gemm' ? [name.replace(/\/[^/]*$/, '')] : [],
        ),
      ),
    );
  }

  run(): ImportedModel {
    const { initializer, input, output, node, name } = this.#graph;
    const { obstacles } = this.#operations;
    for (const one of initializer) this.#tryConstant(one.name, () => constantOf(one));
    const initialised = new Set(initializer.map((one) => one.name));
    const inputs = input.filter((one) => !initialised.has(one.name));
    if (inputs.length === 0) throw new DamagedFileError('this ONNX file has no input');
    for (const one of inputs)
      this.#values.set(one.name, { operation: -1, map: this.#inputMap(one), axes: 'channels first' });
    this.#input = this.#values.get(inputs[0]!.name)!.map;
    if (inputs.length !== 1 || output.length !== 1)
      obstacles.push(
        `the network has ${inputs.length} inputs and ${output.length} outputs; a definition has one of each`,
      );
    for (const [index, one] of node.entries()) this.#import(one, index);
    const list = this.#operations.list;
    if (list.length === 0) throw new DamagedFileError('this ONNX file has no operators that could be sized');
    const { size, channels } = this.#input;
    const floats = list.some(({ standsFor }, i) => !standsFor && !this.#onGrid.has(i)) ? ['FLOAT32'] : [];
    const asIfInt8 = precisionOf(
      new Set([...this.#weightTypes].map((type) => (type === 'FLOAT' ? 'FLOAT32' : type))),
      new Set(floats),
    );
    return {
      network: {
        architecture: {
          name: name || 'imported',
          input: { ...size, channels },
          operations: list.map(({ operation }) => operation),
        },
        input: this.#inputGrid,
        operations: list,
      },
      description: this.#model.docString,
      metadata: new Map(this.#model.metadataProps.map(({ key, value }) => [key, value])),
      notes: this.#notes,
      obstacles,
      ...(asIfInt8 !== undefined && { asIfInt8 }),
    };
  }

  #inputMap({ name, type }: ReadModelInput): MapShape {
    const dims = type?.tensorType?.shape?.dim.map(({ value }) => value) ?? [];
    if (!isPossibleShape(dims))
      throw new DamagedFileError(`this ONNX file is damaged: its input '${name}' would be ${dims.join('x')}`);
    if (dims.slice(1).some((size) => size <= 0))
      this.#operations.obstacles.push(
        `the size of the input '${name}' is open (${dims.map((size) => (size > 0 ? size : '?')).join('x')}): weights are sized, activations and MACs are those of one position; export with a fixed input size`,
      );
    const [, channels = 1, ...spatial] = dims.map((size) => Math.max(1, size));
    const [width = 1, height = 1] = spatial.toReversed();
    return { size: { height, width }, channels };
  }

  #tryConstant(name: string, read: () => Constant): void {
    try {
      this.#constants.set(name, read());
    } catch (error) {
      if (outOfMemory(error)) throw error;
      this.#operations.obstacles.push(reasonOf(error));
    }
  }

  #say({ opType, name }: ReadNode): string {
    return `${opType}${name === '' ? '' : ` '${name}'`}`;
  }

  fail(node: ReadNode, problem: string): Error {
    return new Error(`${this.#say(node)}: ${problem}`);
  }

  #import(node: ReadNode, index: number): void {
    const [output = ''] = node.output;
    if (this.#isConstant(node, output)) return;
    const source = node.input.find((name) => this.#values.has(name));
    const value = this.#values.get(source ?? '');
    try {
      if (!value) throw this.fail(node, 'it reads nothing that was computed before it');
      this.#values.set(output, this.#value(node, value));
    } catch (error) {
      if (outOfMemory(error)) throw error;
      const problem = reasonOf(error);
      this.#operations.obstacles.push(problem.startsWith(node.opType) ? problem : `${this.#say(node)}: ${problem}`);
      this.#standIn(node, index);
    }
  }

  /** Constants, codes with their scales, and sizes that are computed at run time. */
  #isConstant(node: ReadNode, output: string): boolean {
    const { opType, input } = node;
    if (opType === 'Constant') {
      const value = tensor(node, 'value');
      if (value) this.#tryConstant(output, () => constantOf(value));
      else this.#sizes.add(output);
      return true;
    }
    const constant = this.#constants.get(input[0] ?? '');
    if (constant && opType === 'DequantizeLinear') {
      const [scales, zeros] = [this.#constants.get(input[1] ?? ''), this.#constants.get(input[2] ?? '')];
      if (scales)
        this.#constants.set(output, {
          ...constant,
          scales: scales.values,
          ...(zeros && { zeros: zeros.values }),
          axis: integer(node, 'axis', 1),
        });
      return true;
    }
    if (constant && (opType === 'Identity' || opType === 'Cast')) {
      this.#constants.set(output, constant);
      return true;
    }
    if (constant && opType === 'Transpose' && constant.dims.length === 2) {
      const [rows, columns] = constant.dims as [number, number];
      const turned = constant.values.map((_, i) => constant.values[(i % rows) * columns + Math.floor(i / rows)]!);
      this.#constants.set(output, {
        ...constant,
        dims: [columns, rows],
        values: turned,
        ...(constant.axis !== undefined && { axis: 1 - constant.axis }),
      });
      return true;
    }
    const ofSizes =
      opType === 'Shape' ||
      (input.length > 0 && input.every((name) => this.#sizes.has(name) || this.#constants.has(name) || name === ''));
    if (ofSizes) this.#sizes.add(output);
    return ofSizes;
  }

  #value(node: ReadNode, value: Value): Value {
    const { opType } = node;
    if (opType === 'QuantizeLinear') this.#grid(node, value);
    if (PASSED.has(opType)) return value;
    if (TAIL.has(opType) && this.#isLast(node)) {
      this.#notes.push(`${opType} after the last layer is left out`);
      return value;
    }
    if (value.pad && opType !== 'Conv' && opType !== 'MaxPool')
      throw this.fail(node, 'it reads a map with a Pad around it: only convolutions can');
    if (RESHAPES.has(opType)) return this.#reshaped(node, value);
    const importer = Object.hasOwn(IMPORTERS, opType) ? IMPORTERS[opType]! : undefined;
    if (!importer)
      throw this.fail(
        node,
        /^QLinear|Integer$/.test(opType)
          ? 'quantised operators are not read: quantise in QDQ form (quant_format=QuantFormat.QDQ)'
          : 'a definition has no such layer',
      );
    return importer.call(this, node, value);
  }

  #isLast({ output }: ReadNode): boolean {
    return output
      .flatMap((name) => this.#readers.get(name) ?? [])
      .every(
        ({ opType, output: next }) =>
          (PASSED.has(opType) || TAIL.has(opType) || RESHAPES.has(opType)) &&
          next.every(
            (name) =>
              !this.#readers.has(name) ||
              this.#readers.get(name)!.every((reader) => PASSED.has(reader.opType) || RESHAPES.has(reader.opType)),
          ),
      );
  }

  /** The output of an operation, or the input, is on this grid. */
  #grid({ input }: ReadNode, { operation }: Value): void {
    const [scale, zero] = [this.#constants.get(input[1] ?? ''), this.#constants.get(input[2] ?? '')];
    if (scale?.values.length !== 1) return;
    const zeroPoint = (zero?.values[0] ?? 0) - (zero?.type === 'UINT8' || !zero ? 128 : 0);
    const grid = { scale: scale.values[0]!, zeroPoint };
    if (!(grid.scale > 0 && Number.isFinite(grid.scale))) return;
    if (operation < 0) {
      this.#inputGrid = grid;
      return;
    }
    if (this.#onGrid.has(operation)) return;
    this.#onGrid.add(operation);
    this.#operations.replace(operation, this.#finished(this.#operations.list[operation]!, grid));
  }

  /** The grid of what an operation reads. */
  gridBeforeOf({ inputs }: Pick<Operation, 'inputs'>): Quantisation {
    const source = inputs[0] ?? -1;
    return source < 0 ? this.#inputGrid : this.#operations.list[source]!.output;
  }

  /** An operation with another output grid: its multipliers are those of the grid. */
  #finished(one: IntegerOperation, output: Quantisation): IntegerOperation {
    const { operation, weights } = one;
    return {
      ...one,
      output,
      clamp: activationClamp(operation.activation, output),
      ...(weights && {
        weights: { ...weights, ...multipliersOf(this.gridBeforeOf(operation), weights.steps, output) },
      }),
    };
  }

  #reshaped(node: ReadNode, value: Value): Value {
    const { opType, input } = node;
    const { map } = value;
    if (opType === 'Transpose') {
      const order = integers(node, 'perm')?.join();
      if (order === '0,3,1,2' && value.operation < 0) {
        // The file reads channels last: its dimensions were taken as channels first.
        const turned: MapShape = { size: { height: map.channels, width: map.size.height }, channels: map.size.width };
        this.#input = turned;
        return { ...value, map: turned };
      }
      if (order === '0,2,3,1') return { ...value, axes: 'channels last' };
      if (elements(map) === Math.max(map.size.height, map.size.width, map.channels)) return value;
      throw this.fail(node, 'it reorders the values of a map');
    }
    if (opType === 'Squeeze' || opType === 'Unsqueeze') return value;
    const wanted = this.#constants.get(input[1] ?? '')?.values;
    const isFlat = opType === 'Flatten' ? integer(node, 'axis', 1) === 1 : !wanted || wanted.length <= 2;
    if (!isFlat) {
      const sizes = [...wanted!]
        .slice(1)
        .map((size, i) => (size === 0 ? [map.channels, map.size.height, map.size.width][i]! : size));
      const known = [map.channels, map.size.height, map.size.width].filter((size) => size > 1).join();
      if (
        sizes.filter((size) => size !== 1).join() === known ||
        (sizes.includes(-1) && sizes.length === 3 && sizes[0] === map.channels)
      )
        return value;
      throw this.fail(
        node,
        `it reshapes a map of ${map.size.height}x${map.size.width}x${map.channels}: a definition only flattens`,
      );
    }
    if (map.size.height * map.size.width === 1) return value;
    const to = vector(elements(map));
    const index = this.#push(
      node,
      {
        kind: 'flatten',
        inputs: [value.operation],
        inChannels: map.channels,
        outChannels: to.channels,
        inSize: map.size,
        outSize: ONE,
      },
      map,
    );
    this.#operations.replace(index, {
      ...this.#operations.list[index]!,
      output: this.gridBeforeOf(this.#operations.list[index]!.operation),
    });
    if (value.operation < 0 || this.#onGrid.has(value.operation)) this.#onGrid.add(index);
    return {
      operation: index,
      map: to,
      axes: 'channels last',
      ...(value.axes === 'channels first' && { flattened: map }),
    };
  }

  #push(
    node: ReadNode,
    parts: Partial<Operation> &
      Pick<Operation, 'inputs' | 'inChannels' | 'outChannels' | 'inSize' | 'outSize'> & {
        readonly kind: PrimitiveKind;
      },
    read: MapShape,
    rest: Partial<IntegerOperation> = {},
  ): number {
    const operation: Operation = {
      ...this.#operations.identity(node.opType, node.name.replace(/\/[^/]*$/, '')),
      ...PLAIN,
      ...parts,
    };
    return this.#operations.push(
      { operation, output: NO_GRID, clamp: activationClamp(operation.activation, NO_GRID), ...rest },
      read,
    );
  }

  #standIn(node: ReadNode, index: number): void {
    const inputs = node.input.flatMap((name) => this.#values.get(name)?.operation ?? []);
    const bytes = node.input.reduce(
      (sum, name) =>
        sum + (this.#constants.get(name)?.type === 'INT64' ? 0 : (this.#constants.get(name)?.values.length ?? 0)),
      0,
    );
    const map = this.#values.get(node.input.find((name) => this.#values.has(name)) ?? '')?.map ?? vector(1);
    for (const [i, output] of node.output.entries()) {
      const shape = this.#shapes.get(output);
      const to = shape ? this.#shapeOf(shape) : map;
      const operation = this.#operations.standIn(
        this.#operations.identity(node.opType, `${index}`),
        node.opType,
        inputs,
        to,
        NO_GRID,
        i === 0 && bytes > 4 ? bytes : 0,
      );
      this.#values.set(output, { operation, map: to, axes: 'channels first' });
    }
  }

  #shapeOf({ type }: ReadModelInput): MapShape {
    const [, channels = 1, ...spatial] = (type?.tensorType?.shape?.dim ?? []).map(({ value }) => Math.max(1, value));
    const [width = 1, height = 1] = spatial.toReversed();
    return { size: { height, width }, channels };
  }

  constant(node: ReadNode, input: number, what: string): Constant {
    const found = this.#constants.get(node.input[input] ?? '');
    if (!found) throw this.fail(node, `its ${what} are no constant of the file`);
    return found;
  }

  optional(node: ReadNode, input: number): Constant | undefined {
    return this.#constants.get(node.input[input] ?? '');
  }

  coded(node: ReadNode, constant: Constant, channels: number, order: (index: number) => number): CodedWeights {
    if (constant.values.length % channels !== 0)
      throw this.fail(node, `${constant.values.length} weights for ${channels} output channels`);
    return codedConstant(constant, channels, order, (type) => {
      this.#weightTypes.add(type);
    });
  }

  weighted(
    node: ReadNode,
    input: Value,
    parts: UnweightedParts,
    { codes, steps }: CodedWeights,
    bias: Constant | undefined,
    pads?: MapPadding,
  ): Value {
    const grid = this.gridBeforeOf({ inputs: [input.operation] });
    const real = bias ? realValues(bias) : new Float32Array(steps.length);
    if (real.length !== steps.length)
      throw this.fail(node, `${real.length} biases for ${steps.length} output channels`);
    const biases = Int32Array.from(real, (value, o) =>
      Math.max(-MOST_BIAS, Math.min(MOST_BIAS, Math.round(value / (grid.scale * steps[o]!)) || 0)),
    );
    const weights = { codes, steps, biases, ...multipliersOf(grid, steps, NO_GRID) };
    return this.unweighted(
      node,
      input,
      { ...parts, bits: bitsOf(codes), sparsity: zeroShare(codes) },
      { weights, ...(pads && { pads }) },
    );
  }

  unweighted(
    node: ReadNode,
    { operation, map }: Value,
    parts: UnweightedParts,
    rest: Partial<IntegerOperation> = {},
  ): Value {
    const index = this.#push(
      node,
      { inputs: [operation], inChannels: map.channels, inSize: map.size, ...parts },
      map,
      rest,
    );
    return { operation: index, map: { size: parts.outSize, channels: parts.outChannels }, axes: 'channels first' };
  }

  /** How a definition pads a window, told to the person where it is otherwise. */
  padding(node: ReadNode, size: Size2D, outSize: Size2D, window: Window, pads: MapPadding): DefinedPadding {
    return definedPadding(size, outSize, window, pads, {
      note: (text) => {
        this.#notes.push(`${this.#say(node)}: ${text}`);
      },
      obstacle: (problem) => {
        this.#operations.obstacles.push(`${this.#say(node)}: ${problem}`);
      },
    });
  }

  obstacle(node: ReadNode, problem: string): void {
    this.#operations.obstacles.push(`${this.#say(node)}: ${problem}`);
  }

  other(node: ReadNode, first: Value): Value | undefined {
    const values = node.input.flatMap((name) => this.#values.get(name) ?? []);
    return values.length === 2 ? (values.find((value) => value !== first) ?? first) : undefined;
  }

  /** Changes the operation whose output a node reads, which nobody else may read. */
  change(node: ReadNode, value: Value, to: (one: IntegerOperation) => IntegerOperation): Value {
    const source = node.input.find((name) => this.#values.get(name) === value)!;
    const one = this.#operations.list[value.operation];
    if (!one || one.standsFor || this.#readers.get(source)?.length !== 1)
      throw this.fail(node, 'it stands alone: a definition has it only as part of a layer');
    this.#operations.replace(value.operation, to(one));
    this.#onGrid.delete(value.operation);
    return value;
  }
}

type ReadModelInput = NonNullable<ReadModel['graph']>['input'][number];

/** Reads an ONNX file. @throws DamagedFileError where the bytes are none, or nothing of it can be sized */
export function readOnnx(bytes: Uint8Array): ImportedModel {
  let model: ReadModel;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new DamagedFileError(
      `this ONNX file was cut short or is damaged: its ${bytes.length} bytes are no message of the format. Download or copy it again`,
      { cause: error },
    );
  }
  return new OnnxImporter(model).run();
}
