/** How Arm's compiler is called so that what is said of a network's memory and of its time holds. */
import type { Target } from '../../targets/find-target.ts';
import { MODES } from '../../targets/memory-modes.ts';
import { formatBytes } from '../../text/format.ts';
import type { CostReport } from '../../wire/limits.ts';
import { arenaChoice, limitsTime, statedMode } from './bounded-target.ts';

/** Where `vela` finds its presets, and looks by itself; with half of them it takes no such file. */
const CONFIGURATION = ['--config', 'Arm/vela.ini'] as const;

/** The options that name the presets of a target; none where none are stated. */
export function presetArguments({ presets }: Pick<Target, 'presets'>): readonly string[] {
  const { system, memory } = presets ?? {};
  return [
    ...(system !== undefined && memory !== undefined ? CONFIGURATION : []),
    ...(system === undefined ? [] : ['--system-config', system]),
    ...(memory === undefined ? [] : ['--memory-mode', memory]),
  ];
}

/**
 * Arguments of `vela` after the file's name; undefined where the target is no Ethos-U or its maker's compiler is
 * another one.
 * `--arena-cache-size` is what keeps maps and copies of weights within so many bytes (`arenaChoice`); chips whose
 * default keeps activations in DRAM then need a memory mode that keeps them in SRAM. A mode that is stated stays as it
 * is, and so does the cache of one that has a size.
 * @param costs of the network's certificate
 */
export function velaArguments(target: Target, costs: readonly CostReport[]): readonly string[] | undefined {
  const { engine, encoder, presets } = target;
  if (!engine || encoder !== 'regor') return undefined;
  const arena = arenaChoice(target, costs)?.bytes;
  const inSram = arena !== undefined && !statedMode(target) && engine.dedicated;
  return [
    '--accelerator-config',
    engine.accelerator,
    ...presetArguments({ presets: { ...presets, ...(inSram && { memory: MODES.Shared_Sram.name }) } }),
    ...(arena === undefined ? [] : ['--arena-cache-size', String(arena)]),
  ];
}

/** The whole command for a file, in words for a report; undefined where there is none. */
export function velaCommand(target: Target, costs: readonly CostReport[], file: string): string | undefined {
  const options = velaArguments(target, costs);
  return options && ['vela', file, ...options].join(' ');
}

/**
 * The SRAM that the command takes, and what holds with it, in a sentence without its full stop; undefined where there
 * is no command.
 */
export function sramText(target: Target, costs: readonly CostReport[]): string | undefined {
  if (velaArguments(target, costs) === undefined) return undefined;
  const choice = arenaChoice(target, costs);
  const mode = statedMode(target);
  if (mode?.cacheBytes !== undefined)
    return `at most ${formatBytes(mode.cacheBytes)}, the cache of ${mode.name}; maps lie in DRAM`;
  if (!choice) return undefined;
  if (choice.bytes === undefined)
    return 'as much as Vela wants for copies of weights, since only time is limited: the estimate is for that. Limit `activations` too, and the network is looked for, and Vela told, within both';
  const most = `at most ${formatBytes(choice.bytes)}`;
  if (choice.for === 'peak')
    return `${most}, what maps take at their peak; without \`--arena-cache-size\` Vela takes more, for copies of weights, and may need fewer cycles`;
  if (mode?.dedicated && limitsTime(costs))
    return `${most}, as a cache of maps in DRAM. The estimate of cycles is for a cache that holds everything: with less Vela may take more`;
  return `${most}, the limit on activations, for maps and copies of weights together; cycles are estimated for that much`;
}
