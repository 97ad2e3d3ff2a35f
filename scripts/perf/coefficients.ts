/** A weighted sum of a network's numbers, by least squares with a small penalty on large weights. */
import type { Example } from './perf-examples.ts';

/** Of the mean square of a feature. */
const PENALTY = 1e-3;

export type Predictor = (example: Example) => number;

/** Fits the logarithm of the ratio on the features and a constant. */
export function fitCoefficients(examples: readonly Example[]): Predictor {
  const rows = examples.map(({ features }) => [...features, 1]);
  const size = rows[0]!.length;
  const equations = Array.from({ length: size }, (_, i) => {
    const own = Array.from({ length: size }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0));
    own[i]! += PENALTY * rows.length;
    return [...own, rows.reduce((sum, row, k) => sum + row[i]! * examples[k]!.wanted, 0)];
  });
  for (let i = 0; i < size; i++) {
    for (let other = 0; other < size; other++) {
      if (other === i) continue;
      const factor = equations[other]![i]! / equations[i]![i]!;
      equations[other] = equations[other]!.map((value, k) => value - factor * equations[i]![k]!);
    }
  }
  const weights = equations.map((row, i) => row[size]! / row[i]!);
  return ({ features }) => features.reduce((sum, value, i) => sum + value * weights[i]!, weights[size - 1]!);
}
