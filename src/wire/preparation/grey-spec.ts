/** `grey`: one channel instead of red, green and blue. */
import { object, oneOf } from '../../base/validate.ts';
import type { StepSpec } from './step-spec.ts';

export interface GreyStep {
  readonly step: 'grey';
}

export const greySpec: StepSpec<GreyStep> = {
  id: 'grey',
  about: 'Makes one channel of red, green and blue (ITU-R 601: 0.299 R + 0.587 G + 0.114 B).',
  examples: ['true'],
  read: (value) => (value === true ? { step: 'grey' } : 'write `grey: true`, or leave the step out'),
  shape(sample) {
    const { channels = 3 } = sample;
    if (channels !== 1 && channels !== 3)
      return `\`grey\` makes one channel of red, green and blue; samples have ${channels} channels`;
    return { ...sample, channels: 1 };
  },
  fitted: false,
  alike: true,
  words: () => 'make it grey (0.299 R + 0.587 G + 0.114 B)',
  check: object<GreyStep>({ step: oneOf(['grey']) }),
};
