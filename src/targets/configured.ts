/** A target with presets of Arm's compiler: which there are for it, and what they make of it. */
import { nearNames } from '../text/nearest.ts';
import { MEMORY_MODES, nameOfTarget, type MemoryModeName, type StatedTarget } from '../wire/target-name.ts';
import { CYCLE_ENGINES } from './cycle-engines.ts';
import type { SystemPreset, Target } from './find-target.ts';
import { MODES, type MemoryMode } from './memory-modes.ts';
import { U55_SYSTEMS, U65_SYSTEMS, U85_SYSTEMS } from './system-presets.ts';

/** Presets as a definition or an option states them. */
export type Presets = Pick<StatedTarget, 'system' | 'memory'>;

const SYSTEMS = { u55: U55_SYSTEMS, u65: U65_SYSTEMS, u85: U85_SYSTEMS } as const;

/** The system configurations that a target can be given, the compiler's default first; none where it is no Ethos-U. */
export function systemsFor({ engine }: Target): readonly SystemPreset[] {
  const family = engine && CYCLE_ENGINES[engine.accelerator]?.family;
  return family ? SYSTEMS[family] : [];
}

/** Memory that can only be read: maps are never kept there. */
const isFlash = ({ timing }: SystemPreset): boolean => timing?.weights.writeLatency === 0;

/** Why a target cannot have a memory mode with a system; undefined where it can. */
function modeProblem(target: Target, system: SystemPreset, mode: MemoryMode): string | undefined {
  if (mode.dedicated && isFlash(system))
    return `it keeps maps beside the weights, and with ${system.name} those are in flash`;
  if (mode.weightsInSram && target.u85)
    return 'weights in SRAM are stored unpacked on an Ethos-U85, and what they take is not known here';
  return undefined;
}

/** A system that is stated, or else the target's own; undefined where it has none. */
const systemOf = (target: Target, stated: string | undefined): SystemPreset | undefined =>
  systemsFor(target).find(({ name }) => name === stated) ?? target.systems[0];

/** The memory modes that a target can have, with a system that is stated or with its own. */
export function memoryModesFor(target: Target, systemName?: string): readonly MemoryMode[] {
  const system = systemOf(target, systemName);
  if (!system || systemsFor(target).length === 0) return [];
  return MEMORY_MODES.map((name) => MODES[name]).filter((mode) => modeProblem(target, system, mode) === undefined);
}

/** What is wrong with the presets that a target is given, and at which key. */
export interface PresetProblem {
  readonly key: keyof Presets;
  readonly message: string;
  /** Names that may have been meant. */
  readonly near: readonly string[];
}

const WHAT: Readonly<Record<keyof Presets, string>> = { system: 'system', memory: 'memory mode' };

function unknownName(key: keyof Presets, name: string, { title }: Target, names: readonly string[]): PresetProblem {
  const message = `there is no ${WHAT[key]} '${name}' for ${title}; there are ${names.join(', ')}`;
  return { key, message, near: nearNames(name, names) };
}

export function presetProblem(target: Target, { system, memory }: Presets): PresetProblem | undefined {
  const systems = systemsFor(target);
  const stated = system !== undefined ? 'system' : memory !== undefined ? 'memory' : undefined;
  if (stated === undefined) return undefined;
  if (systems.length === 0)
    return { key: stated, message: `presets are those of Arm's compiler, and ${target.name} is no Ethos-U`, near: [] };
  const names = systems.map(({ name }) => name);
  if (system !== undefined && !names.includes(system)) return unknownName('system', system, target, names);
  if (memory === undefined) return undefined;
  const mode = MODES[memory as MemoryModeName];
  const offered = memoryModesFor(target, system).map(({ name }) => name);
  if (!mode) return unknownName('memory', memory, target, offered);
  const around = systemOf(target, system)!;
  const problem = modeProblem(target, around, mode);
  return problem === undefined
    ? undefined
    : {
        key: 'memory',
        message: `${memory} is not possible here: ${problem}; there are ${offered.join(', ')}`,
        near: [],
      };
}

/** The memories as a mode places weights in them: in SRAM they are read as maps are. */
function placed(system: SystemPreset, mode: MemoryMode | undefined): SystemPreset {
  if (!mode?.weightsInSram) return system;
  return {
    ...system,
    weightBytesPerSecond: system.sramBytesPerSecond,
    ...(system.timing && { timing: { ...system.timing, weights: system.timing.sram } }),
  };
}

/**
 * A target whose cycles, clock and placement are those of the presets; without any, the target itself. Where a system
 * has flash and no mode is stated, maps are in SRAM: the compiler has no other mode for that.
 * @throws RangeError that names the presets that there are
 */
export function configured(target: Target, presets: Presets): Target {
  const problem = presetProblem(target, presets);
  if (problem) throw new RangeError(problem.message);
  if (presets.system === undefined && presets.memory === undefined) return target;
  const system = systemOf(target, presets.system)!;
  const byDefault = target.engine!.dedicated === true;
  const memory =
    (presets.memory as MemoryModeName | undefined) ??
    (byDefault && isFlash(system) ? MODES.Shared_Sram.name : undefined);
  return {
    ...target,
    name: nameOfTarget({ npu: target.name, ...presets }),
    engine: { ...target.engine!, dedicated: memory === undefined ? byDefault : MODES[memory].dedicated },
    systems: [placed(system, memory && MODES[memory])],
    presets: { ...presets, ...(memory !== undefined && { memory }) },
  };
}
