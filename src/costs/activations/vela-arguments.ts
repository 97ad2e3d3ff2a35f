/** How Arm's compiler is called so that a network takes no more activation memory than UDC says. */
import type { Target } from '../../targets/find-target.ts';

/**
 * Arguments of `vela` after the file's name; undefined where the target is no Ethos-U or its maker's compiler is
 * another one.
 * `--arena-cache-size` is what keeps weight buffers within the bytes that activations leave free; chips whose default
 * keeps activations in
 * DRAM need a memory mode that keeps them in SRAM.
 */
export function velaArguments(target: Target, peakActivationBytes: number): readonly string[] | undefined {
  const { engine, encoder } = target;
  if (!engine || encoder !== 'regor') return undefined;
  return [
    '--accelerator-config',
    engine.accelerator,
    ...(engine.dedicatedByDefault ? ['--memory-mode', 'Shared_Sram'] : []),
    '--arena-cache-size',
    String(peakActivationBytes),
  ];
}

/** The whole command for a file, in words for a report; undefined where there is none. */
export function velaCommand(target: Target, peakActivationBytes: number, file: string): string | undefined {
  const options = velaArguments(target, peakActivationBytes);
  return options && ['vela', file, ...options].join(' ');
}
