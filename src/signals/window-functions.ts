/** Window functions, in their periodic form: that of frames which a transform takes as one period. */

export type WindowName = 'hann' | 'hamming' | 'blackman' | 'rectangular';

/** Sums of cosines: w[n] = Σ (−1)^i·a[i]·cos(2πi·n/length). */
const COEFFICIENTS: Readonly<Record<WindowName, readonly number[]>> = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  rectangular: [1],
};

export const WINDOW_NAMES = Object.keys(COEFFICIENTS) as readonly WindowName[];

/** The values of a window (scipy.signal.get_window with fftbins=True; tf.signal.hann_window). */
export const windowFunction = (name: WindowName, length: number): Float64Array =>
  Float64Array.from({ length }, (_, n) =>
    COEFFICIENTS[name].reduce(
      (sum, a, i) => sum + (i % 2 === 0 ? a : -a) * Math.cos((2 * Math.PI * i * n) / length),
      0,
    ),
  );
