/**
 * Samples of a component at the size of the image: halves by the triangle filter of libjpeg ("fancy upsampling"), to
 * the bit; others repeated. Source: jdsample.c of the Independent JPEG Group and libjpeg-turbo.
 */

export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Samples from one row to the next. */
  readonly stride: number;
  readonly samples: Uint8ClampedArray;
}

/** Sides become so many times as long; what is over is for the caller to leave. */
export function upsample(plane: Plane, across: number, down: number): Plane {
  const { width, height } = plane;
  const size = { width: width * across, height: height * down, stride: width * across };
  const samples = new Uint8ClampedArray(size.width * size.height);
  const fancy = across === 2 && width > 2 && down <= 2;
  for (let y = 0; y < size.height; y++) {
    const row = samples.subarray(y * size.stride, (y + 1) * size.stride);
    if (fancy) doubled(sums(plane, y, down), row, down);
    else {
      const from = Math.floor(y / down) * plane.stride;
      for (let x = 0; x < size.width; x++) row[x] = plane.samples[from + Math.floor(x / across)]!;
    }
  }
  return { ...size, samples };
}

/** Rows as they are, or three quarters of the near and one of the far one, times 4. */
function sums({ width, height, stride, samples }: Plane, y: number, down: number): Int32Array {
  const near = Math.floor(y / down);
  if (down === 1) return Int32Array.from(samples.subarray(near * stride, near * stride + width));
  const far = Math.min(height - 1, Math.max(0, near + (y % 2 === 0 ? -1 : 1)));
  return Int32Array.from({ length: width }, (_, x) => 3 * samples[near * stride + x]! + samples[far * stride + x]!);
}

/** Each becomes two: three quarters of it and one of its neighbour, rounded by turns up and down. */
function doubled(line: Int32Array, row: Uint8ClampedArray, down: number): void {
  const last = line.length - 1;
  const [shift, left, right] = down === 1 ? [2, 1, 2] : [4, 8, 7];
  line.forEach((value, x) => {
    row[2 * x] = (3 * value + line[Math.max(0, x - 1)]! + left) >> shift;
    row[2 * x + 1] = (3 * value + line[Math.min(last, x + 1)]! + right) >> shift;
  });
}
