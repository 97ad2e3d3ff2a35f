/** The answer of a classifier. */

/** Place of the largest of `count` values, of equals the first. */
export function argmax(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
