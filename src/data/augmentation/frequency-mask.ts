/** Some frequencies of a recording are not heard. Columns are frequencies. */
import type { Augmentation } from './augmentation.ts';
import { band } from './band.ts';

export const frequencyMask: Augmentation = {
  about: 'Blanks up to so many neighbouring frequencies (columns).',
  amount: (spec) => spec.frequencyMask ?? 0,
  targets: 'kept',
  draw: (amount, { width }, random) => band(amount, 'width', width, random),
};
