/** The mel scale, in its two usual forms, and banks of triangular filters on it. */

export type MelScaleName = 'htk' | 'slaney';

interface MelScale {
  readonly about: string;
  toMel(hertz: number): number;
  toHertz(mel: number): number;
}

/** Below 1 kHz linear, 15 mels; above logarithmic, 27 steps for a factor of 6.4 (M. Slaney, Auditory Toolbox). */
const SLANEY = { perMel: 200 / 3, corner: 1000, cornerMel: 15, logStep: Math.log(6.4) / 27 };

export const MEL_SCALES: Readonly<Record<MelScaleName, MelScale>> = {
  htk: {
    about: '1127·ln(1 + f/700): HTK, TensorFlow, Kaldi.',
    toMel: (hertz) => 1127 * Math.log1p(hertz / 700),
    toHertz: (mel) => 700 * Math.expm1(mel / 1127),
  },
  slaney: {
    about: 'Linear below 1 kHz, logarithmic above: Auditory Toolbox, the default of librosa.',
    toMel: (hertz) =>
      hertz < SLANEY.corner
        ? hertz / SLANEY.perMel
        : SLANEY.cornerMel + Math.log(hertz / SLANEY.corner) / SLANEY.logStep,
    toHertz: (mel) =>
      mel < SLANEY.cornerMel
        ? mel * SLANEY.perMel
        : SLANEY.corner * Math.exp((mel - SLANEY.cornerMel) * SLANEY.logStep),
  },
};

export interface MelBank {
  readonly scale: MelScaleName;
  readonly bands: number;
  /** Hertz: where the first triangle begins and the last one ends. */
  readonly low: number;
  readonly high: number;
}

/** One triangle: weights of the bins from `from` on. */
export interface MelFilter {
  readonly from: number;
  readonly weights: Float64Array;
}

/**
 * The filters of a bank over the bins of a transform.
 * `htk`: triangles that are straight in mels, with peak 1 and without the constant part, as
 * tf.signal.linear_to_mel_weight_matrix makes them. `slaney`: straight in hertz, each with area 1, as
 * librosa.filters.mel makes them.
 * A filter may be empty where the transform is too coarse for it.
 * @param bins frequencies of the transform: 0 to half the rate
 */
export function melFilters({ scale, bands, low, high }: MelBank, bins: number, rate: number): readonly MelFilter[] {
  const { toMel, toHertz } = MEL_SCALES[scale];
  const [first, last] = [toMel(low), toMel(high)];
  const edges = Float64Array.from({ length: bands + 2 }, (_, i) => first + ((last - first) * i) / (bands + 1));
  const hertz = Float64Array.from({ length: bins }, (_, k) => (k * rate) / (2 * (bins - 1)));
  const [places, at] = scale === 'htk' ? [hertz.map(toMel), edges] : [hertz, edges.map(toHertz)];
  return Array.from({ length: bands }, (_, band) => {
    const [lower, centre, upper] = [at[band]!, at[band + 1]!, at[band + 2]!];
    const height = scale === 'htk' ? 1 : 2 / (upper - lower);
    const weights = places.map((place, k) =>
      scale === 'htk' && k === 0
        ? 0
        : height * Math.max(0, Math.min((place - lower) / (centre - lower), (upper - place) / (upper - centre))),
    );
    const from = weights.findIndex((weight) => weight > 0);
    if (from < 0) return { from: 0, weights: new Float64Array(0) };
    return { from, weights: weights.slice(from, weights.findLastIndex((weight) => weight > 0) + 1) };
  });
}
