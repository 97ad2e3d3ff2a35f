/** Which operations make what a network puts out: its early exits, and its end. */
import type { Operation } from './types.ts';

/**
 * Operations whose outputs are the network's, ascending: the dense layers that nothing reads, which are early exits,
 * and the last operation. Empty where there are no operations.
 */
export function outputsOf(operations: readonly Pick<Operation, 'kind' | 'inputs'>[]): number[] {
  const read = new Set(operations.flatMap(({ inputs }) => inputs));
  return operations.flatMap(({ kind }, i) =>
    i === operations.length - 1 || (kind === 'dense' && !read.has(i)) ? [i] : [],
  );
}

/** The early exits among them. */
export const exitsOf = (operations: readonly Pick<Operation, 'kind' | 'inputs'>[]): number[] =>
  outputsOf(operations).slice(0, -1);

/** The operations from behind one output to the next, first and last of them; one part where there is no early exit. */
export function partsOf(
  operations: readonly Pick<Operation, 'kind' | 'inputs'>[],
): readonly { readonly first: number; readonly last: number }[] {
  const ends = outputsOf(operations);
  return ends.map((last, k) => ({ first: k === 0 ? 0 : ends[k - 1]! + 1, last }));
}
