/** Bicubic interpolation to a whole multiple of an image's size: what super-resolution is compared with. */

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Keys' kernel with a = −0.5, as MATLAB's `imresize` and Pillow have it. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** Each position of a line `factor` times as long: where its four neighbours lie, mirrored at the ends, and weights. */
function taps(length: number, factor: number): { from: number[]; weights: number[] }[] {
  const mirrored = (i: number): number => {
    const at = ((i % (2 * length)) + 2 * length) % (2 * length);
    return at < length ? at : 2 * length - 1 - at;
  };
  return Array.from({ length: length * factor }, (_, out) => {
    const centre = (out + 0.5) / factor - 0.5;
    const first = Math.floor(centre) - 1;
    const places = [first, first + 1, first + 2, first + 3];
    return { from: places.map(mirrored), weights: places.map((place) => cubic(centre - place)) };
  });
}

/**
 * Images [N, H, W, C] at `factor` times the height and width, as MATLAB's `imresize(…, 'bicubic')` enlarges: pixel
 * centres
 * at halves, borders mirrored, values not clipped.
 */
export function bicubic(images: Float32Array, { height, width, channels }: Size, factor: number): Float32Array {
  const count = images.length / (height * width * channels);
  const [rows, columns] = [taps(height, factor), taps(width, factor)];
  const wide = new Float32Array(count * height * width * factor * channels);
  for (let line = 0, at = 0; line < count * height; line++)
    for (const { from, weights } of columns)
      for (let c = 0; c < channels; c++, at++)
        for (let k = 0; k < 4; k++) wide[at]! += weights[k]! * images[(line * width + from[k]!) * channels + c]!;
  const stride = width * factor * channels;
  const out = new Float32Array(wide.length * factor);
  for (let n = 0, at = 0; n < count; n++)
    for (const { from, weights } of rows)
      for (let i = 0; i < stride; i++, at++)
        for (let k = 0; k < 4; k++) out[at]! += weights[k]! * wide[(n * height + from[k]!) * stride + i]!;
  return out;
}
