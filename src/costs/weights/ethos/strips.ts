/**
 * Which operations an Ethos-U's compiler may compute in strips, one chain of operations a strip at a time, so that maps
 * between them are never whole in memory. It does where a chain takes less memory than one of its operations, or, with
 * the maps in DRAM, where an operation's maps do not fit its cache (Arm Vela 5.2).
 */
import type { Architecture, Operation } from '../../../network/types.ts';
import type { Target } from '../../../targets/find-target.ts';
import { roundUp } from '../../../base/round.ts';
import { executionOrder, mapBytes } from '../../activations/map-layout.ts';
import { DEDICATED_BYTES } from './network-promise.ts';

/** May an operation run in strips where maps share the SRAM with weights, and where they lie in DRAM? */
export interface InStrips {
  readonly shared: boolean;
  readonly dedicated: boolean;
  /** Bytes of SRAM that are taken while it runs, at least, where maps share the SRAM. */
  readonly leastBytes: number;
}

const BRICK = 16;

/** Kinds that are computed row by row. */
const ROWS: ReadonlySet<Operation['kind']> = new Set([
  'conv',
  'depthwise',
  'add',
  'average-pool',
  'max-pool',
  'global-average-pool',
]);

/** By operation. @param liveBytes no less than what is alive while each operation runs */
export function inStrips(architecture: Architecture, target: Target, liveBytes: readonly number[]): InStrips[] {
  const { operations } = architecture;
  const maps = mapBytes(architecture, target);
  const bytesOf = (index: number): number => (index < 0 ? maps.input : maps.outputs[index]!).bytes;
  const readers = operations.map(() => 0);
  for (const { inputs } of operations) for (const index of inputs) if (index >= 0) readers[index]!++;
  const order = executionOrder(operations, target);
  const found = liveBytes.map((leastBytes) => ({ shared: false, dedicated: false, leastBytes }));
  const divisible = (index: number): boolean =>
    ROWS.has(operations[index]!.kind) && operations[index]!.outSize.height > 1;
  /** Does the operation after a step only go on with its output, which lies in bricks? */
  const goesOn = (step: number): boolean => {
    const [index, next] = [order[step]!, order[step + 1]];
    return (
      next !== undefined &&
      divisible(next) &&
      operations[next]!.inputs.includes(index) &&
      readers[index] === 1 &&
      !maps.outputs[index]!.packed
    );
  };
  order.forEach((start, first) => {
    if (!divisible(start)) return;
    const input = Math.min(...operations[start]!.inputs.map(bytesOf));
    let alive = liveBytes[start]!;
    for (let last = first; goesOn(last); last++) {
      const [before, index] = [order[last]!, order[last + 1]!];
      alive = Math.max(alive, liveBytes[index]!);
      if (bytesOf(before) + bytesOf(index) >= DEDICATED_BYTES)
        found[before]!.dedicated = found[index]!.dedicated = true;
      const chain = input + rollingBytes(operations[order[first + 1]!]!) + bytesOf(index);
      if (chain <= alive)
        for (let step = first; step <= last + 1; step++) {
          const one = found[order[step]!]!;
          one.shared = true;
          one.leastBytes = Math.min(one.leastBytes, chain);
        }
    }
  });
  return found;
}

/** What the rows between the first operation of a chain and the second take at least. */
function rollingBytes({ kernel, dilation, inSize, inChannels }: Operation): number {
  const rows = Math.min((kernel.height - 1) * dilation.height + 1, inSize.height);
  return 2 * rows * inSize.width * roundUp(inChannels, BRICK);
}
