/** How Arm's compiler is called so that a network takes no more activation memory than UDC says. */
import type { Target } from '../../targets/find-target.ts';
import { MODES } from '../../targets/memory-modes.ts';
import { limitedWork, type CostReport } from '../../wire/limits.ts';
import { MEMORY_MODES } from '../../wire/target-name.ts';

/** Where `vela` finds the presets that it brings along. */
const CONFIGURATION = ['--config', 'Arm/vela.ini'] as const;

/** The options that name the presets of a target; none where none are stated. */
export function presetArguments({ presets }: Target): readonly string[] {
  if (!presets) return [];
  return [
    ...CONFIGURATION,
    ...(presets.system === undefined ? [] : ['--system-config', presets.system]),
    ...(presets.memory === undefined ? [] : ['--memory-mode', presets.memory]),
  ];
}

/**
 * Arguments of `vela` after the file's name; undefined where the target is no Ethos-U or its maker's compiler is
 * another one.
 * `--arena-cache-size` is what keeps weight buffers within the bytes that activations leave free; chips whose default
 * keeps activations in DRAM need a memory mode that keeps them in SRAM. A mode that is stated stays as it is, and so
 * does the cache of one that has a size.
 */
export function velaArguments(target: Target, peakActivationBytes: number): readonly string[] | undefined {
  const { engine, encoder, presets } = target;
  if (!engine || encoder !== 'regor') return undefined;
  const mode = MEMORY_MODES.find((name) => name === presets?.memory);
  return [
    '--accelerator-config',
    engine.accelerator,
    ...presetArguments(target),
    ...(mode === undefined && engine.dedicated ? ['--memory-mode', 'Shared_Sram'] : []),
    ...(mode && MODES[mode].cacheBytes !== undefined ? [] : ['--arena-cache-size', String(peakActivationBytes)]),
  ];
}

/** The whole command for a file, in words for a report; undefined where there is none. */
export function velaCommand(target: Target, peakActivationBytes: number, file: string): string | undefined {
  const options = velaArguments(target, peakActivationBytes);
  return options && ['vela', file, ...options].join(' ');
}

/** Costs that weight buffers keep down. */
const TIMED = new Set(['latency', 'cycles']);

/**
 * What to know of the command above where latency or cycles are limited, in a sentence: the estimate is of Vela with
 * weight buffers in all the memory that there is. Undefined where neither is limited or the command bounds nothing.
 */
export function arenaCaution(target: Target, costs: readonly CostReport[]): string | undefined {
  const bounded = velaArguments(target, 0)?.includes('--arena-cache-size') ?? false;
  if (!bounded || !limitedWork(costs).some(({ cost }) => TIMED.has(cost))) return undefined;
  return 'with `--arena-cache-size` Vela may take more cycles than the estimate, which is of Vela without it: weights are buffered in the memory that activations leave free';
}
