/** Sizes and shapes in words, as hovers, hints and lenses say them. "≈" marks an estimate: no weights were encoded. */
import { formatBytes, formatCount, formatShare } from '../../../text/format.ts';
import type { Size2D } from '../../../network/types.ts';

/** '3.1 KiB' or '1.2 KiB to 9.8 KiB'. */
export function bytesRange(smallest: number, largest: number): string {
  const [low, high] = [formatBytes(smallest), formatBytes(largest)];
  return low === high ? low : `${low} to ${high}`;
}

/** With "≈" before an estimate. */
export const estimated = (text: string, exact: boolean): string => (exact ? text : `≈ ${text}`);

/** '6.4 %' or '2.5 % to 20.4 %' of the budget. */
export function shareRange(smallest: number, largest: number, budget: number): string {
  const [low, high] = [formatShare(smallest / budget), formatShare(largest / budget)];
  return low === high ? low : `${low} to ${high}`;
}

/** '1,234' or '1,234 to 5,678'. */
export function countRange(smallest: number, largest: number): string {
  return smallest === largest ? formatCount(smallest) : `${formatCount(smallest)} to ${formatCount(largest)}`;
}

/** '24×24×16'. */
export const shape = (dimensions: readonly number[]): string => dimensions.join('×');

/** '3×3'. */
export const kernelText = ({ height, width }: Size2D): string => `${height}×${width}`;

/** How a range of sizes lies to the budget. */
export function againstBudget(smallest: number, largest: number, budget: number): string {
  const limit = formatBytes(budget);
  if (smallest === largest)
    return smallest <= budget ? `fits ${limit}` : `${formatBytes(smallest - budget)} over ${limit}`;
  if (smallest > budget) return `none fits ${limit}`;
  return largest <= budget ? `all fit ${limit}` : `some fit ${limit}`;
}
