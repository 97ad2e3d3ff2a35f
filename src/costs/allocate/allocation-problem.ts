/** An architecture as the rules that allocate bits see it. */
import { filterShape, outputElements } from '../../network/operation-counts.ts';
import { KEEPS_GRID } from '../../network/keeps-grid.ts';
import { outputsOf } from '../../network/network-outputs.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { executionOrder } from '../activations/map-layout.ts';
import { weightShape } from '../weights/padding/channel-padding.ts';
import { estimateSize } from '../weights/rates/estimate-size.ts';
import type { AllocatedLayer, AllocatedMap, AllocatedNode, AllocationProblem } from './allocation.ts';
import { SCHEMES, type SchemeName } from './auxiliary-schemes.ts';

/** Bitwidths of the rule, by halving. */
const HALVINGS: readonly number[] = [8, 4, 2];

/**
 * The bitwidths of some that the rule goes through, the largest first: after each the largest that is at most half of
 * it, or where there is none the next smaller one.
 */
export function halvingsOf(offered: readonly number[]): readonly number[] {
  const falling = [...offered].sort((a, b) => b - a);
  const levels = falling.slice(0, 1);
  for (;;) {
    const below = falling.filter((bits) => bits < levels.at(-1)!);
    if (below.length === 0) return levels;
    levels.push(below.find((bits) => bits <= levels.at(-1)! / 2) ?? below[0]!);
  }
}

/** Bytes of an operation's weights at so many bits, alone and with what is stored beside them. */
export interface WeightBytes {
  readonly weightBytes: number;
  readonly totalBytes: number;
}
export type BytesAt = (operation: Operation, bits: number) => WeightBytes;

export interface AllocationOptions {
  /** One a layer of the network, in bits, the largest first; absent: all of the rule that the target stores. */
  readonly weightLevels?: readonly (readonly number[])[];
  /** The same of the maps that layers write. */
  readonly activationLevels?: readonly (readonly number[])[];
  /** Where it has weights: real ones; absent: the target's rate table. */
  readonly bytesAt?: BytesAt;
  /** What is stored beside the weights; absent: what the target counts. */
  readonly scheme?: SchemeName;
  readonly limits: AllocationProblem['limits'];
}

/** Bytes without weights: by the target's rate table, which is exact where a format packs bits. */
export const estimatedBytes =
  (target: Target): BytesAt =>
  (operation, bits) =>
    estimateSize(target, { ...weightShape(operation)!, bits, sparsity: operation.sparsity });

/** The levels of the rule that a target stores weights in, the largest first. */
export const weightLevelsOf = ({ bits }: Target): readonly number[] => HALVINGS.filter((one) => bits.includes(one));

/** The same of activations. */
export const activationLevelsOf = ({ activationBits = [8] }: Target): readonly number[] =>
  HALVINGS.filter((one) => activationBits.includes(one));

/**
 * What the rules work on: a layer of the definition is one of theirs, with all weights of its operations and all maps
 * that these write. Maps that pass through pools, flattenings and rearrangements keep the bits of the layer that they
 * come from; the network's input and output keep their 8.
 * @param names of the network's layers, in their order
 */
export function allocationProblem(
  architecture: Architecture,
  names: readonly string[],
  target: Target,
  { weightLevels, activationLevels, bytesAt = estimatedBytes(target), scheme, limits }: AllocationOptions,
): AllocationProblem {
  const { operations } = architecture;
  const last = operations.findLast((operation) => filterShape(operation));
  const layers = names.map((name, index): AllocatedLayer => {
    const weighted = operations.filter((operation) => operation.layer === index && filterShape(operation));
    const sum = (of: (operation: Operation) => number): number =>
      weighted.reduce((total, operation) => total + of(operation), 0);
    const found = SCHEMES.find((one) => one.name === scheme);
    return {
      name,
      channels: weighted.at(-1)?.outChannels ?? 0,
      levels: weighted.length === 0 ? [8] : (weightLevels?.[index] ?? weightLevelsOf(target)),
      activationLevels: activationLevels?.[index] ?? activationLevelsOf(target),
      weightBytes: (bits) => sum((operation) => bytesAt(operation, bits).weightBytes),
      auxiliaryBytes: (weightBits, outputBits) =>
        sum((operation) => {
          if (found)
            return found.bytes({ channels: operation.outChannels, weightBits, outputBits, last: operation === last });
          const { weightBytes, totalBytes } = bytesAt(operation, weightBits);
          return totalBytes - weightBytes;
        }),
    };
  });
  const { maps, mapOf } = mapsOf(architecture);
  return { layers, maps, nodes: nodesOf(operations, executionOrder(operations, target), mapOf), limits };
}

/** Maps with the layers whose bits they have, and the map that each operation writes; −1 is the input's place. */
function mapsOf({ input, operations }: Architecture): {
  readonly maps: readonly AllocatedMap[];
  readonly mapOf: (operation: number) => number;
} {
  const places: number[] = [];
  const maps: AllocatedMap[] = [{ elements: input.height * input.width * input.channels, group: -1 }];
  const mapOf = (operation: number): number => (operation < 0 ? 0 : places[operation]!);
  for (const operation of operations) {
    const source = mapOf(operation.inputs[0]!);
    if (operation.kind === 'flatten') {
      places.push(source);
      continue;
    }
    places.push(maps.length);
    const group = KEEPS_GRID.has(operation.kind) ? maps[source]!.group : operation.layer;
    maps.push({ elements: outputElements(operation), group });
  }
  // What the network puts out keeps its bits, and with it what has the same grid.
  const ends = new Set(outputsOf(operations).map((output) => maps[mapOf(output)]!.group));
  return { maps: maps.map((map) => (ends.has(map.group) ? { ...map, group: -1 } : map)), mapOf };
}

function nodesOf(
  operations: readonly Operation[],
  order: readonly number[],
  mapOf: (operation: number) => number,
): AllocatedNode[] {
  const run = order.filter((i) => operations[i]!.kind !== 'flatten');
  const born = new Map<number, number>([[0, -1]]);
  const dies = new Map<number, number>();
  run.forEach((i, step) => {
    born.set(mapOf(i), step);
    for (const input of operations[i]!.inputs) dies.set(mapOf(input), step);
  });
  return run.map((i, step) => {
    const { layerName, id, inputs } = operations[i]!;
    const read = [...new Set(inputs.map(mapOf))];
    const output = mapOf(i);
    const held = [...dies].flatMap(([map, end]) =>
      map !== output && !read.includes(map) && born.get(map)! < step && end > step ? [map] : [],
    );
    return {
      name: operations.filter((one) => one.layerName === layerName).length > 1 ? id : layerName,
      inputs: read,
      output,
      held,
    };
  });
}
