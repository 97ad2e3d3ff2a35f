/** Of several ways those that no other beats in answers and work. */

/** So many samples are answered right for so much work, of all of them together. */
export interface Tradeoff {
  readonly right: number;
  readonly work: number;
}

/**
 * Those that no other equals or beats in both, by their work; of equal ones the first.
 * Their answers rise with their work.
 */
export function paretoSet<T extends Tradeoff>(all: readonly T[]): T[] {
  const order = all.map((one, i) => ({ one, i }));
  order.sort((a, b) => a.one.work - b.one.work || b.one.right - a.one.right || a.i - b.i);
  const kept: T[] = [];
  let most = -Infinity;
  for (const { one } of order) {
    if (one.right <= most) continue;
    most = one.right;
    kept.push(one);
  }
  return kept;
}
