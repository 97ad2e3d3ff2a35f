/** A picture mirrored left to right. */
import type { Augmentation } from './augmentation.ts';

export const flip: Augmentation = {
  about: 'Mirrors half of the samples left to right.',
  amount: (spec) => Number(spec.flip),
  targets: 'alike',
  draw(_amount, _shape, random) {
    if (random.next() >= 0.5) return () => undefined;
    return (picture, { shape: { height, width, channels } }) => {
      const before = picture.slice();
      for (let pixel = 0; pixel < height * width; pixel++) {
        const row = Math.floor(pixel / width);
        const from = (row * width + width - 1 - (pixel % width)) * channels;
        for (let c = 0; c < channels; c++) picture[pixel * channels + c] = before[from + c]!;
      }
    };
  },
};
