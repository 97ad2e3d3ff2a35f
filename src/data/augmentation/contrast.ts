/** A picture with more or less contrast. */
import type { Augmentation } from './augmentation.ts';
import { jitter } from './jitter.ts';

export const contrast: Augmentation = {
  about: "Multiplies the distance of each value from its channel's mean over the sample by a factor of 1 ± so much.",
  amount: (spec) => spec.contrast ?? 0,
  targets: 'alike',
  draw(amount, _shape, random) {
    const factor = jitter(amount, random);
    return (picture, { shape: { channels } }) => {
      const means = new Float64Array(channels);
      for (let i = 0; i < picture.length; i++) means[i % channels]! += picture[i]!;
      for (let c = 0; c < channels; c++) means[c]! /= picture.length / channels;
      for (let i = 0; i < picture.length; i++) {
        const mean = means[i % channels]!;
        picture[i] = mean + factor * (picture[i]! - mean);
      }
    };
  },
};
