/** The seconds of many runs in three numbers. */
import { quantile } from '../base/statistics.ts';
import type { Timing } from '../wire/measurements.ts';

/**
 * Median, 90th percentile, and the distance between the quartiles as a share of the median.
 * @param seconds of each run, at least one, each above 0
 */
export function timingOf(seconds: readonly number[]): Timing {
  const median = quantile(seconds, 0.5);
  return {
    median,
    p90: quantile(seconds, 0.9),
    spread: (quantile(seconds, 0.75) - quantile(seconds, 0.25)) / median,
    runs: seconds.length,
  };
}
