/** The costs that a certificate names beside the weights' bytes. */
import { limitOn, type CostName, type CostReport, type Limit } from '../wire/limits.ts';
import type { Totals } from '../wire/run.ts';

/** Every cost that is known of a network, beside its limit where there is one. No cycles: there is no model of them. */
export function costsOf(totals: Totals, limits: readonly Limit[]): readonly CostReport[] {
  const values: readonly (readonly [CostName, number])[] = [
    ['weights', totals.totalBytes],
    ['activations', totals.peakActivationBytes],
    ['macs', totals.macs],
    ...(totals.cycles > 0 ? ([['cycles', totals.cycles]] as const) : []),
  ];
  return values.map(([cost, value]) => {
    const limit = limitOn(limits, cost);
    return { cost, value, ...(limit !== undefined && { limit }) };
  });
}
