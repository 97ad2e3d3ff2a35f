/** What the NPU's weight order adds to a filter, and the channel counts that would add nothing. */
import type { Architecture, Operation } from '../../model/types.ts';
import { estimateSize } from '../../npu/rates.ts';
import type { Target } from '../../npu/targets.ts';
import type { OperationMeasure } from './measure.ts';

/** Channel counts beyond this many more are not looked at: no weight order rounds further. */
const FURTHEST = 128;

export interface ChannelPadding {
  /** Channels as the network has them. */
  readonly channels: number;
  /** Channels that are stored. */
  readonly stored: number;
  /** The nearest smaller count that is stored as it is; 0 where there is none. */
  readonly lower: number;
}

type Side = 'input' | 'output';

/** Positions in the OHWI shape. */
const AXIS: Readonly<Record<Side, 0 | 3>> = { output: 0, input: 3 };

/** The rounding of one side of a filter, or undefined where nothing is added. */
export function channelPadding(measure: OperationMeasure, side: Side, target: Target): ChannelPadding | undefined {
  const { operation, filter } = measure;
  if (!filter || (operation.kind === 'depthwise' && side === 'input')) return undefined;
  const axis = AXIS[side];
  const channels = filter[axis];
  const coded = (count: number): number => codedElements(measure, target, axis, count);
  const now = coded(channels);
  let stored = channels;
  while (stored < channels + FURTHEST && coded(stored + 1) === now) stored += 1;
  // Where nothing is rounded, the count grows with each channel; where it never grows, the format has no order at all.
  if (stored === channels || stored === channels + FURTHEST) return undefined;
  let lower = channels - 1;
  while (lower > 0 && coded(lower) === now) lower -= 1;
  return { channels, stored, lower };
}

function codedElements({ operation, filter }: OperationMeasure, target: Target, axis: 0 | 3, count: number): number {
  const kind = operation.kind as 'conv' | 'depthwise' | 'dense';
  const ohwi: [number, number, number, number] = [...filter!];
  ohwi[axis] = count;
  return estimateSize(target, { kind, ohwi, bits: operation.bits, sparsity: operation.sparsity, dilation: operation.dilation }).codedElements;
}

/** 'filters 40 stores 64; 32 or 64 waste nothing'. */
export function paddingRemedy(name: string, { channels, stored, lower }: ChannelPadding): string {
  const without = lower > 0 ? `${lower} or ${stored} waste nothing` : `${stored} wastes nothing`;
  return `${name} ${channels} stores ${stored}; ${without}`;
}

/** The weighted operators that read the output of a layer, through additions, pools and other operators that keep the channels. */
export function consumers(architecture: Architecture, layer: number): readonly Operation[] {
  const last = architecture.operations.findLastIndex((operation) => operation.layer === layer);
  const found: Operation[] = [];
  const seen = new Set<number>([last]);
  for (let index = last + 1; last >= 0 && index < architecture.operations.length; index += 1) {
    const operation = architecture.operations[index]!;
    if (!operation.inputs.some((input) => seen.has(input))) continue;
    if (operation.kind === 'conv' || operation.kind === 'dense') found.push(operation);
    else if (operation.kind !== 'flatten' && operation.kind !== 'depth-to-space') seen.add(index);
  }
  return found;
}
