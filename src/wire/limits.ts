/** What a network costs and what limits it, by the names that files, messages and people use. Pure data. */
import { list, number, object, oneOf, type Check } from '../base/validate.ts';
import { formatShare, formatUnit, type Unit } from '../text/format.ts';

export const COST_NAMES = ['weights', 'activations', 'cycles', 'latency', 'macs'] as const;
/** Stored weights and the peak of activations in bytes; NPU cycles, seconds and multiply-accumulates an inference. */
export type CostName = (typeof COST_NAMES)[number];

/** How a cost is written. `of` completes '4 KiB of …'. */
export interface CostWords {
  readonly title: string;
  readonly unit: Unit;
  readonly of: string;
}

export const COST_WORDS: Readonly<Record<CostName, CostWords>> = {
  weights: { title: 'Weight memory', unit: 'bytes', of: 'weights' },
  activations: { title: 'Activation memory', unit: 'bytes', of: 'activations' },
  cycles: { title: 'Cycles', unit: 'count', of: 'cycles' },
  latency: { title: 'Latency', unit: 'seconds', of: 'latency' },
  macs: { title: 'MACs', unit: 'count', of: 'MACs' },
};

/** '48 KiB of weights', '3 ms of latency', '5 M MACs'. */
export function amountOf(cost: CostName, value: number): string {
  const { unit, of } = COST_WORDS[cost];
  return `${formatUnit(unit, value)} ${unit === 'count' ? of : `of ${of}`}`;
}

/** A limit, and who set it: a flag or a question, the definition's `target:`, or the chip itself. */
export interface Limit {
  readonly cost: CostName;
  /** In the unit of the cost. */
  readonly limit: number;
  readonly from: 'given' | 'definition' | 'target';
}

/** A limit with what the search space reaches, where that is known. */
export interface LimitReport extends Limit {
  readonly smallest?: number;
  readonly largest?: number;
}

/** What a network was found to cost, beside its limit where there is one. */
export interface CostReport {
  readonly cost: CostName;
  readonly value: number;
  readonly limit?: number;
}

const from = oneOf(['given', 'definition', 'target']);
export const costName: Check<CostName> = oneOf(COST_NAMES);
export const limits: Check<readonly Limit[]> = list(object<Limit>({ cost: costName, limit: number, from }));
export const limitReports: Check<readonly LimitReport[]> = list(
  object<LimitReport>({ cost: costName, limit: number, from }, { smallest: number, largest: number }),
);
export const costReports: Check<readonly CostReport[]> = list(
  object<CostReport>({ cost: costName, value: number }, { limit: number }),
);

/** The limit on a cost; undefined where there is none. */
export function limitOn(all: readonly Limit[], cost: CostName): number | undefined {
  return all.find((one) => one.cost === cost)?.limit;
}

/** The limit on stored weights in bytes, which every search has. @throws where a file has none */
export function weightLimit(all: readonly Limit[]): number {
  const limit = limitOn(all, 'weights');
  if (limit === undefined) throw new Error('this run has no limit on its weights: it is of another version of UDC');
  return limit;
}

/** Is it a cost of an inference's work, not of memory? */
export const isWork = (cost: CostName): boolean => cost !== 'weights' && cost !== 'activations';

/** The limited costs of work, each with its limit: '0.027 ms of latency of 0.03 ms'. */
export function limitedWork(costs: readonly CostReport[]): readonly (CostReport & { readonly limit: number })[] {
  return costs.flatMap(({ cost, value, limit }) =>
    isWork(cost) && limit !== undefined ? [{ cost, value, limit }] : [],
  );
}

/** '0.027 ms of 0.03 ms, 89.8 %'; what is estimated has a '≈'. */
export function useText({ cost, value, limit }: CostReport & { readonly limit: number }): string {
  const { unit } = COST_WORDS[cost];
  const estimated = cost === 'macs' ? '' : '≈ ';
  return `${estimated}${formatUnit(unit, value)} of ${formatUnit(unit, limit)}, ${formatShare(value / limit)}`;
}
