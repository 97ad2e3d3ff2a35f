/** Activation memory: which tensors are alive while each operation runs. */
import { outputElements } from '../model/cost.ts';
import type { Architecture, Operation } from '../model/types.ts';
import type { Target } from './targets.ts';

export interface ActivationMemory {
  readonly peakBytes: number;
  /** Index of the first operation at the peak; −1 for a network without operations. */
  readonly peakOperation: number;
  /** Bytes alive while each operation runs: its inputs, its output, and what later operations still need. */
  readonly perOperation: readonly number[];
}

/** A tensor in memory; reshapes of it are the same buffer. */
interface Buffer { readonly bytes: number; readonly born: number; dies: number }

/**
 * Live bytes of int8 activations when the operations run in order. An addition writes over an input that nothing reads later where the
 * target allows it (without a target: not). A flattened tensor is its input seen differently and takes no memory.
 */
export function activationMemory(architecture: Architecture, target?: Target): ActivationMemory {
  const { operations, input } = architecture;
  const source: Buffer = { bytes: input.height * input.width * input.channels, born: 0, dies: -1 };
  const outputs: Buffer[] = [];
  const bufferOf = (index: number): Buffer => (index < 0 ? source : outputs[index]!);
  operations.forEach((operation, i) => {
    for (const index of operation.inputs) bufferOf(index).dies = i;
    outputs.push(operation.kind === 'flatten' ? bufferOf(operation.inputs[0]!) : { bytes: outputElements(operation), born: i, dies: i });
  });
  if (operations.length > 0) bufferOf(operations.length - 1).dies = operations.length - 1;
  const buffers = [...new Set([source, ...outputs])];
  const perOperation = liveBytes(buffers, operations.length);
  if (target?.inPlaceElementwise) {
    operations.forEach((operation, i) => { perOperation[i]! -= reusedBytes(operation, i, bufferOf, outputs[i]!); });
  }
  const peakBytes = perOperation.reduce((peak, bytes) => Math.max(peak, bytes), operations.length === 0 ? source.bytes : 0);
  return { peakBytes, peakOperation: perOperation.indexOf(peakBytes), perOperation };
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

/** Bytes that an operation saves by writing its output over an input that ends with it. */
function reusedBytes(operation: Operation, index: number, bufferOf: (index: number) => Buffer, output: Buffer): number {
  if (operation.kind !== 'add') return 0;
  const reusable = operation.inputs.some((input) => bufferOf(input).dies === index && bufferOf(input).bytes === output.bytes);
  return reusable ? output.bytes : 0;
}
