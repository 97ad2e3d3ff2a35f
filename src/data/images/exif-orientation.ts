/**
 * How a camera was held: JPEG files note it beside pixels that lie as the sensor has them (Exif 2.32, 4.6.5, tag 274),
 * and viewers turn images by it.
 */
import type { Sample } from '../preparation/steps/step-rules.ts';

/** Exif's numbers: 1 is upright, 2 to 8 the other ways that an image can be turned and mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const TAG = 0x0112;
const EXIF = 'Exif\0\0';

/** The orientation in a JPEG's Exif segment; 1 where there is none, or none that can be read. */
export function orientationOf(bytes: Uint8Array): Orientation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    for (let at = 2; bytes[at] === 0xff;) {
      const marker = bytes[at + 1]!;
      // The segments are over where the pixels begin.
      if (marker === 0xda || marker === 0xd9) return 1;
      if (marker === 0xff) {
        at += 1;
        continue;
      }
      const start = at + 4;
      if (marker === 0xe1 && String.fromCharCode(...bytes.subarray(start, start + EXIF.length)) === EXIF)
        return inTiff(view, start + EXIF.length);
      at += 2 + view.getUint16(at + 2);
    }
  } catch (error) {
    // An offset beyond the end: the pixels may be sound all the same.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/** @throws RangeError where an offset leads beyond the end */
function inTiff(view: DataView, start: number): Orientation {
  const little = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, little);
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) !== TAG) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** Where the pixel of an upright image lies in one that is `height` × `width` as it is stored. */
const PLACES: Readonly<
  Record<Orientation, (y: number, x: number, height: number, width: number) => readonly [y: number, x: number]>
> = {
  1: (y, x) => [y, x],
  2: (y, x, _, width) => [y, width - 1 - x],
  3: (y, x, height, width) => [height - 1 - y, width - 1 - x],
  4: (y, x, height) => [height - 1 - y, x],
  5: (y, x) => [x, y],
  6: (y, x, height) => [height - 1 - x, y],
  7: (y, x, height, width) => [height - 1 - x, width - 1 - y],
  8: (y, x, _, width) => [x, width - 1 - y],
};

/** The image as a viewer shows it. */
export function upright(image: Sample, orientation: Orientation): Sample {
  if (orientation === 1) return image;
  const { height, width, channels } = image.shape;
  const turned = orientation >= 5;
  const shape = { height: turned ? width : height, width: turned ? height : width, channels };
  const place = PLACES[orientation];
  const values = image.values.slice();
  for (let y = 0, to = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++, to += channels) {
      const [row, column] = place(y, x, height, width);
      const from = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) values[to + c] = image.values[from + c]!;
    }
  return { shape, values };
}
