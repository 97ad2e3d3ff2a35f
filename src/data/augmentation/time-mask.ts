/** Some frames of a recording are not heard. Rows are frames. */
import type { Augmentation } from './augmentation.ts';
import { band } from './band.ts';

export const timeMask: Augmentation = {
  about: 'Blanks up to so many successive frames (rows).',
  amount: (spec) => spec.timeMask ?? 0,
  targets: 'kept',
  draw: (amount, { height }, random) => band(amount, 'height', height, random),
};
