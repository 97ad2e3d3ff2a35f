/** `resize`: images to one size, smoothed where they become smaller. */
import { count, isRecord, object, oneOf } from '../../base/validate.ts';
import { pixelsText } from '../map-shape.ts';
import { openText, readStepSize, STEP_SIZE, type StepSize } from './input-size.ts';
import type { StepSpec } from './step-spec.ts';

export const FITS = ['stretch', 'crop', 'pad'] as const;
export const FILTERS = ['bilinear', 'bicubic', 'nearest'] as const;

export interface ResizeStep extends StepSize {
  readonly step: 'resize';
  /** Other proportions: both sides are scaled apart, the longer one is cut, or the shorter one is padded. */
  readonly fit: (typeof FITS)[number];
  readonly filter: (typeof FILTERS)[number];
}

const FIT_WORDS: Readonly<Record<ResizeStep['fit'], string>> = {
  stretch: '',
  crop: ', keeping its proportions, the middle of its longer side',
  pad: ', keeping its proportions, zeros beside it',
};

export const resizeSpec: StepSpec<ResizeStep> = {
  id: 'resize',
  about: 'Brings images to one size.',
  examples: ['96x96', 'input', '{ size: 96x96, fit: crop }', '{ size: 96x96, fit: pad, filter: bicubic }'],
  read(value, context) {
    const { size, fit = 'stretch', filter = 'bilinear' } = isRecord(value) ? value : { size: value };
    const found = readStepSize(size, context);
    if (!found)
      return 'write the size, for example `96x96` or `{ size: 96x96, fit: crop }`, or `input` for that of the input';
    return { step: 'resize', ...found, fit: fit as ResizeStep['fit'], filter: filter as ResizeStep['filter'] };
  },
  shape: (sample, { height, width }) => ({ ...sample, height, width }),
  fitted: false,
  alike: false,
  words: (step) => `bring it to ${pixelsText(step)} (${step.filter}${FIT_WORDS[step.fit]}${openText(step)})`,
  check: object<ResizeStep>(
    { step: oneOf(['resize']), height: count, width: count, fit: oneOf(FITS), filter: oneOf(FILTERS) },
    STEP_SIZE,
  ),
};
