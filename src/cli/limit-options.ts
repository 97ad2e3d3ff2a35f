/** The options that set limits: how each is written, and what it is in the unit of its cost. */
import { messageOf } from '../base/error-text.ts';
import type { GivenLimits } from '../costs/limits/holding-limits.ts';
import { parseBytes } from '../language/byte-units.ts';
import { parseCount, parseSeconds } from '../language/quantity-units.ts';
import type { CostName } from '../wire/limits.ts';
import { UsageError } from './terminal/io.ts';

const instead = 'instead of what the definition says';

/** For the usage of a command. */
export const LIMIT_OPTIONS = {
  budget: {
    type: 'string',
    value: '48KiB',
    about: 'the weight memory, instead of what the definition or the target says',
  },
  latency: { type: 'string', value: '3ms', about: `the time that an inference may take, ${instead}` },
  cycles: { type: 'string', value: '1.2M', about: `the NPU cycles that an inference may take, ${instead}` },
  macs: { type: 'string', value: '5M', about: `the multiply-accumulates of an inference, ${instead}` },
} as const;

export type LimitOption = keyof typeof LIMIT_OPTIONS;
export type LimitValues = Readonly<Partial<Record<LimitOption, string | undefined>>>;

const READERS: Readonly<Record<LimitOption, { readonly cost: CostName; readonly read: (text: string) => number }>> = {
  budget: { cost: 'weights', read: parseBytes },
  latency: { cost: 'latency', read: parseSeconds },
  cycles: { cost: 'cycles', read: parseCount },
  macs: { cost: 'macs', read: parseCount },
};

/** The option that sets the limit on a cost, with its dashes. */
export const optionOf = (cost: CostName): string =>
  `--${Object.entries(READERS).find(([, reader]) => reader.cost === cost)?.[0] ?? cost}`;

/** What the options say. @throws UsageError naming the option and what would be right */
export function givenLimits(values: LimitValues): GivenLimits {
  return Object.fromEntries(
    Object.entries(READERS).flatMap(([option, { cost, read }]): [CostName, number][] => {
      const text = values[option as LimitOption];
      if (text === undefined) return [];
      try {
        return [[cost, read(text)]];
      } catch (error) {
        throw new UsageError(`--${option}: ${messageOf(error)}`);
      }
    }),
  );
}
