/** `resize`: an image to one size, by the filters of `resample.ts`. */
import type { ResizeStep } from '../../../wire/preparation/resize-spec.ts';
import { cut, half } from './cut.ts';
import { resample, type Box } from './resample.ts';
import type { StepRule } from './step-rules.ts';

/**
 * The largest rectangle of the wanted proportions in the middle of an image, as Pillow's ImageOps.fit takes it: edges
 * in single precision.
 */
function middle({ height, width }: ResizeStep, shape: { height: number; width: number }): Box {
  const ratio = width / height;
  const wide = shape.width / shape.height >= ratio;
  const w = wide ? ratio * shape.height : shape.width;
  const h = wide ? shape.height : shape.width / ratio;
  const [left, top] = [(shape.width - w) / 2, (shape.height - h) / 2];
  const [right, bottom] = [left + w, top + h];
  return { left: Math.fround(left), top: Math.fround(top), right: Math.fround(right), bottom: Math.fround(bottom) };
}

export const resize: StepRule<ResizeStep> = (sample, step) => {
  const { height, width, fit, filter } = step;
  const { shape } = sample;
  if (fit === 'crop') return resample(sample, height, width, filter, middle(step, shape));
  if (fit === 'stretch') return resample(sample, height, width, filter);
  // As Pillow's ImageOps.pad: one side fits, the other is rounded.
  const wide = shape.width * height > shape.height * width;
  const h = wide ? Math.max(1, Math.round((shape.height / shape.width) * width)) : height;
  const w = wide ? width : Math.max(1, Math.round((shape.width / shape.height) * height));
  const small = resample(sample, h, w, filter);
  return cut(small, -half(height - h), -half(width - w), height, width);
};
