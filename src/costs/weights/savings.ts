/**
 * What a search can save in storage on a target: fewer bits, zeros, both or neither. One place says it; every surface
 * repeats it.
 */
import type { Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { WeightFormat } from '../../targets/weight-tensor.ts';

export type Saver = 'bits' | 'sparsity';

/** Which decisions change what a format stores. */
const SAVERS: Readonly<Record<WeightFormat, readonly Saver[]>> = {
  mlw: ['bits', 'sparsity'],
  bitmask: ['bits', 'sparsity'],
  entropy: ['bits', 'sparsity'],
  packed: ['bits'],
  raw: [],
};

/** Does this decision change how many bytes the target stores? */
export const saves = ({ format }: Pick<Target, 'format'>, saver: Saver): boolean => SAVERS[format].includes(saver);

/** What does not save anything, in a sentence for users; undefined where bits and zeros both do. */
export function savingsText({ title, format }: Pick<Target, 'title' | 'format'>): string | undefined {
  if (format === 'raw')
    return `Fewer bits and zeros save no storage on ${title}: every weight counts as a byte. Only fewer weights do.`;
  return SAVERS[format].includes('sparsity')
    ? undefined
    : `Zeros save no storage on ${title}: every weight takes its bits. Fewer bits and fewer weights do.`;
}

/** What a table's cell says. */
export function savingsLabel({ format }: Pick<Target, 'format'>): string {
  const savers = SAVERS[format];
  return savers.length === 0 ? 'neither' : savers.length === 1 ? 'bits' : 'bits, zeros';
}

/**
 * `savingsText`, where a network's layers leave 8 bits or zeros open or ask for them; undefined where nobody would
 * expect a saving.
 */
export function vainSavings(network: Network, target: Target): string | undefined {
  const asks: Readonly<Record<Saver, boolean>> = {
    bits: network.layers.some(({ spec }) => spec.bits.options.some((bits) => bits < 8)),
    sparsity: network.layers.some(({ spec }) => spec.sparsity.options.some((sparsity) => sparsity > 0)),
  };
  return (['bits', 'sparsity'] as const).some((saver) => asks[saver] && !saves(target, saver))
    ? savingsText(target)
    : undefined;
}
