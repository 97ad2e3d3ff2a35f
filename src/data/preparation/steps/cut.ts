/** A rectangle of an image. */
import type { Sample } from './step-rules.ts';

/** Half of a rest from 0, halves to even, as Python rounds. */
export const half = (rest: number): number => (rest % 4 === 3 ? (rest + 1) / 2 : Math.floor(rest / 2));

/** Copies what lies within the image; the rest of the rectangle is zeros. */
export function cut({ shape, values }: Sample, top: number, left: number, height: number, width: number): Sample {
  const { channels } = shape;
  if (top === 0 && left === 0 && height === shape.height && width === shape.width) return { shape, values };
  const size = height * width * channels;
  const made = values instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  const [firstColumn, lastColumn] = [Math.max(0, left), Math.min(shape.width, left + width)];
  for (let row = Math.max(0, top); row < Math.min(shape.height, top + height) && firstColumn < lastColumn; row++) {
    const from = (row * shape.width + firstColumn) * channels;
    const line = values.subarray(from, from + (lastColumn - firstColumn) * channels);
    made.set(line, ((row - top) * width + firstColumn - left) * channels);
  }
  return { shape: { height, width, channels }, values: made };
}
