/** Rank correlations between two lists of numbers. */
import { mean } from '../statistics.ts';

/** Ranks from 1; ties share their mean rank. */
function ranks(values: readonly number[]): number[] {
  return values.map(
    (value) => 0.5 + values.reduce((sum, other) => sum + (other < value ? 1 : other === value ? 0.5 : 0), 0),
  );
}

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
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
