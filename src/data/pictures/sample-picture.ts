/** A prepared sample as a small picture: images as they were stored, spectrograms and windows as maps of grey. */
import { MOST_SIDE, type Picture } from '../../wire/tasks/test-report.ts';
import type { Shape } from '../dataset.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import { writePng } from './png.ts';

/** A value by row, column and channel, in the units of the file. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  at(row: number, column: number, channel: number): number;
}

/** The values of a prepared sample as they were before it was normalised. */
export const storedAt =
  (sample: Float32Array, { width, channels }: Shape, { mean, std }: Normalisation): Raster['at'] =>
  (row, column, channel) =>
    sample[(row * width + column) * channels + channel]! * std[channel % std.length]! + mean[channel % mean.length]!;

/**
 * One or three channels are grey and RGB. A line of other channels, as of sensors, is a map of channels over places;
 * of other maps the mean of the channels is shown.
 */
function rasterOf(sample: Float32Array, shape: Shape, normalisation: Normalisation): Raster {
  const { height, width, channels } = shape;
  const stored = storedAt(sample, shape, normalisation);
  if (channels === 1 || channels === 3) return { height, width, channels, at: stored };
  if (height === 1 || width === 1)
    return {
      height: channels,
      width: height * width,
      channels: 1,
      at: (row, column) => stored(height === 1 ? 0 : column, height === 1 ? column : 0, row),
    };
  return {
    height,
    width,
    channels: 1,
    at: (row, column) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += stored(row, column, c);
      return sum / channels;
    },
  };
}

/**
 * A raster of at most so many pixels on a side: the mean of what each stands for, in each direction.
 * @param most of a side
 */
export function shrunk(
  { height, width, channels, at }: Raster,
  most: number,
): { readonly height: number; readonly width: number; readonly values: Float64Array } {
  const factor = Math.max(1, height / most, width / most);
  const [rows, columns] = [Math.max(1, Math.floor(height / factor)), Math.max(1, Math.floor(width / factor))];
  const values = new Float64Array(rows * columns * channels);
  const edge = (place: number, of: number, all: number): number => Math.floor((place * all) / of);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [top, bottom] = [edge(row, rows, height), edge(row + 1, rows, height)];
      const [left, right] = [edge(column, columns, width), edge(column + 1, columns, width)];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += at(y, x, c);
        values[(row * columns + column) * channels + c] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return { height: rows, width: columns, values };
}

/** Rounding in float32 moves a stored byte by less. */
const NEAR_BYTE = 0.01;
/** A picture of darker bytes would show nothing: it is stretched as other values are. */
const DARK = 16;

/** Are these bytes as a file stores them, so that they are shown as they are? */
function areBytes(sample: Raster): boolean {
  let most = 0;
  for (let row = 0; row < sample.height; row++)
    for (let column = 0; column < sample.width; column++)
      for (let c = 0; c < sample.channels; c++) {
        const value = sample.at(row, column, c);
        if (value < -NEAR_BYTE || value > 255 + NEAR_BYTE || Math.abs(value - Math.round(value)) > NEAR_BYTE)
          return false;
        most = Math.max(most, value);
      }
  return most >= DARK;
}

/** Values that are shown as black and as white. */
export type Ends = readonly [black: number, white: number];

export const endsOf = (values: Iterable<number>): Ends => {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
};

/** A value from the least to the most as a byte; 0 where nothing differs. */
export function toByte(value: number, [least, most]: Ends): number {
  const scale = most > least ? 255 / (most - least) : 0;
  return Math.min(255, Math.max(0, Math.round((value - least) * scale)));
}

export interface PictureOptions {
  /** Pixels on a side. */
  readonly most?: number;
  /** What is black and what is white; absent: of bytes 0 and 255, of others the least and the most of the sample. */
  readonly ends?: Ends | undefined;
}

/**
 * The picture of a sample. Bytes are shown as they are; other values from the least (black) to the most (white) of the
 * sample.
 * @param sample prepared values, height × width × channels
 */
export function samplePicture(
  sample: Float32Array,
  shape: Shape,
  normalisation: Normalisation,
  options: PictureOptions = {},
): Picture {
  return pictureWithEnds(sample, shape, normalisation, options).picture;
}

/** The same with the values that are black and white in it, for pictures that are to be compared with this one. */
export function pictureWithEnds(
  sample: Float32Array,
  shape: Shape,
  normalisation: Normalisation,
  { most = MOST_SIDE, ends }: PictureOptions = {},
): { readonly picture: Picture; readonly ends: Ends } {
  const raster = rasterOf(sample, shape, normalisation);
  const { height, width, values } = shrunk(raster, most);
  const shown = ends ?? (areBytes(raster) ? [0, 255] : endsOf(values));
  const pixels = Uint8Array.from(values, (value) => toByte(value, shown));
  const png = writePng({ width, height, channels: raster.channels, pixels });
  return { picture: { width, height, png: Buffer.from(png).toString('base64') }, ends: shown };
}
