/** The parts of a network between its early exits: what runs until an exit is asked, and what that costs. */
import { activationMemory } from '../costs/activations/activation-memory.ts';
import { estimateCycles } from '../costs/cycles/estimate-cycles.ts';
import { partsOf } from '../network/network-outputs.ts';
import { macs } from '../network/operation-counts.ts';
import type { Architecture } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import type { Sized } from './sizing.ts';

/** Operations in the order of the architecture, from behind one output of the network to the next. */
export interface Segment {
  /** The layer that makes its output. */
  readonly name: string;
  readonly first: number;
  /** The operation whose output is the network's. */
  readonly last: number;
  /** Of its weights. */
  readonly bytes: number;
  /** Of all maps that are in memory while it runs, at the most. */
  readonly peakActivationBytes: number;
  readonly macs: number;
  /** 0 where the target has no model of them. */
  readonly cycles: number;
}

/** One segment for each output; one alone where there is no early exit. */
export function segmentsOf(architecture: Architecture, target: Target, { perOperation }: Sized): Segment[] {
  const { operations } = architecture;
  const memory = activationMemory(architecture, target).perOperation;
  const cycles = estimateCycles(
    architecture,
    target,
    perOperation.map((size) => size?.weightBytes ?? 0),
  );
  return partsOf(operations).map(({ first, last }) => {
    const sum = (of: (index: number) => number): number =>
      operations.reduce((total, _, i) => (i < first || i > last ? total : total + of(i)), 0);
    return {
      name: operations[last]!.layerName,
      first,
      last,
      bytes: sum((i) => perOperation[i]?.totalBytes ?? 0),
      peakActivationBytes: Math.max(...memory.slice(first, last + 1)),
      macs: sum((i) => macs(operations[i]!)),
      cycles: sum((i) => cycles.perOperation[i] ?? 0),
    };
  });
}
