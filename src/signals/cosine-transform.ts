/** The discrete cosine transform of type II, by which log-mel bands become cepstral coefficients. */

export type CosineScale = 'orthonormal' | 'htk';

/**
 * Rows of the transform: c[k] = s[k]·Σ x[n]·cos(π·k·(2n + 1)/(2·bands)), with s[k] = √(2/bands). `orthonormal` has
 * s[0] = √(1/bands) (scipy.fft.dct with norm='ortho', librosa); `htk` has the same for all
 * (tf.signal.mfccs_from_log_mel_spectrograms, CMSIS-DSP).
 * @returns coefficients × bands
 */
export const cosineRows = (scale: CosineScale, coefficients: number, bands: number): Float64Array =>
  Float64Array.from({ length: coefficients * bands }, (_, i) => {
    const [k, n] = [Math.floor(i / bands), i % bands];
    const first = k === 0 && scale === 'orthonormal';
    return Math.sqrt((first ? 1 : 2) / bands) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * bands));
  });
