/**
 * Does a network fit a processor array? Its maps, weights and biases are laid out; what cannot be laid out does not
 * fit.
 */
import type { Architecture } from '../../network/types.ts';
import { arrayNetwork, type ArrayMap, type ArrayNetwork } from './array-layers.ts';
import { mapBytes, mapTooLarge, processorsOf, type ProcessorArray } from './array-limits.ts';

/** Processors, by index, of each family of maps. */
type Places = ReadonlyMap<number, readonly number[]>;
/** How the first processor of a family is chosen; `load`: weight columns in use, by processor. */
type Strategy = (array: ProcessorArray, width: number, load: readonly number[]) => number;

const range = (from: number, length: number, step = 1): number[] => Array.from({ length }, (_, i) => from + i * step);
const highest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
const count = (value: number): string => value.toLocaleString('en-US');

/** Every family on the first processors, as networks are usually written; or where the weight memories are emptiest. */
const STRATEGIES: readonly Strategy[] = [
  () => 0,
  ({ processors, perDataMemory }, width, load) => {
    const loadAt = (start: number): number => highest(range(start, width).map((processor) => load[processor]!));
    const starts = range(0, Math.floor((processors - width) / perDataMemory) + 1, perDataMemory);
    return starts.reduce((best, start) => (loadAt(start) < loadAt(best) ? start : best), 0);
  },
];

/**
 * The network's input comes channel by channel, each into a data memory of its own, where it does not fit otherwise.
 */
function byChannel(array: ProcessorArray, { height, width, channels, onlyConvolved }: ArrayMap): boolean {
  return (
    mapBytes(array, height * width, channels) > array.dataBytes &&
    onlyConvolved &&
    channels <= array.processors / array.perDataMemory &&
    height * width <= array.dataBytes
  );
}

function placesOf(array: ProcessorArray, { layers, maps, input }: ArrayNetwork, strategy: Strategy): Places {
  const places = new Map<number, readonly number[]>();
  const load = new Array<number>(array.processors).fill(0);
  for (const { family, channels } of maps) {
    if (places.has(family)) continue;
    const width = processorsOf(array, channels);
    const own =
      family === input.family && byChannel(array, input)
        ? range(0, channels, array.perDataMemory)
        : range(strategy(array, width, load), width);
    places.set(family, own);
    for (const { weights, reads } of layers) {
      if (weights && reads.some((map) => map.family === family))
        for (const processor of own) load[processor]! += weights.columns;
    }
  }
  return places;
}

interface Block {
  readonly units: readonly number[];
  readonly length: number;
  readonly from: number;
  readonly to: number;
  start: number;
}

/**
 * The lowest start, a multiple of `step`, at which a block overlaps none of those that it shares a memory and a time
 * with.
 */
function lowestStart(block: Omit<Block, 'start'>, placed: readonly Block[], step: number): number {
  const rivals = placed
    .filter(
      (other) =>
        other.from <= block.to && block.from <= other.to && other.units.some((unit) => block.units.includes(unit)),
    )
    .sort((a, b) => a.start - b.start);
  let start = 0;
  for (const other of rivals) {
    if (start + block.length <= other.start) break;
    start = Math.max(start, Math.ceil((other.start + other.length) / step) * step);
  }
  return start;
}

/**
 * Blocks of weight memory, one a layer, the same columns in every processor that reads the layer. Layers on all
 * processors first.
 */
function weightsProblem(array: ProcessorArray, { layers }: ArrayNetwork, places: Places): string | undefined {
  const placed: Block[] = [];
  const wanted = layers.flatMap(({ name, weights, reads: [map] }) =>
    weights && map ? [{ name, weights, units: places.get(map.family)! }] : [],
  );
  const everywhere = ({ units }: { units: readonly number[] }): boolean => units.length === array.processors;
  for (const { name, weights, units } of [...wanted.filter(everywhere), ...wanted.filter((one) => !everywhere(one))]) {
    const block = { units, length: weights.columns, from: 0, to: 0 };
    const start = lowestStart(block, placed, array.perDataMemory);
    const columns = units.every((unit) => unit % array.perBiasMemory === 0)
      ? array.firstWeightColumns
      : array.weightColumns;
    if (start + block.length > columns) return `${name}: ${excess(columns, block.length, start, units.length)}`;
    placed.push({ ...block, start });
  }
  return undefined;
}

function excess(columns: number, length: number, start: number, processors: number): string {
  const takes = `its weights take ${count(length)} columns (of 9 bytes) of the weight memory of ${processors === 1 ? '1 processor' : `each of ${processors} processors`}, which`;
  return length > columns
    ? `${takes} has ${count(columns)}`
    : `${takes} has only ${count(Math.max(0, columns - start))} of ${count(columns)} left`;
}

/** Blocks of data memory, while their maps are kept. */
function mapsProblem(array: ProcessorArray, network: ArrayNetwork, places: Places): string | undefined {
  const placed: Block[] = [];
  const single = byChannel(array, network.input);
  for (const map of network.maps) {
    const { name, height, width, channels, family, born, dies } = map;
    const bytes = map === network.input && single ? height * width : mapBytes(array, height * width, channels);
    if (bytes > array.dataBytes) return `${name}: ${mapTooLarge(array, height, width, channels)}`;
    const units = [...new Set(places.get(family)!.map((processor) => Math.floor(processor / array.perDataMemory)))];
    const block = { units, length: bytes, from: born, to: dies };
    const start = lowestStart(block, placed, array.perDataMemory);
    if (start + bytes > array.dataBytes)
      return `${name}: beside the maps that are still needed its ${height}x${width}x${channels} find no room in a data memory of ${count(array.dataBytes)} B`;
    placed.push({ ...block, start });
  }
  return undefined;
}

/**
 * Biases: a layer's in one of the bias memories of its processors, the longest first after those with no choice; a
 * depthwise convolution's in each of them.
 */
function biasesProblem(array: ProcessorArray, { layers }: ArrayNetwork, places: Places): string | undefined {
  const used = new Array<number>(array.processors / array.perBiasMemory).fill(0);
  const wanted = layers.flatMap(({ name, weights, reads: [map] }) => {
    if (!weights || !map) return [];
    return [
      {
        name,
        ...weights,
        groups: [...new Set(places.get(map.family)!.map((processor) => Math.floor(processor / array.perBiasMemory)))],
      },
    ];
  });
  const full = (name: string, bytes: number): string =>
    `${name}: its ${count(bytes)} biases find no room beside the others in the bias memories of ${count(array.biasBytes)} B`;
  for (const { name, biases, groups } of wanted.filter(({ depthwise }) => depthwise)) {
    const each = array.perBiasMemory * Math.ceil(biases / array.processors);
    for (const group of groups) if ((used[group]! += each) > array.biasBytes) return full(name, biases);
  }
  for (const { name, biases, groups } of wanted
    .filter(({ depthwise }) => !depthwise)
    .sort((a, b) => Number(a.groups.length > 1) - Number(b.groups.length > 1) || b.biases - a.biases)) {
    const group = groups.reduce((best, one) => (used[one]! < used[best]! ? one : best), groups[0]!);
    if ((used[group]! += biases) > array.biasBytes) return full(name, biases);
  }
  return undefined;
}

/** Pools over many channels that no convolution follows. */
function poolsProblem(
  { maxChannelsPooledAlone }: ProcessorArray,
  architecture: Architecture,
  { layers }: ArrayNetwork,
): string | undefined {
  const alone = new Set(layers.filter(({ weights }) => weights === undefined).map(({ name }) => name));
  const pool = architecture.operations.find(
    ({ kind, outSize, outChannels, layerName }) =>
      (kind === 'max-pool' || kind === 'average-pool') &&
      outSize.height * outSize.width > 1 &&
      outChannels > maxChannelsPooledAlone &&
      alone.has(layerName),
  );
  return (
    pool &&
    `${pool.layerName}: a pool of ${pool.outChannels} channels: beyond ${maxChannelsPooledAlone} it must lead into a convolution`
  );
}

/**
 * Why a network of operators that each can run does not fit as a whole, with the layer in front; undefined where it was
 * laid out.
 */
export function placementProblem(array: ProcessorArray, architecture: Architecture, chip: string): string | undefined {
  const network = arrayNetwork(array, architecture);
  if (network.layers.length > array.maxLayers)
    return `${network.layers.length} layers: ${chip} runs up to ${array.maxLayers}, pools and additions in front of a convolution not counted`;
  if (architecture.input.channels > array.maxChannels)
    return `${count(architecture.input.channels)} input channels: ${chip} takes up to ${count(array.maxChannels)}`;
  const pools = poolsProblem(array, architecture, network);
  if (pools !== undefined) return pools;
  let reason: string | undefined;
  for (const strategy of STRATEGIES) {
    const places = placesOf(array, network, strategy);
    reason =
      mapsProblem(array, network, places) ??
      weightsProblem(array, network, places) ??
      biasesProblem(array, network, places);
    if (reason === undefined) return undefined;
  }
  return reason;
}
