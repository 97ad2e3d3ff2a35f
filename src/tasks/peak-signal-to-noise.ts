/** Super-resolution: the mean squared error in training, PSNR as papers have it in judging. */
import { bicubic } from './bicubic.ts';
import { squaredError } from './squared-error.ts';
import type { Accumulator, Judged, Task } from './task.ts';

/** Y of R, G and B in 0..1 after ITU-R BT.601, as MATLAB's `rgb2ycbcr`: 16..235 of 255. An offset has no say here. */
const LUMA = [65.481 / 255, 128.553 / 255, 24.966 / 255] as const;

const clipped = (value: number): number => Math.min(1, Math.max(0, value));

/** PSNR in dB of a mean squared error of values in 0..1; at most 120. */
export const psnr = (meanSquared: number): number => -10 * Math.log10(Math.max(meanSquared, 1e-12));

/** How many times larger the targets are than the samples. */
const factorOf = ({ shape, targetShape }: Pick<Judged, 'shape' | 'targetShape'>): number =>
  shape && targetShape ? targetShape.height / shape.height : 1;

/**
 * Sum of squared errors, and the number of pixels that it is over: of three channels their luma; without a border of
 * `factor` pixels where the image is larger than two of them.
 */
function squaredErrors(
  outputs: Float32Array,
  targets: Float32Array,
  { height, width, channels }: NonNullable<Judged['targetShape']>,
  factor: number,
): { sum: number; pixels: number } {
  const border = factor > 1 && Math.min(height, width) > 2 * factor ? factor : 0;
  const weights = channels === 3 ? LUMA : undefined;
  let sum = 0;
  for (let y = border; y < height - border; y++)
    for (let x = border; x < width - border; x++) {
      const at = (y * width + x) * channels;
      let luma = 0;
      for (let c = 0; c < channels; c++) {
        const error = clipped(outputs[at + c]!) - targets[at + c]!;
        if (weights) luma += weights[c]! * error;
        else sum += error ** 2;
      }
      sum += luma ** 2;
    }
  return { sum, pixels: (height - 2 * border) * (width - 2 * border) * (weights ? 1 : channels) };
}

/**
 * Of each image, whose pieces may be samples of their own (`groups`), the PSNR of its mean squared error; of all images
 * the mean.
 */
export const peakSignalToNoise: Omit<Task, 'id' | 'recorder'> = {
  ...squaredError(psnr),
  outset: 'input',
  naive: (images, { shape, targetShape }) => bicubic(images, shape!, factorOf({ shape, targetShape })),
  accumulator(part): Accumulator {
    const images = new Map<number, { sum: number; pixels: number }>();
    let samples = 0;
    return {
      add(outputs, targets, perSample) {
        const shape = part?.targetShape ?? { height: 1, width: 1, channels: perSample };
        for (let from = 0; from < outputs.length; from += perSample, samples++) {
          const piece = (values: Float32Array): Float32Array => values.subarray(from, from + perSample);
          const errors = squaredErrors(piece(outputs), piece(targets as Float32Array), shape, factorOf(part ?? {}));
          const key = part?.groups?.[samples] ?? samples;
          const image = images.get(key) ?? { sum: 0, pixels: 0 };
          images.set(key, { sum: image.sum + errors.sum, pixels: image.pixels + errors.pixels });
        }
      },
      get metric() {
        let decibels = 0;
        for (const { sum, pixels } of images.values()) decibels += psnr(sum / pixels);
        return decibels / images.size;
      },
    };
  },
};
