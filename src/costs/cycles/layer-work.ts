/** Where an inference's cycles go: of each layer, how well it uses the multiply-accumulate array, what it waits for. */
import { macs } from '../../network/operation-counts.ts';
import type { Architecture } from '../../network/types.ts';
import type { EthosEngine, Target } from '../../targets/find-target.ts';
import { estimatedBytes } from '../weights/weights-cost.ts';
import { estimateCycles } from './estimate-cycles.ts';
import type { Bottleneck } from './weight-transfers.ts';

export interface LayerWork {
  /** Estimated, of one inference. */
  readonly cycles: number;
  /** Of the network's cycles. */
  readonly share: number;
  /**
   * Multiply-accumulates of the layer over those that the array could do meanwhile, 0 to 1; absent for a layer without
   * any.
   */
  readonly utilisation?: number;
  /** Of the operation that takes the most cycles. */
  readonly bottleneck: Bottleneck;
}

/** What a layer waits for, in words that follow 'bound by'. */
export const BOTTLENECK_WORDS: Readonly<Record<Bottleneck, string>> = {
  array: 'the array',
  output: 'the output unit',
  maps: 'reading and writing maps',
  weights: 'reading weights',
};

/** Multiply-accumulates of a cycle at 8 bits. */
const peakMacs = ({ macs: perCore, cores }: EthosEngine): number => perCore * cores;

/**
 * By the index of the layer; a skipped one is missing. Undefined where there is no model of the target's cycles.
 * @param weightBytes stored weights of each operation; absent: by the rate table
 */
export function layerWork(
  architecture: Architecture,
  target: Target,
  weightBytes: readonly number[] = architecture.operations.map(
    (operation) => estimatedBytes(target, operation)?.weightBytes ?? 0,
  ),
): ReadonlyMap<number, LayerWork> | undefined {
  const { known, total, perOperation, bottlenecks } = estimateCycles(architecture, target, weightBytes);
  if (!known || !target.engine) return undefined;
  const layers = new Map<number, { cycles: number; macs: number; longest: number; bottleneck: Bottleneck }>();
  architecture.operations.forEach((operation, i) => {
    const cycles = perOperation[i]!;
    const before = layers.get(operation.layer) ?? { cycles: 0, macs: 0, longest: -1, bottleneck: 'array' as const };
    const worst = cycles > before.longest ? { longest: cycles, bottleneck: bottlenecks[i]! } : before;
    layers.set(operation.layer, {
      cycles: before.cycles + cycles,
      macs: before.macs + macs(operation),
      longest: worst.longest,
      bottleneck: worst.bottleneck,
    });
  });
  const perCycle = peakMacs(target.engine);
  return new Map(
    [...layers].map(([layer, { cycles, macs: count, bottleneck }]) => [
      layer,
      {
        cycles,
        share: total > 0 ? cycles / total : 0,
        ...(count > 0 && cycles > 0 && { utilisation: count / (cycles * perCycle) }),
        bottleneck,
      },
    ]),
  );
}
