/**
 * What an Ethos-U runs for an operation: one pass, two where an activation over few channels is one of its own, or
 * transpositions.
 */
import { outputElements } from '../../network/operation-counts.ts';
import type { Operation, PrimitiveKind, Size2D } from '../../network/types.ts';
import { hardwareKernel } from '../weights/ethos/dilation.ts';
import { isReshaped } from '../activations/map-layout.ts';
import type { Extent } from './transfers.ts';
import { transpositions } from './transpositions.ts';

export type PassKind = Exclude<PrimitiveKind, 'flatten' | 'depth-to-space'> | 'activation' | 'transposition';

const ONE: Size2D = { height: 1, width: 1 };

export interface Pass {
  readonly kind: PassKind;
  /**
   * The operation as it is run: an activation as a pool of single pixels, elementwise operations on their deeper map.
   */
  readonly operation: Operation;
  /** Zeros of large dilations included; of a global pool, the whole map. */
  readonly kernel: Size2D;
  readonly input: Extent;
  readonly output: Extent;
  /** Followed by a ReLU in the same pass? */
  readonly relu: boolean;
  /** Does its output unit turn the map, rows to another of its sizes? */
  readonly turned?: boolean;
}

/** Elementwise operations over few channels are run on a map of at least this depth. */
const DEPTH = 16;

function primeFactors(value: number): number[] {
  const factors: number[] = [];
  let rest = value;
  for (let factor = 2; factor * factor <= rest; factor++)
    for (; rest % factor === 0; rest /= factor) factors.push(factor);
  if (rest > 1) factors.push(rest);
  return factors;
}

/** A map of as many elements that is at least `DEPTH` deep, its height and width alike as far as the factors allow. */
function deeper(elements: number): Extent {
  const factors = primeFactors(elements);
  let depth = 1;
  let at = 0;
  while (at < factors.length && depth < DEPTH) depth *= factors[at++]!;
  let [height, width] = [1, 1];
  for (const factor of factors.slice(at)) {
    if (width < height) width *= factor;
    else height *= factor;
  }
  return { height: Math.max(height, width), width: Math.min(height, width), depth };
}

const extent = (size: Size2D, depth: number): Extent => ({ height: size.height, width: size.width, depth });

/** An operation run on a map of another shape. */
function onDeeperMap(operation: Operation, kind: PrimitiveKind): Operation {
  const { height, width, depth } = deeper(outputElements(operation));
  const size = { height, width };
  return {
    ...operation,
    kind,
    kernel: ONE,
    stride: ONE,
    dilation: ONE,
    inSize: size,
    outSize: size,
    inChannels: depth,
    outChannels: depth,
  };
}

function pass(kind: Exclude<PassKind, 'transposition'>, operation: Operation, relu: boolean): Pass {
  const { inSize, inChannels, outSize, outChannels } = operation;
  const { kernel } = hardwareKernel(operation.kernel, operation.dilation);
  return {
    kind,
    operation,
    relu,
    kernel: kind === 'global-average-pool' ? inSize : kernel,
    input: extent(inSize, inChannels),
    output: extent(outSize, outChannels),
  };
}

/** None for an operation that only renames a map. */
export function passesOf(operation: Operation): readonly Pass[] {
  const { kind, activation } = operation;
  if (kind === 'flatten') return [];
  if (kind === 'depth-to-space') return transpositions(operation);
  const relu = activation !== 'none';
  if (!isReshaped(operation)) return [pass(kind, operation, relu)];
  if (kind === 'add') return [pass(kind, onDeeperMap(operation, kind), relu)];
  return [pass(kind, operation, false), pass('activation', onDeeperMap(operation, 'average-pool'), false)];
}
