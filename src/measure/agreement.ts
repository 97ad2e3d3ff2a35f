/** Outputs of a runtime beside those of the integer evaluation: no time is believed of a program that computes else. */
import type { Agreement } from '../wire/measurements.ts';

/**
 * How near outputs have to be. `exact`: the same codes. `rounding`: kernels that round once where the fixed-point
 * definition rounds twice are a step away in a layer, and later layers carry that on; what they compute is then still
 * the same function, so that the root mean square of the distances stays a fraction of the outputs' own spread.
 */
export type Closeness = 'exact' | 'rounding';

/** Distances up to this are rounding, however little the outputs vary: root mean square, in steps. */
const STEPS = 2;
/** Of the standard deviation of the expected outputs. */
const OF_SPREAD = 0.25;

const meanOf = (values: Int8Array, of: (value: number, i: number) => number): number =>
  values.reduce((sum, value, i) => sum + of(value, i), 0) / values.length;

/** The distances, and in a clause what is wrong with them, if they are no agreement. */
export function agreementOf(
  found: Int8Array,
  expected: Int8Array,
  samples: number,
  closeness: Closeness,
): { readonly agreement: Agreement; readonly disagreement?: string } {
  if (found.length !== expected.length)
    return {
      agreement: { samples, equal: 0, most: 0 },
      disagreement: `it gives ${found.length} outputs for ${samples} samples, ${expected.length} were expected`,
    };
  let most = 0;
  for (let i = 0; i < found.length; i++) most = Math.max(most, Math.abs(found[i]! - expected[i]!));
  const agreement = { samples, equal: meanOf(found, (value, i) => Number(value === expected[i])), most };
  const distance = Math.sqrt(meanOf(found, (value, i) => (value - expected[i]!) ** 2));
  const mean = meanOf(expected, (value) => value);
  const spread = Math.sqrt(meanOf(expected, (value) => (value - mean) ** 2));
  const allowed = closeness === 'exact' ? 0 : Math.max(STEPS, OF_SPREAD * spread);
  if (distance <= allowed) return { agreement };
  const equal = `${Math.round(100 * agreement.equal)} % of its outputs are those of the integer evaluation`;
  return { agreement, disagreement: `${equal}, the furthest is ${most} steps of 255 away` };
}
