/** The options that name presets of the compiler for an Ethos-U. */
import { MEMORY_MODES, type StatedTarget } from '../wire/target-name.ts';

const instead = 'instead of what the definition says';

/** For the usage of a command. */
export const PRESET_OPTIONS = {
  system: {
    type: 'string',
    value: 'NAME',
    about: `clock and memories around an Ethos-U, by Vela's name, ${instead}; \`udc targets NAME\` lists them`,
  },
  memory: { type: 'string', value: MEMORY_MODES.slice(0, 3).join('|'), about: `Vela's memory mode, ${instead}` },
} as const;

export type PresetValues = Readonly<Partial<Pick<StatedTarget, 'system' | 'memory'>>>;

/** What the options say. */
export const givenPresets = ({ system, memory }: PresetValues): PresetValues => ({
  ...(system !== undefined && { system }),
  ...(memory !== undefined && { memory }),
});
