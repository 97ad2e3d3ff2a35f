/** A picture with stronger or weaker colours. */
import type { Augmentation } from './augmentation.ts';
import { jitter } from './jitter.ts';

/** Shares of red, green and blue in the grey of a pixel (ITU-R BT.601). */
const GREY = [0.299, 0.587, 0.114];

export const saturation: Augmentation = {
  about: 'Multiplies the distance of each pixel of three channels from its grey by a factor of 1 ± so much.',
  amount: (spec) => spec.saturation ?? 0,
  targets: 'alike',
  draw(amount, _shape, random) {
    const factor = jitter(amount, random);
    return (picture, { shape: { channels } }) => {
      if (channels !== GREY.length) return;
      for (let i = 0; i < picture.length; i += channels) {
        const grey = GREY.reduce((sum, share, c) => sum + share * picture[i + c]!, 0);
        for (let c = 0; c < channels; c++) picture[i + c] = grey + factor * (picture[i + c]! - grey);
      }
    };
  },
};
