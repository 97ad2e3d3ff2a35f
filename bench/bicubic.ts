/**
 * Bicubic interpolation of whole images as published results of super-resolution are made and judged: what the metric
 * and the making of small images come to, beside what papers print.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeImage } from '../src/data/images/image-decoders.ts';
import { divisible, shrink } from '../src/data/preparation/steps/shrink.ts';
import { bicubic } from '../src/tasks/bicubic.ts';
import { peakSignalToNoise } from '../src/tasks/peak-signal-to-noise.ts';
import { decimals, mean } from './lib/statistics.ts';
import type { Benchmark } from './run.ts';

const FACTORS = [2, 3, 4];
const IMAGE = /\.(png|bmp|jpe?g)$/i;

const unit = (values: ArrayLike<number>): Float32Array => Float32Array.from(values, (value) => value / 255);

/** PSNR of one image made smaller and larger again. */
async function decibels(file: string, factor: number): Promise<number> {
  const image = await decodeImage(Uint8Array.from(readFileSync(file)));
  const [large, small] = [divisible(image, factor), shrink(image, factor)];
  const accumulator = peakSignalToNoise.accumulator({
    labels: new Int32Array(0),
    shape: small.shape,
    targetShape: large.shape,
  });
  const made = bicubic(unit(small.values), small.shape, factor);
  accumulator.add(made, unit(large.values), made.length);
  return accumulator.metric;
}

export const benchmark: Benchmark = {
  name: 'bicubic',
  describe:
    'PSNR of the luma in dB, mean over the images of a folder (--data FOLDER, for example Set14), a border of the factor left out',
  parameters: ['data'],
  run: async ({ parameters }) => {
    const folder = parameters?.['data'];
    if (folder === undefined) throw new Error('--data FOLDER names the images');
    const files = readdirSync(folder).filter((file) => IMAGE.test(file));
    const of = (factor: number): Promise<number[]> =>
      Promise.all(files.map((file) => decibels(join(folder, file), factor)));
    return Promise.all(
      FACTORS.map(async (factor) => ({
        factor,
        images: files.length,
        'PSNR, dB': decimals(mean(await of(factor)), 2),
      })),
    );
  },
};
