/** A test part of samples that come without one. */
import { SeededRandom } from '../../base/random.ts';
import { DataError } from '../data-error.ts';

/** Every fifth. */
const SHARE = 0.2;

/**
 * A fifth of each class, the same for the same seed; indices in order.
 * @param path what the data set is, for messages
 * @throws DataError where no class has enough of them
 */
export function drawTest(
  path: string,
  count: number,
  label: (index: number) => number,
  classes: number,
  seed: number,
): { readonly train: Int32Array; readonly test: Int32Array } {
  const random = new SeededRandom(seed);
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (let i = 0; i < count; i++) byClass[label(i)]!.push(i);
  const test = new Set<number>();
  for (const one of byClass) {
    const order = Int32Array.from(one);
    random.shuffle(order);
    for (const index of order.subarray(0, Math.round(one.length * SHARE))) test.add(index);
  }
  if (test.size === 0 && count > 0)
    throw new DataError(
      path,
      'there is no part for the test, and no class has the 3 samples of which one could be drawn for it: add samples, or a folder `test`',
    );
  const indices = allOf(count);
  return { train: indices.filter((i) => !test.has(i)), test: indices.filter((i) => test.has(i)) };
}

/** 0, 1, … */
export const allOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
