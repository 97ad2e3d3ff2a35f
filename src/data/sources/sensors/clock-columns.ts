/** Columns of CSV files that tell the time or count rows, which nobody means for a channel. */

/** Steps of a clock differ from their mean at most by this share of it. */
const JITTER = 0.5;

/** With fewer rows any rise is steady. */
const ENOUGH_ROWS = 8;

/**
 * Whether values rise by about the same step from each to the next: the moments of rows, or their numbers. A ramp that
 * a sensor has measured looks the same, so that this is a hint, no verdict.
 */
export function isClock(values: readonly number[]): boolean {
  if (values.length < ENOUGH_ROWS) return false;
  const step = (values.at(-1)! - values[0]!) / (values.length - 1);
  return step > 0 && values.every((value, i) => i === 0 || Math.abs(value - values[i - 1]! - step) <= JITTER * step);
}
