/** `crop`: the middle of an image. */
import { count, object, oneOf } from '../../base/validate.ts';
import { pixelsText } from '../map-shape.ts';
import { openText, readStepSize, STEP_SIZE, type StepSize } from './input-size.ts';
import type { StepSpec } from './step-spec.ts';

export interface CropStep extends StepSize {
  readonly step: 'crop';
}

export const cropSpec: StepSpec<CropStep> = {
  id: 'crop',
  about: 'Takes the middle of an image.',
  examples: ['96x96', '224x224', 'input'],
  read(value, context) {
    const found = readStepSize(value, context);
    return found
      ? { step: 'crop', ...found }
      : 'write the size of the middle that is taken, for example `96x96`, or `input` for that of the input';
  },
  shape(sample, { height, width }) {
    const { height: h = Infinity, width: w = Infinity } = sample;
    if (h < height || w < width)
      return `\`crop: ${pixelsText({ height, width })}\` takes more than there is, ${pixelsText({ height: h, width: w })}; \`resize\` makes images larger`;
    return { ...sample, height, width };
  },
  fitted: false,
  alike: false,
  words: (step) => `take its middle, ${pixelsText(step)}${openText(step)}`,
  check: object<CropStep>({ step: oneOf(['crop']), height: count, width: count }, STEP_SIZE),
};
