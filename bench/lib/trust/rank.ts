/** Rank correlations between two lists of numbers. */

/** Ranks from 1; ties share their mean rank. */
function ranks(values: readonly number[]): number[] {
  return values.map(
    (value) => 0.5 + values.reduce((sum, other) => sum + (other < value ? 1 : other === value ? 0.5 : 0), 0),
  );
}

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0,
    aa = 0,
    bb = 0;
  a.forEach((x, i) => {
    const [dx, dy] = [x - ma, b[i]! - mb];
    ab += dx * dy;
    aa += dx * dx;
    bb += dy * dy;
  });
  return ab / Math.sqrt(aa * bb);
}

/** Spearman's ρ. */
export const spearman = (a: readonly number[], b: readonly number[]): number => correlation(ranks(a), ranks(b));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the mean of independent values. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
