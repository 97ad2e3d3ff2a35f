/** How sure a share is that was counted on so many samples. */

/** z of a two-sided interval that holds the true share 95 times of 100. */
const Z95 = 1.959963984540054;

/** Standard error of a share of so many samples: √(p(1 − p)/n); undefined where there is no sample. */
export function shareError(share: number, samples: number): number | undefined {
  return samples > 0 ? Math.sqrt((share * (1 - share)) / samples) : undefined;
}

/**
 * Interval of Wilson (1927) for a share: of use where few samples or shares near 0 or 1 make the standard error too
 * small. Without samples everything is possible.
 */
export function wilson(right: number, samples: number, z = Z95): readonly [low: number, high: number] {
  if (samples === 0) return [0, 1];
  const share = right / samples;
  const whole = 1 + (z * z) / samples;
  const middle = share + (z * z) / (2 * samples);
  const half = z * Math.sqrt((share * (1 - share)) / samples + (z * z) / (4 * samples * samples));
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)];
}
