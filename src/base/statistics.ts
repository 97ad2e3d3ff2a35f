/** Statistics of a few numbers: quantiles, ranks and the correlation of ranks. */

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/**
 * The value below which a share of the values lies, linear between neighbours (Hyndman and Fan 1996, type 7).
 * @param share 0 to 1
 * @throws RangeError where there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('there are no values to take a quantile of');
  const sorted = ascending(values);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

/** Ranks from 1; equal values share the mean of theirs. */
export function ranks(values: readonly number[]): readonly number[] {
  const sorted = ascending(values);
  return values.map((value) => {
    const first = sorted.indexOf(value);
    return (first + sorted.lastIndexOf(value)) / 2 + 1;
  });
}

/** Pearson's correlation of the ranks (Spearman's ρ). NaN where one of the lists is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [centred(ranks(a)), centred(ranks(b))];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
