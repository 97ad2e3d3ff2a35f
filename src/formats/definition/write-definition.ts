/**
 * A model definition around an existing network, with or without a search space, and its weights under the definition's
 * names.
 */
import { LANGUAGES } from '../../language/language-table.ts';
import { filterShape } from '../../network/operation-counts.ts';
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { DEFAULT_TASK, taskSpec } from '../../wire/tasks/task-table.ts';
import type { Architecture, Operation, Size2D } from '../../network/types.ts';
import type {
  FoldedNetwork,
  FoldedOperation,
  IntegerNetwork,
  Quantisation,
  Range,
} from '../../integer/integer-network.ts';
import { INT8_MAX, INT8_MIN } from '../../integer/activation-grid.ts';
import { findTarget } from '../../targets/find-target.ts';
import { statedText } from '../../wire/target-name.ts';
import { yamlScalar } from '../../text/neutral.ts';
import { blocksOf, type Block, type ReadingBlock } from './blocks.ts';
import { OperationGraph } from './operation-graph.ts';
import { INPUT_NAME } from '../../network/layer-graph.ts';
import { taskOf, type TaskOf } from './guess-task.ts';
import { bitChoices, SPARSITIES, widthChoices } from '../../language/search-choices.ts';

export interface DefinitionOptions {
  /** Name of the network; characters that a definition does not take are replaced. */
  readonly name: string;
  /** Target name, for example 'ethos-u55-128'. */
  readonly npu: string;
  /** Open widths, bitwidths, sparsities and repeated layers for a search; the network itself is the largest choice. */
  readonly search: boolean;
}

export interface WrittenDefinition {
  readonly text: string;
  /** Operation of the given architecture for each operation of the definition's own (its largest choice), in order. */
  readonly operations: readonly number[];
  /** The definition's own architecture: the same network under its names. */
  readonly architecture: Architecture;
  /** What to know of the task that the definition has, in sentences. */
  readonly notes: readonly string[];
}

interface Layer extends ReadingBlock {
  readonly name: string;
}

const sizeText = ({ height, width }: Size2D): string => (height === width ? String(height) : `${height}x${width}`);
const kernelText = ({ height, width }: Size2D): string => `${height}x${width}`;
const isOne = (size: Size2D | undefined): boolean => !size || (size.height === 1 && size.width === 1);

/** Names of the file where they are a definition's; otherwise the operator with a number. */
class Names {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly task: TaskOf,
    branches: boolean,
  ) {
    // Where the network's input is read by name, no layer may hide it.
    if (branches) this.#taken.add(INPUT_NAME);
  }

  of({ op }: Block, operation: Operation, last: boolean): string {
    if (/\/[a-z-]+\/[a-z0-9-]+$/.test(operation.id) && !this.#taken.has(operation.layerName))
      return this.#take(operation.layerName);
    if (last && op === 'dense') return this.#take(taskSpec(this.task.task).outputName);
    const count = (this.#counts.get(op) ?? 0) + 1;
    this.#counts.set(op, count);
    return this.#take(`${op}${count}`);
  }

  #take(name: string): string {
    this.#taken.add(name);
    return name;
  }
}

function layersOf(graph: OperationGraph, task: TaskOf): Layer[] {
  const names = new Names(task, graph.readers(-1).length > 1);
  return blocksOf(graph).map((block) => {
    const last = graph.readers(block.operations.at(-1)!).length === 0;
    return { ...block, name: names.of(block, graph.operations[block.operations[0]!]!, last) };
  });
}

interface LayerPlace {
  readonly layers: readonly Layer[];
  readonly architecture: Pick<Architecture, 'operations'>;
  readonly search: boolean;
  /** May layers be left out? */
  readonly skips: boolean;
  /** Operations that no operation with weights comes after. */
  readonly ends: ReadonlySet<number>;
  /** Operations whose channels are those of the network's input or output: no choice. */
  readonly given: ReadonlySet<number>;
  /** Operations that a layer reads by name. */
  readonly named: ReadonlySet<number>;
  /** Layers by their last operation. */
  readonly byEnd: ReadonlyMap<number, Layer>;
}

function placeOf(layers: readonly Layer[], graph: OperationGraph, search: boolean, skips: boolean): LayerPlace {
  return {
    layers,
    architecture: graph,
    search,
    skips,
    ends: graph.withoutWeightsAfter(),
    given: graph.givenChannels(),
    named: new Set(layers.flatMap(({ from }) => from ?? [])),
    byEnd: new Map(layers.map((layer) => [layer.operations.at(-1)!, layer])),
  };
}

/** May the search leave the layer out? Then shapes must not change, and something must be left. */
function isOptional(
  { op, operations, stride }: Layer,
  index: number,
  { layers, architecture, named: read, skips }: LayerPlace,
): boolean {
  const first = architecture.operations[operations[0]!]!,
    last = architecture.operations[operations.at(-1)!]!;
  const inner = index > 0 && index < layers.length - 1 && filterShape(first) !== undefined && op !== 'dense';
  const named = operations.some((operation) => read.has(operation));
  return (
    skips &&
    inner &&
    !named &&
    isOne(stride) &&
    first.inChannels === last.outChannels &&
    first.inSize.height === last.outSize.height &&
    first.inSize.width === last.outSize.width
  );
}

function layerText(layer: Layer, index: number, place: LayerPlace): string {
  const { layers, architecture, search } = place;
  const parts = layer.operations.map((i) => architecture.operations[i]!);
  const weighted = parts.filter((part) => filterShape(part));
  const end = layer.operations.at(-1)!;
  const open = search && index < layers.length - 1 && !place.given.has(end);
  const pool = layer.op === 'max-pool' || layer.op === 'average-pool';
  const usual = layer.op === 'add' || place.ends.has(end) ? 'none' : 'relu';
  const nameOf = (operation: number): string => (operation < 0 ? INPUT_NAME : place.byEnd.get(operation)!.name);
  const before = layers[index - 1]?.operations.at(-1) ?? -1;
  const fields: (readonly [string, string | number | false | undefined])[] = [
    ['name', yamlScalar(layer.name)],
    ['op', search && isOptional(layer, index, place) ? `${layer.op} | skip` : layer.op],
    ['kernel', layer.kernel && kernelText(layer.kernel)],
    ['stride', pool ? sizeText(layer.stride!) : !isOne(layer.stride) && sizeText(layer.stride!)],
    ['dilation', !isOne(layer.dilation) && sizeText(layer.dilation!)],
    ['padding', layer.padding === 'valid' && 'valid'],
    [
      layer.op === 'dense' ? 'units' : 'filters',
      layer.filters !== undefined && (open ? widthChoices(layer.filters) : layer.filters),
    ],
    ['expand', layer.expand],
    ['multiplier', layer.multiplier !== undefined && layer.multiplier > 1 && layer.multiplier],
    ['factor', layer.factor],
    ['bits', weighted.length > 0 && !search && Math.max(...weighted.map(({ bits }) => bits))],
    ['activation', layer.activation !== undefined && layer.activation !== usual && layer.activation],
    [
      'shortcut',
      layer.op === 'residual'
        ? layer.shortcut === (isOne(layer.stride) ? 'projection' : 'identity') && layer.shortcut
        : layer.shortcut,
    ],
    ['from', layer.from !== undefined && yamlScalar(nameOf(layer.from))],
    ['input', layer.reads !== before && yamlScalar(nameOf(layer.reads))],
  ];
  return `  - { ${fields
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }`;
}

function sameOperation(a: Operation, b: Operation): boolean {
  const key = ({
    kind,
    kernel,
    stride,
    dilation,
    inChannels,
    outChannels,
    inSize,
    outSize,
    factor,
    activation,
  }: Operation): string =>
    JSON.stringify([kind, kernel, stride, dilation, inChannels, outChannels, inSize, outSize, factor, activation]);
  return key(a) === key(b);
}

/** The text that is a definition, with the largest width of every choice and nothing left out. */
function firstPossible(texts: readonly string[]): { readonly text: string; readonly own: Architecture } {
  const reasons: string[] = [];
  for (const text of texts) {
    const { network, diagnostics } = LANGUAGES.yaml.read(text);
    if (network) return { text, own: instantiate(network, network.decisions.map(largestOption)) };
    reasons.push(diagnostics[0]?.message ?? 'unknown problem');
  }
  throw new Error(`the network cannot be written as a definition: ${reasons.at(-1)}`);
}

/**
 * A definition around an architecture. The definition is parsed again and compared, operation by operation.
 * Throws Error naming the operation that a definition cannot express.
 */
export function writeDefinition(
  architecture: Architecture,
  { name, npu, search }: DefinitionOptions,
): WrittenDefinition {
  const task = taskOf(architecture);
  const graph = new OperationGraph(architecture);
  const layers = layersOf(graph, task);
  const { height, width, channels } = architecture.input;
  const safeName =
    name
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 64) || 'imported';
  const head = [
    'udc: 1',
    `name: ${yamlScalar(safeName)}`,
    ...(task.task === DEFAULT_TASK ? [] : [`task: ${task.task}`]),
    `input: ${height}x${width}x${channels}`,
    `target: { ${statedText(npu)} }`,
    ...(search ? [`search: { bits: ${bitChoices(findTarget(npu).bits)}, sparsity: ${SPARSITIES} }`] : []),
    'layers:',
  ];
  const written = (skips: boolean): string => {
    const place = placeOf(layers, graph, search, skips);
    return [...head, ...layers.map((layer, index) => layerText(layer, index, place)), ''].join('\n');
  };
  // Where branches meet, a layer that may be left out can ask for the same channels as one whose number is given.
  const { text, own } = firstPossible(search ? [written(true), written(false)] : [written(false)]);
  const operations = layers.flatMap((layer) => layer.operations);
  own.operations.forEach((operation, i) => {
    const given = architecture.operations[operations[i] ?? -1];
    const inputs = operation.inputs.map((input) => (input < 0 ? input : operations[input]!));
    if (!given || !sameOperation(operation, given) || inputs.sort().join() !== [...given.inputs].sort().join())
      throw new Error(
        `${(given ?? operation).id}: a definition cannot express this ${(given ?? operation).kind} with its shape and options`,
      );
  });
  return { text, operations, architecture: own, notes: task.notes };
}

const rangeOf = ({ scale, zeroPoint }: Quantisation): Range => ({
  min: (INT8_MIN - zeroPoint) * scale,
  max: (INT8_MAX - zeroPoint) * scale,
});

/** The weights of an integer network under a written definition's names: where a search of it may start. */
export function foldedFor({ operations, architecture }: WrittenDefinition, network: IntegerNetwork): FoldedNetwork {
  const gridBefore = (index: number): Quantisation => {
    const input = network.operations[index]!.operation.inputs[0]!;
    return input < 0 ? network.input : network.operations[input]!.output;
  };
  // The definition's largest choice has the shapes; bits and zeros are the weights' own.
  const own = architecture.operations.map((operation, i): Operation => {
    const { bits, sparsity } = network.operations[operations[i]!]!.operation;
    return { ...operation, bits, sparsity };
  });
  return {
    architecture: { ...architecture, operations: own },
    input: rangeOf(network.input),
    operations: own.map((operation, i): FoldedOperation => {
      const index = operations[i]!;
      const { output, weights } = network.operations[index]!;
      const { scale } = gridBefore(index);
      if (!weights) return { operation, output: rangeOf(output) };
      const { codes, steps, biases } = weights;
      return {
        operation,
        output: rangeOf(output),
        codes,
        steps,
        bias: Float32Array.from(biases, (bias, o) => bias * scale * steps[o]!),
      };
    }),
  };
}
