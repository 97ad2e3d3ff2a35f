/** A picture shifted at random, as if it had been padded and cut out again. */
import type { Augmentation } from './augmentation.ts';
import { moved, upTo } from './moved.ts';

export const crop: Augmentation = {
  about: 'Shifts a sample by up to so many pixels each way; what comes from outside is a stored zero.',
  amount: (spec) => spec.crop,
  targets: 'alike',
  draw(amount, _shape, random) {
    const [rows, columns] = [upTo(amount, random), upTo(amount, random)];
    return (picture, frame) => {
      moved(picture, frame, rows * frame.factor, columns * frame.factor);
    };
  },
};
