/** `normalise`: the last step, one scale and one offset a channel. */
import { isRecord, list, number, object, oneOf } from '../../base/validate.ts';
import type { StepSpec } from './step-spec.ts';

export const NORMALISATIONS = ['standardised', 'unit-range', 'symmetric'] as const;

/** A way to find the numbers, or the numbers: (value − mean[c]) / std[c]. */
export interface NormaliseStep {
  readonly step: 'normalise';
  /** Absent where the numbers are given. */
  readonly by?: (typeof NORMALISATIONS)[number];
  /** One number for each channel, or one for all; in the units of what comes before this step. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

const numbersText = (values: readonly number[] = []): string =>
  values.map((value) => String(Number(value.toPrecision(7)))).join(', ');

const numbers = (value: unknown): readonly number[] | undefined => {
  const all = Array.isArray(value) ? (value as unknown[]) : [value];
  return all.length > 0 && all.every((one) => Number.isFinite(one)) ? (all as number[]) : undefined;
};

export const normaliseSpec: StepSpec<NormaliseStep> = {
  id: 'normalise',
  about: 'Brings values to the range that networks learn from.',
  examples: [...NORMALISATIONS, '{ mean: [124, 116, 104], std: [58, 57, 57] }'],
  read(value) {
    if (!isRecord(value)) {
      const by = NORMALISATIONS.find((name) => name === value);
      return by ? { step: 'normalise', by } : `write ${NORMALISATIONS.join(', ')}, or \`{ mean: …, std: … }\``;
    }
    const [mean, std] = [numbers(value['mean']), numbers(value['std'])];
    if (!mean || !std || mean.length !== std.length)
      return '`mean` and `std` are as many numbers: one for each channel, or one for all';
    const zero = std.findIndex((one) => one <= 0);
    return zero < 0
      ? { step: 'normalise', mean, std }
      : `\`std\` ${std[zero]} is not above 0: values are divided by it`;
  },
  shape(sample, { mean }) {
    const { channels = mean?.length ?? 1 } = sample;
    if (mean !== undefined && mean.length !== 1 && mean.length !== channels)
      return `\`normalise\` has ${mean.length} numbers for the ${channels} channels of samples`;
    return sample;
  },
  fitted: true,
  alike: true,
  words: ({ by, mean, std }) =>
    by
      ? `normalise it (${by})`
      : `(value - mean) / std per channel, mean ${numbersText(mean)}, std ${numbersText(std)}`,
  check: object<NormaliseStep>(
    { step: oneOf(['normalise']) },
    { by: oneOf(NORMALISATIONS), mean: list(number), std: list(number) },
  ),
};
