/** The option of a decision that computes the most. */
import type { Decision } from './types.ts';

const area = (kernel: string): number => kernel.split('x').map(Number).reduce((a, b) => a * b, 1);

/** No pruning, the largest kernel, the widest, the finest. Not for operators: none of them is the largest. */
export function largestOption({ kind, labels }: Pick<Decision, 'kind' | 'labels'>): number {
  const values = labels.map(kind === 'kernel' ? area : Number);
  return values.indexOf(kind === 'sparsity' ? Math.min(...values) : Math.max(...values));
}
