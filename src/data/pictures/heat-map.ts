/** A spectrogram as a picture: time from left to right, bands from below, values as colours. */
import type { Picture } from '../../wire/tasks/test-report.ts';
import type { Shape } from '../dataset.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import { writePng } from './png.ts';
import { endsOf, shrunk, storedAt, toByte, type Ends } from './sample-picture.ts';

/**
 * The colours of viridis (S. van der Walt and N. Smith, 2015) at ten places, from low to high; those between are mixed
 * of their neighbours. Lightness grows with the value, so that it is read without colours too.
 */
const ANCHORS = [
  0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725,
] as const;

const CHANNELS = [16, 8, 0] as const;

/** Red, green and blue of a value from 0 to 255. */
export function heatColour(byte: number): readonly [number, number, number] {
  const place = (byte / 255) * (ANCHORS.length - 1);
  const below = Math.min(ANCHORS.length - 2, Math.floor(place));
  const [low, high] = [ANCHORS[below]!, ANCHORS[below + 1]!];
  const mixed = CHANNELS.map((shift) => {
    const [from, to] = [(low >> shift) & 255, (high >> shift) & 255];
    return Math.round(from + (to - from) * (place - below));
  });
  return [mixed[0]!, mixed[1]!, mixed[2]!];
}

/**
 * @param sample prepared values, frames × bands × 1
 * @param most pixels on a side
 * @param given values of the first and the last colour; absent: the least and the most of the sample
 */
export function heatMap(
  sample: Float32Array,
  shape: Shape,
  normalisation: Normalisation,
  most: number,
  given?: Ends,
): { readonly picture: Picture; readonly ends: Ends } {
  const stored = storedAt(sample, shape, normalisation);
  const { height: frames, width: bands } = shape;
  const { height, width, values } = shrunk(
    { height: bands, width: frames, channels: 1, at: (row, column) => stored(column, bands - 1 - row, 0) },
    most,
  );
  const ends = given ?? endsOf(values);
  const pixels = Uint8Array.from([...values].flatMap((value) => heatColour(toByte(value, ends))));
  const png = writePng({ width, height, channels: 3, pixels });
  return { picture: { width, height, png: Buffer.from(png).toString('base64') }, ends };
}
