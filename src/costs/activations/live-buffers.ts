/** Which tensors of a network are in memory, from which step of its schedule to which. */
import { outputsOf } from '../../network/network-outputs.ts';
import type { Operation } from '../../network/types.ts';
import type { MapBytes } from './map-layout.ts';

/** A tensor in memory from one step of the schedule to another; reshapes of it are the same buffer. */
export interface Buffer {
  readonly bytes: number;
  readonly packed: boolean;
  /** The step that writes it, and the last one that needs it: both are steps of its life. */
  readonly born: number;
  readonly dies: number;
  readonly readers: number;
}

type Growing = { -readonly [Key in keyof Buffer]: Buffer[Key] };

export interface LiveBuffers {
  readonly source: Buffer;
  /** Of each operation's output: of a flattened tensor its input's. */
  readonly outputs: readonly Buffer[];
}

/**
 * The buffers of a network whose operations run in this order. The network's input lives from the first step, its
 * outputs to the last; a flattened tensor is its input seen differently.
 * @param maps bytes of the input and of each operation's output
 */
export function liveBuffers(
  operations: readonly Operation[],
  maps: { readonly input: MapBytes; readonly outputs: readonly MapBytes[] },
  order: readonly number[],
): LiveBuffers {
  const source: Growing = { ...maps.input, born: 0, dies: -1, readers: 0 };
  const outputs = new Array<Growing>(operations.length);
  const bufferOf = (index: number): Growing => (index < 0 ? source : outputs[index]!);
  order.forEach((i, step) => {
    const { kind, inputs } = operations[i]!;
    for (const index of inputs) {
      bufferOf(index).dies = step;
      bufferOf(index).readers += kind === 'flatten' ? 0 : 1;
    }
    outputs[i] =
      kind === 'flatten' ? bufferOf(inputs[0]!) : { ...maps.outputs[i]!, born: step, dies: step, readers: 0 };
  });
  for (const output of outputsOf(operations)) bufferOf(output).dies = operations.length - 1;
  return { source, outputs };
}

/** Bytes alive at each of `count` steps. */
export function liveBytes(buffers: Iterable<Buffer>, count: number): number[] {
  const change = new Array<number>(count + 1).fill(0);
  for (const { bytes, born, dies } of buffers) {
    if (dies < born) continue;
    change[born]! += bytes;
    change[dies + 1]! -= bytes;
  }
  let live = 0;
  return change.slice(0, count).map((step) => (live += step));
}
