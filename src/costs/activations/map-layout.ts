/**
 * How a target keeps activation maps in memory and in which order it runs operations: bricks of 16 channels on an
 * Ethos-U, as the compiler schedules.
 */
import { outputsOf } from '../../network/network-outputs.ts';
import { outputElements } from '../../network/operation-counts.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { roundUp } from '../../base/round.ts';

/** Channels of a brick, and bytes that every tensor is aligned to. */
const BRICK = 16;

/** An elementwise operation on fewer channels than this is run on the map seen as a deeper one. */
const SHALLOW = 8;

/** `packed`: channels lie beside each other without gaps (NHWC); else in bricks (NHCWB16). */
export interface MapBytes {
  readonly bytes: number;
  readonly packed: boolean;
}

const area = ({ outSize }: Operation): number => outSize.height * outSize.width;

/**
 * Is an activation or addition run on the map in another shape? Such a map lies in no bricks, and an activation is then
 * a pass of its own.
 * Facts: Arm Vela 5.2, its default core.
 */
export function isReshaped(operation: Operation): boolean {
  const elementwise = operation.kind === 'add' || operation.activation !== 'none';
  return elementwise && operation.outChannels < SHALLOW && outputElements(operation) > BRICK;
}

/** Does an operation read its input as another shape that is more than a name? */
export const readsAsVector = ({ kind, inSize }: Operation): boolean =>
  kind === 'flatten' && inSize.height * inSize.width > 1;

/**
 * Which outputs lie without gaps: the network's, what a host or a rearrangement reads, and what is written in one shape
 * and read in another. Additions one after another that are run in another shape all see the same one.
 */
function packedOutputs(operations: readonly Operation[], target: Target): boolean[] {
  const reshaped = operations.map(isReshaped);
  const ends = new Set(outputsOf(operations));
  const packed = operations.map((_, i) => ends.has(i));
  operations.forEach((operation, i) => {
    const { kind, inputs } = operation;
    const rearranged = kind === 'depth-to-space' && !target.engine?.transposesBricks;
    // What a convolution reads is not what its activation, a pass of its own then, reads.
    const view = kind === 'add' && reshaped[i]!;
    for (const index of inputs)
      if (index >= 0) packed[index] ||= readsAsVector(operation) || rearranged || view !== reshaped[index];
  });
  if (target.engine?.fusesAdditions) for (const [i, into] of fusedInto(operations, reshaped)) packed[i] = packed[into]!;
  return packed;
}

/**
 * What runs in one pass with the addition that follows it, both in the same other shape: the addition, by operation.
 * Such an output is never in memory; its place is the addition's.
 */
function fusedInto(operations: readonly Operation[], reshaped: readonly boolean[]): Map<number, number> {
  const readers = operations.map(() => 0);
  for (const { inputs } of operations) for (const index of inputs) if (index >= 0) readers[index]!++;
  const order = depthFirst(operations);
  const fused = new Map<number, number>();
  const additions = new Set<number>();
  order.forEach((i, step) => {
    const { kind, inputs } = operations[i]!;
    const before = inputs[0]!;
    const follows = kind === 'add' && before >= 0 && order[step - 1] === before && readers[before] === 1;
    if (!follows || !reshaped[i] || !reshaped[before] || additions.has(before)) return;
    fused.set(before, i);
    additions.add(i);
  });
  return fused;
}

/** Bytes of an operation's output where it lies in no bricks. */
export const mapWithoutGaps = (operation: Operation): number => roundUp(outputElements(operation), BRICK);

/** Bytes of so many elements of so many bits, packed. */
export const bytesIn = (elements: number, bits = 8): number => Math.ceil((elements * bits) / 8);

/** Bytes of the network's input and of each operation's output. */
export function mapBytes(
  architecture: Architecture,
  target?: Target,
): { readonly input: MapBytes; readonly outputs: readonly MapBytes[] } {
  const {
    input: { height, width, channels },
    operations,
  } = architecture;
  const elements = height * width * channels;
  if (!target?.engine) {
    return {
      input: { bytes: elements, packed: true },
      outputs: operations.map((o) => ({ bytes: bytesIn(outputElements(o), o.activationBits), packed: true })),
    };
  }
  const packed = packedOutputs(operations, target);
  return {
    input: { bytes: roundUp(elements, BRICK), packed: true },
    outputs: operations.map((o, i) => ({
      bytes: packed[i] ? mapWithoutGaps(o) : area(o) * roundUp(o.outChannels, BRICK),
      packed: packed[i]!,
    })),
  };
}

/**
 * The order in which operations run: as they stand, or, by an Ethos-U's compiler, depth first from the network's
 * output, the last input of
 * each operation before the others (so the shortcut of a residual block runs before its convolutions). What an early
 * exit needs runs before what the next one needs.
 */
export function executionOrder(operations: readonly Operation[], target?: Target): number[] {
  return target?.engine && operations.length > 0 ? depthFirst(operations) : operations.map((_, i) => i);
}

function depthFirst(operations: readonly Operation[]): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visits: { readonly index: number; readonly done: boolean }[] = outputsOf(operations)
    .reverse()
    .map((index) => ({ index, done: false }));
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { index, done } = visit;
    if (done) order.push(index);
    else if (!seen.has(index)) {
      seen.add(index);
      visits.push({ index, done: true });
      for (const input of operations[index]!.inputs)
        if (input >= 0 && !seen.has(input)) visits.push({ index: input, done: false });
    }
  }
  // What nothing reads is not run by the compiler; here it comes last.
  operations.forEach((_, i) => {
    if (!seen.has(i)) order.push(i);
  });
  return order;
}
