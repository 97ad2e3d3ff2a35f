/** How far predictions are from what was said: tables by target and space. */

/** Relative errors of a group of networks. */
export interface Errors {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** Nine of ten are not further off. */
  readonly most: number;
}

/** The value that a share of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1))] ?? NaN;
}

export const errorsOf = (relative: readonly number[]): Errors => ({
  count: relative.length,
  mean: relative.reduce((sum, value) => sum + value, 0) / relative.length,
  median: quantile(relative, 0.5),
  most: quantile(relative, 0.9),
});

/** |predicted / said − 1|; 0 where both are 0. */
export const relativeError = (predicted: number, said: number): number =>
  predicted === said ? 0 : Math.abs(predicted / said - 1);

const percent = (value: number): string => (100 * value).toFixed(1);

/** A Markdown table in per cent: the mean of each group, and of the last one also the median and nine of ten. */
export function errorTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly [name: string, errors: readonly Errors[]])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([title, ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...rows.map(([name, errors]) =>
      line([
        name,
        ...errors.map(({ mean, median, most }, i) =>
          (i < errors.length - 1 ? [mean] : [mean, median, most]).map(percent).join(' / '),
        ),
      ]),
    ),
  ].join('\n');
}
