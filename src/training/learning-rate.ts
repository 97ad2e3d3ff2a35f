/** Schedules over the run: the entropy that the exploration dial asks for, learning rates, the pruning ramp. */

/**
 * Target mean entropy at progress t in [0, 1] of the search stage: 1 at the start, 0 at the end.
 * The dial bends the curve: H*(t) = 1 − t^p with p from 0.4 (exploit: decide early) over 1 to 4 (explore: decide late).
 */
export function targetEntropy(t: number, exploration: number): number {
  const power = exploration <= 0.5 ? 0.4 + 1.2 * exploration : 1 + 6 * (exploration - 0.5);
  return Math.max(0, 1 - Math.min(1, t) ** power);
}

/** Cosine from `peak` to `peak·floor`, after a short linear rise. */
export function cosineRate(t: number, peak: number, floor = 0.02, rise = 0.05): number {
  if (t < rise) return (peak * (t + 0.01)) / (rise + 0.01);
  const u = (t - rise) / (1 - rise);
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, u))));
}

/** Gradual magnitude pruning: share of the final sparsity reached at progress t (Zhu and Gupta, 2017). */
export function pruningRamp(t: number): number {
  return 1 - (1 - Math.min(1, Math.max(0, t))) ** 3;
}
