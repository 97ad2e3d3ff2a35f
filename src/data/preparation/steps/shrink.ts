/**
 * Images made smaller by a whole factor as published results of super-resolution make them: MATLAB's
 * `imresize(image, 1 / factor, 'bicubic')`. It differs from `resize` beyond the edges, where the image is mirrored, and
 * rounds once, at the end.
 */
import { cubic } from './resample.ts';
import { cut } from './cut.ts';
import type { Sample } from './step-rules.ts';

const KERNEL = cubic(-0.5);

/** Weights of the old pixels around each new one, which are the same for all, and the first old one of new one 0. */
function taps(factor: number): { readonly first: number; readonly weights: Float64Array } {
  const centre = (factor - 1) / 2;
  const reach = KERNEL.support * factor;
  const [first, last] = [Math.ceil(centre - reach), Math.floor(centre + reach)];
  const weights = Float64Array.from({ length: last - first + 1 }, (_, k) =>
    KERNEL.weight((first + k - centre) / factor),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { first, weights: weights.map((weight) => weight / sum) };
}

/** A place beyond an edge, mirrored, the edge's own pixel twice. */
function mirrored(at: number, length: number): number {
  const period = 2 * length;
  const place = ((at % period) + period) % period;
  return place < length ? place : period - 1 - place;
}

/** Lines of `old` values, `inner` apart, to lines of old / factor. */
function shrinkLines(
  values: ArrayLike<number>,
  lines: number,
  old: number,
  inner: number,
  factor: number,
): Float64Array {
  const { first, weights } = taps(factor);
  const size = old / factor;
  const made = new Float64Array(lines * size * inner);
  for (let i = 0; i < size; i++) {
    const places = Array.from(weights, (_, k) => mirrored(i * factor + first + k, old) * inner);
    for (let line = 0; line < lines; line++)
      for (let c = 0; c < inner; c++) {
        let sum = 0;
        const from = line * old * inner + c;
        for (let k = 0; k < places.length; k++) sum += values[from + places[k]!]! * weights[k]!;
        made[(line * size + i) * inner + c] = sum;
      }
  }
  return made;
}

/** The upper left part of an image whose sides are multiples of a factor. */
export const divisible = (sample: Sample, factor: number): Sample =>
  cut(
    sample,
    0,
    0,
    sample.shape.height - (sample.shape.height % factor),
    sample.shape.width - (sample.shape.width % factor),
  );

/** An image of bytes, `factor` times smaller on each side; what is over at the ends is cut off first. */
export function shrink(image: Sample, factor: number): Sample {
  const { shape, values } = divisible(image, factor);
  const { channels } = shape;
  const [height, width] = [shape.height / factor, shape.width / factor];
  const rows = shrinkLines(values, 1, shape.height, shape.width * channels, factor);
  const all = shrinkLines(rows, height, shape.width, channels, factor);
  return {
    shape: { height, width, channels },
    values: Uint8Array.from(all, (value) => Math.min(255, Math.max(0, Math.round(value)))),
  };
}
