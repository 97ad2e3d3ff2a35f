/**
 * Activation memory: which tensors are alive while each operation runs, and the bytes that they take where the target
 * keeps them.
 */
import type { Architecture, Operation } from '../../network/types.ts';
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

/** A tensor in memory from one step of the schedule to another; reshapes of it are the same buffer. */
interface Buffer {
  readonly bytes: number;
  readonly packed: boolean;
  readonly born: number;
  dies: number;
  readers: number;
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
  const source: Buffer = { ...maps.input, born: 0, dies: -1, readers: 0 };
  const outputs = new Array<Buffer>(operations.length);
  const bufferOf = (index: number): Buffer => (index < 0 ? source : outputs[index]!);
  order.forEach((i, step) => {
    const { kind, inputs } = operations[i]!;
    for (const index of inputs) {
      bufferOf(index).dies = step;
      bufferOf(index).readers += kind === 'flatten' ? 0 : 1;
    }
    outputs[i] =
      kind === 'flatten' ? bufferOf(inputs[0]!) : { ...maps.outputs[i]!, born: step, dies: step, readers: 0 };
  });
  if (operations.length > 0) bufferOf(operations.length - 1).dies = operations.length - 1;
  const vectors = new Set(operations.flatMap((operation) => (readsAsVector(operation) ? operation.inputs : [])));
  const live = liveBytes([...new Set([source, ...outputs])], operations.length);
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

function liveBytes(buffers: readonly Buffer[], count: number): number[] {
  const change = new Array<number>(count + 1).fill(0);
  for (const { bytes, born, dies } of buffers) {
    if (dies < born) continue;
    change[born]! += bytes;
    change[dies + 1]! -= bytes;
  }
  let live = 0;
  return change.slice(0, count).map((step) => (live += step));
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
