/** Random factors of the changes of colour. */
import type { SeededRandom } from '../../base/random.ts';

/** Uniform in [1 − amount, 1 + amount]. */
export const jitter = (amount: number, random: SeededRandom): number => 1 + amount * (2 * random.next() - 1);
