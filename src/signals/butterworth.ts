/** Butterworth filters as sections of second order, and filtering with them. */

export interface Biquad {
  /** y = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²) · x */
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

export interface FilterSpec {
  readonly kind: 'low-pass' | 'high-pass';
  readonly order: number;
  /** Hertz: where the gain is −3 dB. */
  readonly cutoff: number;
  /** Hertz. */
  readonly rate: number;
}

/**
 * The sections of a Butterworth filter by the bilinear transform with the cut-off prewarped; an odd order has one of
 * first order (b2 = a2 = 0). The product is scipy.signal.butter's filter; the gain stands in each section alike: 1 at
 * 0 Hz (low pass) or at half the rate (high pass).
 * @throws RangeError where the cut-off is not between 0 and half the rate
 */
export function butterworth({ kind, order, cutoff, rate }: FilterSpec): readonly Biquad[] {
  if (!(cutoff > 0 && cutoff < rate / 2)) throw new RangeError(`${cutoff} Hz is not between 0 and ${rate / 2} Hz`);
  const k = Math.tan((Math.PI * cutoff) / rate);
  const low = kind === 'low-pass';
  const sections = Array.from({ length: Math.floor(order / 2) }, (_, i): Biquad => {
    // A pair of poles at ±θ from the negative axis: s² + 2·cos(θ)·s + 1.
    const damping = 2 * Math.sin((Math.PI * (2 * i + 1)) / (2 * order));
    const a0 = 1 + damping * k + k * k;
    const gain = (low ? k * k : 1) / a0;
    return { b: [gain, low ? 2 * gain : -2 * gain, gain], a: [(2 * (k * k - 1)) / a0, (1 - damping * k + k * k) / a0] };
  });
  if (order % 2 === 0) return sections;
  const gain = (low ? k : 1) / (1 + k);
  return [...sections, { b: [gain, low ? gain : -gain, 0], a: [(k - 1) / (1 + k), 0] }];
}

/**
 * Runs a signal through sections, one after another, from rest (transposed direct form II), in place.
 * @param signal values of all channels, interleaved
 */
export function filterInPlace(sections: readonly Biquad[], signal: Float64Array, channels: number): void {
  for (let c = 0; c < channels; c++) {
    for (const { b, a } of sections) {
      let [s1, s2] = [0, 0];
      for (let i = c; i < signal.length; i += channels) {
        const x = signal[i]!;
        const y = b[0] * x + s1;
        s1 = b[1] * x - a[0] * y + s2;
        s2 = b[2] * x - a[1] * y;
        signal[i] = y;
      }
    }
  }
}
