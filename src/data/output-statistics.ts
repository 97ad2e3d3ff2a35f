/** What networks are to put out, in numbers: what it is worth to know before the first step. */
import type { OutputStatistics, Shape, Split } from './dataset.ts';

/** Samples that are looked at. */
const MOST = 256;

/** How often the pixels of an image are repeated in one of its channels that is `factor` times as large. */
function factorOf(shape: Shape, target: Shape): number | undefined {
  const factor = target.height / shape.height;
  const fits = Number.isInteger(factor) && target.width === factor * shape.width && target.channels === shape.channels;
  return fits ? factor : undefined;
}

/**
 * Of the targets of a part, as prepared, over its first samples: mean of each channel, deviation from it, and from the
 * sample itself where both are images. Undefined where it has labels only.
 */
export async function outputStatistics(split: Split): Promise<OutputStatistics | undefined> {
  const { shape, targetShape } = split;
  if (targetShape === undefined || split.count === 0) return undefined;
  const { images, targets } = await split.slice(0, Math.min(MOST, split.count));
  const { width, channels } = targetShape;
  const mean = new Array<number>(channels).fill(0);
  targets!.forEach((value, i) => {
    mean[i % channels]! += value;
  });
  for (let c = 0; c < channels; c++) mean[c]! /= targets!.length / channels;
  const factor = factorOf(shape, targetShape);
  const places = width * targetShape.height;
  let [square, beyond] = [0, 0];
  targets!.forEach((value, i) => {
    square += (value - mean[i % channels]!) ** 2;
    if (factor === undefined) return;
    const [sample, place] = [Math.floor(i / channels / places), Math.floor(i / channels) % places];
    const [y, x] = [Math.floor(place / width / factor), Math.floor((place % width) / factor)];
    beyond += (value - images[((sample * shape.height + y) * shape.width + x) * channels + (i % channels)]!) ** 2;
  });
  const rooted = (sum: number): number => Math.sqrt(sum / targets!.length);
  return { mean, deviation: rooted(square), ...(factor !== undefined && { beyondInput: rooted(beyond) }) };
}
