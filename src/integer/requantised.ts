/** Weights of a file on other grids than it has them: what other bits would store. */
import { filterShape } from '../network/operation-counts.ts';
import type { Operation } from '../network/types.ts';
import { storedSize } from '../costs/weights/stored-size.ts';
import { fittedCodes, magnitudeMask } from '../costs/weights/fitted-codes.ts';
import { estimatedBytes, type BytesAt, type WeightBytes } from '../costs/allocate/allocation-problem.ts';
import type { Target } from '../targets/find-target.ts';
import type { InitialWeights } from './initial-weights.ts';
import { weightTensor } from './quantise-network.ts';

/** OHWI to the layout that training has, output channels last; depthwise filters alike. */
export function toTrainingLayout(weights: Float32Array, channels: number): Float32Array {
  const taps = weights.length / channels;
  const result = new Float32Array(weights.length);
  for (let out = 0; out < channels; out++)
    for (let tap = 0; tap < taps; tap++) result[tap * channels + out] = weights[out * taps + tap]!;
  return result;
}

/**
 * Real weights of an operation in the file, output channels last; undefined where the file has none of its shape.
 */
export function fileWeights({ operations }: InitialWeights, operation: Operation): Float32Array | undefined {
  const given = operations.get(operation.id);
  const shape = filterShape(operation);
  if (!given || !shape || shape.some((size, i) => size !== given.shape[i])) return undefined;
  return toTrainingLayout(given.weights, operation.outChannels);
}

/**
 * Integer weights (OHWI) of an operation in the file, on the grid of the operation's bits and pruned as it says;
 * undefined where the file has none of its shape.
 */
export function codesAt(weights: InitialWeights, operation: Operation): Int8Array | undefined {
  const w = fileWeights(weights, operation);
  return w && fittedCodes(w, magnitudeMask(w, operation.sparsity), operation);
}

/**
 * Exact bytes of a file's weights at any bits, pruned as the operation says; of what the file lacks, the rate table's.
 * Each is encoded once.
 */
export function encodedBytesAt(weights: InitialWeights, target: Target): BytesAt {
  const known = new Map<string, WeightBytes>();
  const estimated = estimatedBytes(target);
  return (operation, bits) => {
    const key = `${operation.id}|${bits}|${operation.sparsity}`;
    let found = known.get(key);
    if (!found) {
      const at = { ...operation, bits };
      const codes = codesAt(weights, at);
      found = codes ? storedSize(target, weightTensor(at, codes)!) : estimated(operation, bits);
      known.set(key, found);
    }
    return found;
  };
}

/** Does the file have the weights of every operation? Then its bytes are no estimates. */
export const hasAll = (weights: InitialWeights, operations: readonly Operation[]): boolean =>
  operations.every((operation) => !filterShape(operation) || fileWeights(weights, operation) !== undefined);
