/** CutMix (arXiv 1905.04899). */
import type { Mixing } from './mixing.ts';

export const cutMix: Mixing = {
  about: 'A box of each sample becomes that of another one.',
  mix(images, { height, width, channels }, partners, share, random) {
    const side = Math.sqrt(1 - share);
    /** From and to of a box's side, whose centre may lie anywhere: the border cuts it off. */
    const extent = (size: number): readonly [number, number] => {
      const half = Math.round(side * size) / 2;
      const centre = random.integer(size);
      const clipped = (at: number): number => Math.min(size, Math.max(0, Math.floor(at)));
      return [clipped(centre - half), clipped(centre + half)];
    };
    const [top, bottom] = extent(height);
    const [left, right] = extent(width);
    const before = images.slice();
    const elements = height * width * channels;
    partners.forEach((partner, n) => {
      for (let row = top; row < bottom; row++) {
        const at = (row * width + left) * channels;
        const from = before.subarray(partner * elements + at, partner * elements + (row * width + right) * channels);
        images.set(from, n * elements + at);
      }
    });
    return 1 - ((bottom - top) * (right - left)) / (height * width);
  },
};
