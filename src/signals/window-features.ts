/** Features of a window of sensor values: a few numbers an axis instead of all samples. */
import { nextPowerOfTwo, RealFft } from './real-fft.ts';
import { windowFunction, type WindowName } from './window-functions.ts';

interface Moments {
  readonly values: Float64Array;
  readonly mean: number;
  readonly variance: number;
}

interface Statistic {
  readonly about: string;
  of(moments: Moments): number;
}

const root = Math.sqrt;
const powerSum = ({ values, mean }: Moments, power: number): number =>
  values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;

/** Statistics of one axis over a window. Those of a constant axis are 0 where they would divide by its spread. */
export const STATISTICS = {
  mean: { about: 'mean', of: ({ mean }) => mean },
  rms: {
    about: 'root of the mean square',
    of: ({ values }) => root(values.reduce((s, v) => s + v * v, 0) / values.length),
  },
  std: { about: 'standard deviation (of the population)', of: ({ variance }) => root(variance) },
  min: { about: 'smallest value', of: ({ values }) => values.reduce((a, b) => Math.min(a, b)) },
  max: { about: 'largest value', of: ({ values }) => values.reduce((a, b) => Math.max(a, b)) },
  range: {
    about: 'largest less smallest value',
    of: ({ values }) => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b)),
  },
  skewness: {
    about: 'third moment about the mean over std³',
    of: (m) => (m.variance === 0 ? 0 : powerSum(m, 3) / m.variance ** 1.5),
  },
  kurtosis: {
    about: 'fourth moment about the mean over std⁴, less 3',
    of: (m) => (m.variance === 0 ? 0 : powerSum(m, 4) / m.variance ** 2 - 3),
  },
  crossings: {
    about: 'share of steps from one side of the mean to the other',
    of({ values, mean }) {
      let count = 0;
      for (let i = 1; i < values.length; i++) if (values[i]! < mean !== values[i - 1]! < mean) count++;
      return count / Math.max(1, values.length - 1);
    },
  },
} as const satisfies Record<string, Statistic>;

export type StatisticName = keyof typeof STATISTICS;
export const STATISTIC_NAMES = Object.keys(STATISTICS) as readonly StatisticName[];

export interface WindowFeatureSpec {
  readonly statistics: readonly StatisticName[];
  /** Frequencies of the transform, from the second on (the first is the mean): none, magnitudes or log of powers. */
  readonly spectrum: 'none' | 'magnitude' | 'log-power';
  readonly shape: WindowName;
  /** log(power + floor), natural. */
  readonly floor: number;
}

/** Features of an axis over a window of so many samples. */
export const featureCount = ({ statistics, spectrum }: WindowFeatureSpec, samples: number): number =>
  statistics.length + (spectrum === 'none' ? 0 : nextPowerOfTwo(Math.max(2, samples)) / 2);

/** Features of windows of one length: features × axes, statistics first, then frequencies upwards. */
export class WindowFeatures {
  readonly count: number;
  private readonly window: Float64Array;
  private readonly fft: RealFft | undefined;
  private readonly frame: Float64Array;

  /** @param samples of a window */
  constructor(
    private readonly spec: WindowFeatureSpec,
    private readonly samples: number,
    private readonly axes: number,
  ) {
    const size = nextPowerOfTwo(Math.max(2, samples));
    this.fft = spec.spectrum === 'none' ? undefined : new RealFft(size);
    this.window = windowFunction(spec.shape, samples);
    this.frame = new Float64Array(size);
    this.count = featureCount(spec, samples);
  }

  /**
   * Magnitudes are those of the window less its mean under the window function, over the sum of that function: a sine
   * of amplitude 1 on a frequency of the transform has 0.5. Powers are their squares.
   * @param window samples × axes, interleaved
   */
  compute(window: ArrayLike<number>, into: Float32Array | Float64Array, offset = 0): void {
    const { samples, axes, spec } = this;
    const values = new Float64Array(samples);
    for (let axis = 0; axis < axes; axis++) {
      for (let i = 0; i < samples; i++) values[i] = window[i * axes + axis]!;
      // From the first value on, so that an axis that is constant has no spread of rounding.
      const mean = values[0]! + values.reduce((sum, value) => sum + (value - values[0]!), 0) / samples;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples;
      const moments = { values, mean, variance };
      spec.statistics.forEach((name, f) => {
        into[offset + f * axes + axis] = STATISTICS[name].of(moments);
      });
      this.spectrumOf(moments, into, offset + spec.statistics.length * axes + axis);
    }
  }

  private spectrumOf({ values, mean }: Moments, into: Float32Array | Float64Array, offset: number): void {
    const { fft, frame, window, axes, spec } = this;
    if (fft === undefined) return;
    let weight = 0;
    for (let i = 0; i < values.length; i++) {
      frame[i] = (values[i]! - mean) * window[i]!;
      weight += window[i]!;
    }
    fft.transform(frame);
    for (let k = 1; k < fft.bins; k++) {
      const power = (fft.re[k]! ** 2 + fft.im[k]! ** 2) / weight ** 2;
      into[offset + (k - 1) * axes] = spec.spectrum === 'log-power' ? Math.log(power + spec.floor) : Math.sqrt(power);
    }
  }
}
