/**
 * An architecture as a processor array runs it: its layers, with pools and additions in front of a convolution inside
 * it, and the maps they keep.
 */
import type { Architecture, Operation } from '../../network/types.ts';
import type { ProcessorArray } from './array-limits.ts';
import { passesOf, processorsOf } from './array-limits.ts';

/** A map in the data memories: the network's input or what a layer puts out. */
export interface ArrayMap {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /**
   * Layers, by index, between which it is kept: from the one that makes it (−1: the input) to the last that reads it.
   */
  readonly born: number;
  dies: number;
  /** Maps of one family lie on the same processors: an addition's, a pool's, a depthwise convolution's. */
  family: number;
  /** Do only convolutions read it? Then the network's input may come channel by channel. */
  onlyConvolved: boolean;
}

export interface ArrayLayer {
  readonly name: string;
  /** Absent where it has no weights. */
  readonly weights?: { readonly columns: number; readonly biases: number; readonly depthwise: boolean };
  readonly reads: readonly ArrayMap[];
}

export interface ArrayNetwork {
  readonly layers: readonly ArrayLayer[];
  readonly maps: readonly ArrayMap[];
  readonly input: ArrayMap;
}

const WEIGHTED: ReadonlySet<Operation['kind']> = new Set(['conv', 'depthwise', 'dense']);
/** They compute in front of a convolution in the same layer where nothing else reads them. */
const IN_FLIGHT: ReadonlySet<Operation['kind']> = new Set(['max-pool', 'average-pool', 'global-average-pool', 'add']);
const COLUMN_BITS = 72;

/**
 * Columns of 72 bits of weight memory that a layer takes in each processor that reads it.
 * @param pixels of a flattened map in front of a dense layer, else 1
 */
export function weightColumns(
  array: ProcessorArray,
  { kind, kernel, bits, inChannels, outChannels }: Operation,
  pixels = 1,
): number {
  const outputs = kind === 'depthwise' ? 1 : passesOf(array, outChannels) * processorsOf(array, outChannels);
  const kernels = outputs * passesOf(array, inChannels / pixels) * pixels;
  const perByte = 8 / bits;
  const area = kernel.height * kernel.width;
  // Kernels of fewer bits lie side by side in a byte; the last byte is filled up.
  return Math.ceil((kernels * area * bits + (kernels % perByte) * area * (perByte - 1)) / COLUMN_BITS);
}

/** The layers and maps of an architecture. Nothing is checked here. */
export function arrayNetwork(array: ProcessorArray, { operations, input }: Architecture): ArrayNetwork {
  const readers = operations.map(() => 0);
  const flattened = new Set<number>();
  const onlyReader = new Map<number, Operation>();
  for (const operation of operations) {
    for (const i of operation.inputs) {
      if (i < 0) continue;
      readers[i]!++;
      onlyReader.set(i, operation);
      if (operation.kind === 'flatten') flattened.add(i);
    }
  }
  const inFlight = (i: number): boolean => {
    const reader = onlyReader.get(i);
    return (
      IN_FLIGHT.has(operations[i]!.kind) &&
      readers[i] === 1 &&
      !flattened.has(i) &&
      (reader?.kind === 'conv' || reader?.kind === 'dense')
    );
  };
  const first: ArrayMap = { name: 'the input', ...input, born: -1, dies: -1, family: 0, onlyConvolved: true };
  const maps: ArrayMap[] = [first];
  const layers: ArrayLayer[] = [];
  /** The maps that each operation's output is read from: its own, or those that it computes on in flight. */
  const sources: (readonly ArrayMap[])[] = [];
  const join = (members: readonly ArrayMap[]): void => {
    const [head] = members;
    for (const { family } of members) for (const map of maps) if (map.family === family) map.family = head!.family;
  };
  operations.forEach((operation, i) => {
    const { kind, outSize, outChannels, layerName } = operation;
    const reads = [...new Set(operation.inputs.flatMap((index) => (index < 0 ? [first] : sources[index]!)))];
    if (kind !== 'conv' && kind !== 'dense') {
      join(reads);
      for (const map of reads) map.onlyConvolved &&= false;
    }
    if (kind === 'flatten' || inFlight(i)) {
      sources.push(reads);
      return;
    }
    const layer = layers.length;
    for (const map of reads) map.dies = layer;
    const pixels = kind === 'dense' ? flattenedPixels(operation, operations) : 1;
    layers.push({
      name: layerName,
      reads,
      ...(WEIGHTED.has(kind) && {
        weights: {
          columns: weightColumns(array, operation, pixels),
          biases: outChannels,
          depthwise: kind === 'depthwise',
        },
      }),
    });
    const map: ArrayMap = {
      name: layerName,
      ...outSize,
      channels: outChannels,
      born: layer,
      dies: layer,
      family: maps.length,
      onlyConvolved: true,
    };
    maps.push(map);
    if (kind !== 'conv' && kind !== 'dense') join([...reads, map]);
    sources.push([map]);
  });
  return { layers, maps, input: first };
}

/** Pixels of the flattened map that a dense layer reads; 1 where it reads none. */
function flattenedPixels({ inputs: [source] }: Operation, operations: readonly Operation[]): number {
  const before = source === undefined || source < 0 ? undefined : operations[source];
  return before?.kind === 'flatten' ? before.inSize.height * before.inSize.width : 1;
}
