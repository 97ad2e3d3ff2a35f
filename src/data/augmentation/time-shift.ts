/** A recording that begins earlier or later. Rows are frames. */
import type { Augmentation } from './augmentation.ts';
import { moved, upTo } from './moved.ts';

export const timeShift: Augmentation = {
  about: 'Shifts a sample by up to so many frames (rows) each way; what comes from outside is a stored zero.',
  amount: (spec) => spec.timeShift ?? 0,
  targets: 'alike',
  draw(amount, _shape, random) {
    const rows = upTo(amount, random);
    return (picture, frame) => {
      moved(picture, frame, rows * frame.factor, 0);
    };
  },
};
