/** A band of rows or columns that is blanked, after SpecAugment (arXiv 1904.08779). */
import type { SeededRandom } from '../../base/random.ts';
import type { Change } from './augmentation.ts';

/** Prepared: the mean of the training samples where inputs are standardised, a stored zero where they are not. */
const BLANK = 0;

/**
 * Draws a band of 0 to `most` rows or columns, anywhere, that never is all of them.
 * @param side height or width
 */
export function band(most: number, side: 'height' | 'width', size: number, random: SeededRandom): Change {
  const length = random.integer(Math.min(most, size - 1) + 1);
  const first = random.integer(size - length + 1);
  return (picture, { shape: { height, width, channels } }) => {
    const inside = (at: number): boolean => at >= first && at < first + length;
    for (let pixel = 0; pixel < height * width; pixel++)
      if (inside(side === 'height' ? Math.floor(pixel / width) : pixel % width))
        picture.fill(BLANK, pixel * channels, (pixel + 1) * channels);
  };
}
