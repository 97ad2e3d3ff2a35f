/** `crop`: the middle of an image; an odd rest leaves one pixel more at the end, as torchvision's CenterCrop rounds. */
import type { CropStep } from '../../../wire/preparation/crop-spec.ts';
import { cut, half } from './cut.ts';
import type { StepRule } from './step-rules.ts';

export const crop: StepRule<CropStep> = (sample, { height, width }) =>
  cut(sample, half(sample.shape.height - height), half(sample.shape.width - width), height, width);
