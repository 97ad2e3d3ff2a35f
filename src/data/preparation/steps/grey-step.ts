/** `grey`: ITU-R 601 luma of red, green and blue, in the rounding that Pillow's mode L has. */
import type { GreyStep } from '../../../wire/preparation/grey-spec.ts';
import type { StepRule } from './step-rules.ts';

export const grey: StepRule<GreyStep> = ({ shape, values }) => {
  if (shape.channels === 1) return { shape, values };
  const pixels = shape.height * shape.width;
  const made = values instanceof Uint8Array ? new Uint8Array(pixels) : new Float32Array(pixels);
  if (values instanceof Uint8Array)
    for (let i = 0, at = 0; i < pixels; i++, at += 3)
      made[i] = (values[at]! * 19595 + values[at + 1]! * 38470 + values[at + 2]! * 7471 + 0x8000) >> 16;
  else
    for (let i = 0, at = 0; i < pixels; i++, at += 3)
      made[i] = 0.299 * values[at]! + 0.587 * values[at + 1]! + 0.114 * values[at + 2]!;
  return { shape: { ...shape, channels: 1 }, values: made };
};
