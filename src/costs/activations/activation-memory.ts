/**
 * Activation memory: which tensors are alive while each operation runs, and the bytes that they take where the target
 * keeps them.
 */
import type { Architecture, Operation } from '../../network/types.ts';
import { liveBuffers, liveBytes, type Buffer } from './live-buffers.ts';
import { executionOrder, isReshaped, mapBytes, mapWithoutGaps, readsAsVector } from './map-layout.ts';
import type { Target } from '../../targets/find-target.ts';

export interface ActivationMemory {
  /** On an Ethos-U: what the compiler takes where its `--arena-cache-size` is this number. */
  readonly peakBytes: number;
  /** Index of the first operation at the peak; −1 for a network without operations. */
  readonly peakOperation: number;
  /** Bytes alive while each operation runs: its inputs, its output, and what later operations still need. */
  readonly perOperation: readonly number[];
}

/**
 * Live bytes of activations when the operations run in the target's order. An addition writes over an input that
 * nothing else reads
 * where the target allows it (without a target: not). A flattened tensor is its input seen differently and takes no
 * memory.
 */
export function activationMemory(architecture: Architecture, target?: Target): ActivationMemory {
  const { operations } = architecture;
  const maps = mapBytes(architecture, target);
  const order = executionOrder(operations, target);
  const { source, outputs } = liveBuffers(operations, maps, order);
  const bufferOf = (index: number): Buffer => (index < 0 ? source : outputs[index]!);
  const vectors = new Set(operations.flatMap((operation) => (readsAsVector(operation) ? operation.inputs : [])));
  const live = liveBytes(new Set([source, ...outputs]), operations.length);
  const perOperation = new Array<number>(operations.length);
  order.forEach((i, step) => {
    const operation = operations[i]!;
    const inPlace = target?.inPlaceElementwise && !vectors.has(i);
    const saved = inPlace ? reusedBytes(operation, bufferOf, outputs[i]!) : 0;
    perOperation[i] = live[step]! - saved;
    if (target?.engine && operation.kind !== 'add' && isReshaped(operation))
      perOperation[i] = activatedApart(operation, outputs[i]!, vectors.has(i), live[step]!, () =>
        [...new Set(operation.inputs.map(bufferOf))]
          .filter(({ dies }) => dies === step)
          .reduce((sum, { bytes }) => sum + bytes, 0),
      );
  });
  const peakBytes = perOperation.reduce(
    (peak, bytes) => Math.max(peak, bytes),
    operations.length === 0 ? source.bytes : 0,
  );
  return { peakBytes, peakOperation: perOperation.indexOf(peakBytes), perOperation };
}

/**
 * Bytes alive at the most where the activation is a pass of its own, behind the operation: what that reads lies without
 * gaps. It writes over it, unless it writes bricks, or is read as a vector.
 * @param alive with the inputs and the output
 * @param ends bytes of the inputs that nothing reads later
 */
function activatedApart(
  operation: Operation,
  output: Buffer,
  vector: boolean,
  alive: number,
  ends: () => number,
): number {
  if (output.packed && !vector) return alive;
  const between = mapWithoutGaps(operation);
  return Math.max(alive - output.bytes, alive - ends()) + between;
}

/**
 * Bytes that an operation saves by writing its output over an input that nothing else reads and that is kept in the
 * same way.
 */
function reusedBytes({ kind, inputs }: Operation, bufferOf: (index: number) => Buffer, output: Buffer): number {
  if (kind !== 'add') return 0;
  const reusable = inputs
    .map(bufferOf)
    .some(({ bytes, packed, readers }) => readers === 1 && bytes === output.bytes && packed === output.packed);
  return reusable ? output.bytes : 0;
}
