/**
 * The name of a target with the presets that a definition states: `ethos-u55-128+Ethos_U55_Deep_Embedded+Sram_Only`.
 * Runs, results and options carry it, so that all of them speak of one clock and one placement.
 */

/** Memory modes by the names that Arm's compiler has for them. */
export const MEMORY_MODES = [
  'Sram_Only',
  'Shared_Sram',
  'Dedicated_Sram',
  'Dedicated_Sram_256KB',
  'Dedicated_Sram_384KB',
  'Dedicated_Sram_512KB',
] as const;
export type MemoryModeName = (typeof MEMORY_MODES)[number];

/** A chip with its presets; what is absent is as the chip's compiler has it. */
export interface StatedTarget {
  readonly npu: string;
  readonly system?: string;
  readonly memory?: string;
}

const BETWEEN = '+';

/** The parts of a name. Nothing is said about whether there are such. */
export function splitTargetName(name: string): StatedTarget {
  const [npu = '', ...parts] = name.split(BETWEEN);
  const isMode = (part: string): boolean => (MEMORY_MODES as readonly string[]).includes(part);
  const system = parts.filter((part) => !isMode(part)).join(BETWEEN);
  const memory = parts.filter(isMode).join(BETWEEN);
  return { npu, ...(system !== '' && { system }), ...(memory !== '' && { memory }) };
}

/** The name that runs have a stated target by. */
export const nameOfTarget = ({ npu, system, memory }: StatedTarget): string =>
  [npu, system, memory].filter((part) => part !== undefined).join(BETWEEN);

/** `npu: ethos-u55-128, memory: Sram_Only`: what `target:` of a definition says of a whole name. */
export const statedText = (name: string): string =>
  Object.entries(splitTargetName(name))
    .map(([key, value]) => `${key}: ${String(value)}`)
    .join(', ');

/** `target:` of a definition with another target, its limits kept: presets that the name does not have are gone. */
export function renamed<Stated extends StatedTarget>(stated: Stated, name: string): Stated {
  const kept = Object.entries(stated).filter(([key]) => key !== 'system' && key !== 'memory');
  return { ...(Object.fromEntries(kept) as Stated), ...splitTargetName(name) };
}
