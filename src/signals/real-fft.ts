/** The discrete Fourier transform of real signals, of lengths that are powers of two. */

/** The smallest power of two that is not below `length`. */
export function nextPowerOfTwo(length: number): number {
  let size = 1;
  while (size < length) size *= 2;
  return size;
}

/** A transform of one length: tables are made once, `transform` allocates nothing. */
export class RealFft {
  /** How many frequencies: 0 to half the rate, both included. */
  readonly bins: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;
  private readonly order: Uint32Array;

  /** @param size samples of a frame, a power of two, at least 2. @throws RangeError */
  constructor(readonly size: number) {
    if (size < 2 || nextPowerOfTwo(size) !== size) throw new RangeError(`${size} is no power of two of at least 2`);
    const half = size / 2;
    this.bins = half + 1;
    this.re = new Float64Array(this.bins);
    this.im = new Float64Array(this.bins);
    this.cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.order = bitReversed(half);
  }

  /**
   * X[k] = Σ x[n]·exp(−2πi·k·n/size) for k = 0…size/2, into `re` and `im`. A frame shorter than `size` is followed by
   * zeros. Computed as a complex transform of half the length, with even samples as real and odd as imaginary parts.
   */
  transform(frame: Float64Array): void {
    const { re, im, order, cos, sin, size } = this;
    const half = size / 2;
    for (let i = 0; i < half; i++) {
      const from = 2 * order[i]!;
      re[i] = frame[from] ?? 0;
      im[i] = frame[from + 1] ?? 0;
    }
    this.butterflies(half);
    const [re0, im0] = [re[0]!, im[0]!];
    for (let k = 1; k <= half / 2; k++) {
      const other = half - k;
      const a = re[k]!;
      const b = im[k]!;
      const c = re[other]!;
      const d = im[other]!;
      // Transforms of the even and of the odd samples, from that of both at once.
      const evenRe = (a + c) / 2;
      const evenIm = (b - d) / 2;
      const oddRe = (b + d) / 2;
      const oddIm = (c - a) / 2;
      const turnedRe = oddRe * cos[k]! - oddIm * sin[k]!;
      const turnedIm = oddRe * sin[k]! + oddIm * cos[k]!;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[other] = evenRe - turnedRe;
      im[other] = turnedIm - evenIm;
    }
    re[0] = re0 + im0;
    im[0] = 0;
    re[half] = re0 - im0;
    im[half] = 0;
  }

  private butterflies(length: number): void {
    const { re, im, cos, sin, size } = this;
    for (let span = 1; span < length; span *= 2) {
      const step = size / (2 * span);
      for (let start = 0; start < length; start += 2 * span) {
        for (let j = 0; j < span; j++) {
          const low = start + j;
          const high = low + span;
          const wr = cos[j * step]!;
          const wi = sin[j * step]!;
          const tr = re[high]! * wr - im[high]! * wi;
          const ti = re[high]! * wi + im[high]! * wr;
          re[high] = re[low]! - tr;
          im[high] = im[low]! - ti;
          re[low] = re[low]! + tr;
          im[low] = im[low]! + ti;
        }
      }
    }
  }
}

function bitReversed(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 1, bits = Math.log2(length); i < length; i++) order[i] = (order[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
  return order;
}
