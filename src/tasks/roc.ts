/** How well scores tell positives from negatives: areas under the receiver operating characteristic. */

/** Positives and negatives with at least each score, from the highest score down; equal scores are one step. */
function steps(scores: readonly number[], positive: readonly boolean[]): { fp: number; tp: number }[] {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const found = [{ fp: 0, tp: 0 }];
  let [fp, tp] = [0, 0];
  order.forEach((i, place) => {
    if (positive[i]!) tp++;
    else fp++;
    const next = order[place + 1];
    if (next === undefined || scores[next] !== scores[i]) found.push({ fp, tp });
  });
  return found;
}

/**
 * Area under the curve from false-positive rate 0 to `maxRate`, by trapezoids: at 1 the chance that a positive has the
 * higher score than a negative, ties counted half (Mann and Whitney's U over the product of the counts).
 * Below 1 it is standardised after McClish (1989), as scikit-learn's `max_fpr`: 0.5 for chance, 1 at best.
 * @returns undefined where there are no positives or no negatives
 */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[], maxRate = 1): number | undefined {
  const curve = steps(scores, positive);
  const { fp: negatives, tp: positives } = curve.at(-1)!;
  if (positives === 0 || negatives === 0) return undefined;
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    const [from, to] = [curve[i - 1]!, curve[i]!];
    const [x0, x1] = [from.fp / negatives, to.fp / negatives];
    if (x0 >= maxRate) break;
    const [y0, y1] = [from.tp / positives, to.tp / positives];
    const end = Math.min(x1, maxRate);
    const atEnd = x1 === x0 ? y1 : y0 + ((y1 - y0) * (end - x0)) / (x1 - x0);
    area += ((end - x0) * (y0 + atEnd)) / 2;
  }
  if (maxRate >= 1) return area;
  const chance = maxRate ** 2 / 2;
  return (1 + (area - chance) / (maxRate - chance)) / 2;
}
