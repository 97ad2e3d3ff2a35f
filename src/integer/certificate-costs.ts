/** The costs that a certificate names. */
import type { Clock } from '../wire/latency.ts';
import { limitOn, type CostName, type CostReport, type Limit } from '../wire/limits.ts';
import type { Totals } from '../wire/run.ts';

/**
 * Every cost that is known of a network, beside its limit where there is one. No cycles: there is no model of them.
 * @param clock at which the target's cycles are counted; without one no latency is known
 */
export function costsOf(totals: Totals, limits: readonly Limit[], clock?: Clock): readonly CostReport[] {
  const { totalBytes, peakActivationBytes, macs, cycles } = totals;
  const values: readonly (readonly [CostName, number])[] = [
    ['weights', totalBytes],
    ['activations', peakActivationBytes],
    ['macs', macs],
    ...(cycles > 0 ? ([['cycles', cycles]] as const) : []),
    ...(cycles > 0 && clock ? ([['latency', cycles / clock.hz]] as const) : []),
  ];
  return values.map(([cost, value]) => {
    const limit = limitOn(limits, cost);
    return { cost, value, ...(limit !== undefined && { limit }) };
  });
}
