/** The options of a decision in the order of what they compute. */
import type { Decision, DecisionOptions } from './types.ts';

/**
 * A number for each option of a decision that grows with what is chosen: kernels and inputs by their area. Operators
 * have none.
 */
export function magnitudes(decision: DecisionOptions): readonly number[] | undefined {
  switch (decision.kind) {
    case 'operator':
      return undefined;
    case 'kernel':
    case 'resolution':
      return decision.options.map(({ height, width }) => height * width);
    default:
      return decision.options;
  }
}

/**
 * The option that computes the most: no pruning, the largest kernel, the widest, the finest; of operators, none of
 * which is the largest, the
 * first that does not skip.
 */
export function largestOption(decision: Decision): number {
  const values = magnitudes(decision);
  if (!values) return (decision.options as readonly unknown[]).findIndex((op) => op !== 'skip');
  return values.indexOf(decision.kind === 'sparsity' ? Math.min(...values) : Math.max(...values));
}
