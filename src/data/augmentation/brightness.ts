/** A picture made brighter or darker. */
import type { Augmentation } from './augmentation.ts';
import { jitter } from './jitter.ts';

export const brightness: Augmentation = {
  about: 'Multiplies what is stored by a factor of 1 ± so much.',
  amount: (spec) => spec.brightness ?? 0,
  targets: 'alike',
  draw(amount, _shape, random) {
    const factor = jitter(amount, random);
    return (picture, { outside }) => {
      // Prepared values are linear in stored ones, and those of a stored zero stay.
      for (let i = 0; i < picture.length; i++) {
        const zero = outside[i % outside.length]!;
        picture[i] = zero + factor * (picture[i]! - zero);
      }
    };
  },
};
