/**
 * Images to another size, each side by itself: a filter as wide as it is at the coarser of the two grids, so that what
 * becomes smaller is smoothed (antialiased). Bytes are computed as Pillow does it, in whole numbers of 22 fraction bits
 * rounded after each side, and come out the same to the last bit; floats in double precision.
 */
import type { ResizeStep } from '../../../wire/preparation/resize-spec.ts';
import type { Pixels } from '../../dataset.ts';
import type { Sample } from './step-rules.ts';

/** Part of an image, in pixels from its upper left corner; edges may lie within pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Filter {
  /** Half of its width, in pixels of the coarser grid. */
  readonly support: number;
  weight(distance: number): number;
}

/** Cubic convolution (Keys 1981). */
export const cubic = (a: number): Filter => ({
  support: 2,
  weight(distance) {
    const x = Math.abs(distance);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  },
});

const FILTERS: Readonly<Record<Exclude<ResizeStep['filter'], 'nearest'>, Filter>> = {
  bilinear: { support: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  bicubic: cubic(-0.5),
};

/** For each new place: the first old one that it is made of, how many, and their weights. */
interface Taps {
  readonly from: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  /** Weights of one place are so many apart. */
  readonly stride: number;
}

function tapsOf(length: number, start: number, end: number, size: number, filter: Filter): Taps {
  const scale = (end - start) / size;
  const coarser = Math.max(1, scale);
  const support = filter.support * coarser;
  const stride = Math.ceil(support) * 2 + 1;
  const taps = {
    from: new Int32Array(size),
    count: new Int32Array(size),
    weights: new Float64Array(size * stride),
    stride,
  };
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(length, Math.trunc(centre + support + 0.5)) - from;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = filter.weight((from + k - centre + 0.5) / coarser);
      taps.weights[i * stride + k] = weight;
      sum += weight;
    }
    if (sum !== 0) for (let k = 0; k < count; k++) taps.weights[i * stride + k]! /= sum;
    taps.from[i] = from;
    taps.count[i] = count;
  }
  return taps;
}

/** Weights of bytes have so many fraction bits. */
const BITS = 32 - 8 - 2;

/** Weights as whole numbers, where values are bytes. */
function whole({ weights }: Taps): Int32Array {
  return Int32Array.from(weights, (weight) => Math.trunc(weight * 2 ** BITS + (weight < 0 ? -0.5 : 0.5)));
}

/** Lines of `old` values, `inner` apart, to lines of `size`: the values between two of one line are done alike. */
function along(values: Pixels, lines: number, old: number, size: number, inner: number, taps: Taps): Pixels {
  const bytes = values instanceof Uint8Array;
  const made = bytes ? new Uint8Array(lines * size * inner) : new Float32Array(lines * size * inner);
  const weights = bytes ? whole(taps) : taps.weights;
  const { from, count, stride } = taps;
  for (let line = 0; line < lines; line++) {
    const start = line * old * inner;
    for (let i = 0; i < size; i++) {
      const [first, taken, w] = [start + from[i]! * inner, count[i]!, i * stride];
      const to = (line * size + i) * inner;
      for (let c = 0; c < inner; c++) {
        let sum = bytes ? 1 << (BITS - 1) : 0;
        for (let k = 0, at = first + c; k < taken; k++, at += inner) sum += values[at]! * weights[w + k]!;
        if (bytes) {
          const byte = sum >> BITS;
          made[to + c] = byte < 0 ? 0 : byte > 255 ? 255 : byte;
        } else made[to + c] = sum;
      }
    }
  }
  return made;
}

/** The old place of each new one. Steps are added up as Pillow does, which decides where one falls between pixels. */
function places(start: number, end: number, size: number, old: number): Int32Array {
  const step = (end - start) / size;
  let at = start + step * 0.5;
  return Int32Array.from({ length: size }, () => {
    const place = Math.min(old - 1, Math.floor(at));
    at += step;
    return place;
  });
}

/** The nearest pixel, without smoothing. */
function nearest({ shape, values }: Sample, height: number, width: number, box: Box): Sample {
  const { channels } = shape;
  const size = height * width * channels;
  const made = values instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  const columns = places(box.left, box.right, width, shape.width);
  let to = 0;
  for (const y of places(box.top, box.bottom, height, shape.height)) {
    for (const x of columns) {
      const from = (y * shape.width + x) * channels;
      for (let c = 0; c < channels; c++) made[to++] = values[from + c]!;
    }
  }
  return { shape: { height, width, channels }, values: made };
}

/**
 * An image, or the part of it in `box`, at another size.
 * Source of method and rounding: Pillow, src/libImaging/Resample.c.
 */
export function resample(
  sample: Sample,
  height: number,
  width: number,
  by: ResizeStep['filter'] | Filter,
  box: Box = { left: 0, top: 0, right: sample.shape.width, bottom: sample.shape.height },
): Sample {
  const { shape, values } = sample;
  const { channels } = shape;
  if (by === 'nearest') return nearest(sample, height, width, box);
  const filter = typeof by === 'string' ? FILTERS[by] : by;
  const isSame = (start: number, end: number, old: number, size: number): boolean =>
    start === 0 && end === old && old === size;
  // Rows that no new row is made of need not be made narrower.
  const vertical = tapsOf(shape.height, box.top, box.bottom, height, filter);
  const firstRow = vertical.from[0]!;
  const rows = vertical.from[height - 1]! + vertical.count[height - 1]! - firstRow;
  let now = values.subarray(firstRow * shape.width * channels, (firstRow + rows) * shape.width * channels);
  if (!isSame(box.left, box.right, shape.width, width))
    now = along(now, rows, shape.width, width, channels, tapsOf(shape.width, box.left, box.right, width, filter));
  if (!isSame(box.top, box.bottom, shape.height, height)) {
    const from = vertical.from.map((row) => row - firstRow);
    now = along(now, 1, rows, height, width * channels, { ...vertical, from });
  }
  return { shape: { height, width, channels }, values: now };
}
