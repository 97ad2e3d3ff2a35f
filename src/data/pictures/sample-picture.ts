/** A prepared sample as a small picture: images as they were stored, spectrograms and windows as maps of grey. */
import { MOST_SIDE, type Picture } from '../../wire/tasks/test-report.ts';
import type { Shape } from '../dataset.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import { writePng } from './png.ts';

/** A value by row, column and channel, in the units of the file. */
interface Raster {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  at(row: number, column: number, channel: number): number;
}

/**
 * One or three channels are grey and RGB. A line of other channels, as of sensors, is a map of channels over places;
 * of other maps the mean of the channels is shown.
 */
function rasterOf(sample: Float32Array, { height, width, channels }: Shape, { mean, std }: Normalisation): Raster {
  const stored = (row: number, column: number, channel: number): number =>
    sample[(row * width + column) * channels + channel]! * std[channel % std.length]! + mean[channel % mean.length]!;
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

/** How much of a raster one pixel of the picture stands for: its mean, in each direction. */
function shrunk({ height, width, channels, at }: Raster): { height: number; width: number; values: Float64Array } {
  const factor = Math.max(1, height / MOST_SIDE, width / MOST_SIDE);
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

/**
 * The picture of a sample, at most `MOST_SIDE` on a side. Bytes are shown as they are; other values from the least
 * (black) to the most (white) of the sample.
 * @param sample prepared values, height × width × channels
 */
export function samplePicture(sample: Float32Array, shape: Shape, normalisation: Normalisation): Picture {
  const raster = rasterOf(sample, shape, normalisation);
  const { height, width, values } = shrunk(raster);
  const [least, most] = areBytes(raster)
    ? [0, 255]
    : [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
  const scale = most > least ? 255 / (most - least) : 0;
  const pixels = Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round((value - least) * scale))));
  const png = writePng({ width, height, channels: raster.channels, pixels });
  return { width, height, png: Buffer.from(png).toString('base64') };
}
