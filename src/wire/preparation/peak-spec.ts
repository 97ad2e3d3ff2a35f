/** `peak`: every sample as loud as the other. */
import { object, oneOf } from '../../base/validate.ts';
import type { StepSpec } from './step-spec.ts';

export interface PeakStep {
  readonly step: 'peak';
}

export const peakSpec: StepSpec<PeakStep> = {
  id: 'peak',
  about: 'Divides each sample by its largest absolute value.',
  examples: ['true'],
  read: (value) => (value === true ? { step: 'peak' } : 'write `peak: true`, or leave the step out'),
  shape: (sample) => sample,
  makes: 'float32',
  fitted: false,
  alike: false,
  words: () => 'divide it by its largest absolute value (where that is not 0)',
  check: object<PeakStep>({ step: oneOf(['peak']) }),
};
