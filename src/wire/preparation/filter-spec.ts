/** `lowPass` and `highPass`: Butterworth filters over time, each channel alone. */
import { count, isRecord, list, number, object, oneOf, type Check } from '../../base/validate.ts';
import { butterworth, type Biquad } from '../../signals/butterworth.ts';
import { notOverTime, plain, RATE_MISSING, type StepContext } from './signal-values.ts';
import type { StepSpec } from './step-spec.ts';

interface FilterStep {
  /** Hertz. */
  readonly rate: number;
  readonly cutoff: number;
  readonly order: number;
  /** One after another, from rest: y = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²) · x */
  readonly sections: readonly Biquad[];
}

export interface LowPassStep extends FilterStep {
  readonly step: 'lowPass';
}

export interface HighPassStep extends FilterStep {
  readonly step: 'highPass';
}

const KINDS = { lowPass: 'low-pass', highPass: 'high-pass' } as const;
const DEFAULT_ORDER = 2;

function readFilter(name: keyof typeof KINDS, value: unknown, { rate }: StepContext = {}): FilterStep | string {
  if (rate === undefined) return RATE_MISSING;
  const { cutoff, order = DEFAULT_ORDER } = isRecord(value) ? value : { cutoff: value };
  if (typeof cutoff !== 'number' || typeof order !== 'number')
    return 'write the frequency in hertz, for example `20` or `{ cutoff: 20, order: 4 }`';
  if (!(cutoff > 0 && cutoff < rate / 2))
    return `${plain(cutoff)} Hz is not between 0 and ${plain(rate / 2)} Hz, half the rate`;
  return { rate, cutoff, order, sections: butterworth({ kind: KINDS[name], order, cutoff, rate }) };
}

const FIELDS = {
  rate: number,
  cutoff: number,
  order: count,
  sections: list(
    object<Biquad>({ b: list(number, 3) as Check<Biquad['b']>, a: list(number, 2) as Check<Biquad['a']> }),
  ),
} as const;

const words = (name: keyof typeof KINDS, { cutoff, order, rate }: FilterStep): string =>
  `filter it (Butterworth ${KINDS[name]} of order ${order}, ${plain(cutoff)} Hz at ${plain(rate)} Hz)`;

const COMMON = { makes: 'float32', fitted: false, alike: false } as const;

export const lowPassSpec: StepSpec<LowPassStep> = {
  ...COMMON,
  id: 'lowPass',
  about: 'Keeps what is below a frequency.',
  examples: ['20', '{ cutoff: 20, order: 4 }'],
  read(value, context) {
    const read = readFilter('lowPass', value, context);
    return typeof read === 'string' ? read : { step: 'lowPass', ...read };
  },
  shape: (sample) => notOverTime('lowPass', sample) ?? sample,
  words: (step) => words('lowPass', step),
  check: object<LowPassStep>({ step: oneOf(['lowPass']), ...FIELDS }),
};

export const highPassSpec: StepSpec<HighPassStep> = {
  ...COMMON,
  id: 'highPass',
  about: 'Keeps what is above a frequency: takes away gravity, or an offset.',
  examples: ['0.5', '{ cutoff: 0.5, order: 4 }'],
  read(value, context) {
    const read = readFilter('highPass', value, context);
    return typeof read === 'string' ? read : { step: 'highPass', ...read };
  },
  shape: (sample) => notOverTime('highPass', sample) ?? sample,
  words: (step) => words('highPass', step),
  check: object<HighPassStep>({ step: oneOf(['highPass']), ...FIELDS }),
};
