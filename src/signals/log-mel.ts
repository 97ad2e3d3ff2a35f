/** Log-mel spectrograms and cepstral coefficients of a sound: what keyword spotting looks at. */
import { cosineRows, type CosineScale } from './cosine-transform.ts';
import { frameCount, framesOf, type Frames } from './framing.ts';
import { melFilters, type MelBank, type MelFilter } from './mel-scale.ts';
import { nextPowerOfTwo, RealFft } from './real-fft.ts';
import { windowFunction, type WindowName } from './window-functions.ts';

export interface LogMelSpec extends MelBank {
  /** Hertz. */
  readonly rate: number;
  /** Milliseconds. */
  readonly window: number;
  readonly stride: number;
  readonly shape: WindowName;
  /** Samples of the transform; absent: the power of two that holds a window. */
  readonly fft?: number;
  /** What is weighted: magnitudes, or their squares. */
  readonly spectrum: 'magnitude' | 'power';
  /** log(mel + floor), natural. */
  readonly floor: number;
}

export interface MfccSpec extends LogMelSpec {
  readonly coefficients: number;
  readonly dct: CosineScale;
}

/**
 * What MLPerf Tiny's keyword spotting computes of a second at 16 kHz: 49 frames of 10 coefficients
 * (github.com/mlcommons/tiny, benchmark/training/keyword_spotting: get_dataset.py, kws_util.py).
 */
export const MLPERF_TINY_KWS: MfccSpec = {
  rate: 16000,
  window: 30,
  stride: 20,
  shape: 'hann',
  scale: 'htk',
  bands: 40,
  low: 20,
  high: 4000,
  spectrum: 'magnitude',
  floor: 1e-6,
  coefficients: 10,
  dct: 'htk',
};

/** A spectrogram of frames × bands; tables are made once for all sounds. */
export class LogMel {
  readonly frames: Frames;
  readonly bands: number;
  private readonly window: Float64Array;
  private readonly fft: RealFft;
  private readonly filters: readonly MelFilter[];
  private readonly frame: Float64Array;
  private readonly squared: boolean;

  constructor(private readonly spec: LogMelSpec) {
    this.frames = framesOf(spec.rate, spec.window, spec.stride);
    this.bands = spec.bands;
    this.window = windowFunction(spec.shape, this.frames.length);
    this.fft = new RealFft(spec.fft ?? nextPowerOfTwo(Math.max(2, this.frames.length)));
    this.frame = new Float64Array(this.fft.size);
    this.filters = melFilters(spec, this.fft.bins, spec.rate);
    this.squared = spec.spectrum === 'power';
  }

  frameCount(samples: number): number {
    return frameCount(samples, this.frames);
  }

  /** Numbers of bands that no frequency of the transform falls into: they would always be log(floor). */
  get emptyBands(): readonly number[] {
    return this.filters.flatMap(({ weights }, band) => (weights.length === 0 ? [band] : []));
  }

  /**
   * Writes log(mel + floor) of each frame to `into`: frames × bands, from `offset` on.
   * @param sound samples at the rate, in the units that the floor is meant for (1 is full scale)
   */
  compute(sound: ArrayLike<number>, into: Float32Array | Float64Array, offset = 0): void {
    const count = this.frameCount(sound.length);
    for (let t = 0; t < count; t++) this.computeFrame(sound, t * this.frames.step, into, offset + t * this.bands);
  }

  private computeFrame(sound: ArrayLike<number>, start: number, into: Float32Array | Float64Array, at: number): void {
    const { frame, window, fft, filters, squared, spec } = this;
    for (let n = 0; n < window.length; n++) frame[n] = sound[start + n]! * window[n]!;
    fft.transform(frame);
    const { re, im } = fft;
    for (let k = 0; k < fft.bins; k++) {
      const power = re[k]! * re[k]! + im[k]! * im[k]!;
      re[k] = squared ? power : Math.sqrt(power);
    }
    for (let band = 0; band < filters.length; band++) {
      const { from, weights } = filters[band]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * re[from + i]!;
      into[at + band] = Math.log(sum + spec.floor);
    }
  }
}

/** Cepstral coefficients, frames × coefficients: the first of the cosine transform of each frame's log-mel bands. */
export class Mfcc {
  readonly coefficients: number;
  private readonly logMel: LogMel;
  private readonly rows: Float64Array;

  constructor(spec: MfccSpec) {
    this.logMel = new LogMel(spec);
    this.coefficients = spec.coefficients;
    this.rows = cosineRows(spec.dct, spec.coefficients, spec.bands);
  }

  get emptyBands(): readonly number[] {
    return this.logMel.emptyBands;
  }

  frameCount(samples: number): number {
    return this.logMel.frameCount(samples);
  }

  /** As `LogMel.compute`. */
  compute(sound: ArrayLike<number>, into: Float32Array | Float64Array, offset = 0): void {
    const { coefficients, rows, logMel } = this;
    const frames = logMel.frameCount(sound.length);
    const spectrogram = new Float64Array(frames * logMel.bands);
    logMel.compute(sound, spectrogram);
    for (let t = 0; t < frames; t++) {
      for (let k = 0; k < coefficients; k++) {
        let sum = 0;
        for (let n = 0; n < logMel.bands; n++) sum += rows[k * logMel.bands + n]! * spectrogram[t * logMel.bands + n]!;
        into[offset + t * coefficients + k] = sum;
      }
    }
  }
}
