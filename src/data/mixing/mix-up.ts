/** MixUp (arXiv 1710.09412). */
import type { Mixing } from './mixing.ts';

export const mixUp: Mixing = {
  about: 'Each sample becomes a weighted mean of itself and another one.',
  mix(images, _shape, partners, share) {
    const before = images.slice();
    const elements = images.length / partners.length;
    partners.forEach((partner, n) => {
      for (let i = 0; i < elements; i++)
        images[n * elements + i] = share * before[n * elements + i]! + (1 - share) * before[partner * elements + i]!;
    });
    return share;
  },
};
