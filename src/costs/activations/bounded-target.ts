/** How much SRAM the compiler of a target is told that there is, and what its cycles are then counted with. */
import { bounded } from '../../targets/arena.ts';
import type { Target } from '../../targets/find-target.ts';
import { MODES, type MemoryMode } from '../../targets/memory-modes.ts';
import { limitedWork, limitOn, type CostName, type CostReport, type Limit } from '../../wire/limits.ts';
import { MEMORY_MODES } from '../../wire/target-name.ts';

/** The memory mode that is stated. */
export function statedMode({ presets }: Target): MemoryMode | undefined {
  const name = MEMORY_MODES.find((one) => one === presets?.memory);
  return name && MODES[name];
}

/** Does `--arena-cache-size` say how much SRAM there is? A mode with a cache of its own keeps that. */
export const takesArena = (target: Target): boolean =>
  target.engine !== undefined && target.encoder === 'regor' && statedMode(target)?.cacheBytes === undefined;

/**
 * The target as the compiler is told of it where there is a limit on activations: so much SRAM holds maps and copies of
 * weights together. Cycles are then those with that SRAM. Where maps lie in DRAM by a mode that is stated, and where
 * nothing is limited, the target itself.
 */
export function boundedBy(target: Target, limits: readonly Limit[]): Target {
  const limit = limitOn(limits, 'activations');
  if (limit === undefined || !takesArena(target) || statedMode(target)?.dedicated) return target;
  return bounded(target, limit);
}

/** Costs that copies of weights keep down. */
const TIMED: readonly CostName[] = ['latency', 'cycles'];

export const limitsTime = (costs: readonly CostReport[]): boolean =>
  limitedWork(costs).some(({ cost }) => TIMED.includes(cost));

/** What `--arena-cache-size` says, and for what. */
export interface ArenaChoice {
  /** Undefined: nothing, so that the compiler takes what it wants. */
  readonly bytes: number | undefined;
  readonly for: 'limit' | 'peak' | 'time';
}

/**
 * The SRAM that a network's command names: the limit on activations, with which cycles were counted; else, where time
 * is limited, none, as cycles were counted; else, or where the limit is too little, the peak of activations. Undefined
 * where the target has no such option.
 * @param costs of the certificate
 */
export function arenaChoice(target: Target, costs: readonly CostReport[]): ArenaChoice | undefined {
  const activations = costs.find(({ cost }) => cost === 'activations');
  if (!activations || !takesArena(target)) return undefined;
  const { value, limit } = activations;
  if (limit !== undefined && limit >= value) return { bytes: limit, for: 'limit' };
  return limit === undefined && limitsTime(costs) ? { bytes: undefined, for: 'time' } : { bytes: value, for: 'peak' };
}
