/**
 * The rule for flash of memory-driven mixed precision (Rusci, Capotondi, Benini, arXiv 1905.13082; the authors' code):
 * while the network is over its flash, the first of the layers with about the largest share of it is halved.
 */
import type { AllocationProblem, Cut, Impossible } from './allocation.ts';

/** Shares that are no more than this below the largest count as equal to it: then the earlier layer is cut. */
export const SAME_SHARE = 0.05;

export interface WeightCuts {
  /** One for each layer. */
  readonly bits: readonly number[];
  readonly cuts: readonly Cut[];
  readonly impossible?: Impossible;
}

/**
 * Halves bits of weights until they fit with what is stored beside them. Shares are of the weight bytes of all layers,
 * auxiliary bytes apart; a layer with no fewer bits to go to is no candidate.
 * The authors' first count takes every layer's auxiliary bytes for those of a folded batch normalisation, and sees
 * those of cut activations only if that count is over; here each count is the real one, so that the result fits.
 * @param outputBits bits of each layer's output
 */
export function cutWeights(
  { layers, limits }: Pick<AllocationProblem, 'layers' | 'limits'>,
  outputBits: readonly number[],
): WeightCuts {
  const limit = limits.weights ?? Infinity;
  const levels = layers.map(() => 0);
  const bits = (): number[] => layers.map((layer, i) => layer.levels[levels[i]!]!);
  const cuts: Cut[] = [];
  for (;;) {
    const now = bits();
    const weights = layers.map((layer, i) => layer.weightBytes(now[i]!));
    const all = weights.reduce((sum, bytes) => sum + bytes, 0);
    const needed = layers.reduce((sum, layer, i) => sum + layer.auxiliaryBytes(now[i]!, outputBits[i]!), all);
    if (needed <= limit) return { bits: now, cuts };
    const candidates = layers.flatMap((layer, i) => (levels[i]! < layer.levels.length - 1 ? [i] : []));
    const largest = candidates.reduce((most, i) => Math.max(most, weights[i]! / all), 0);
    const layer = candidates.find((i) => weights[i]! / all > largest - SAME_SHARE);
    if (layer === undefined) {
      const heaviest = weights.reduce((most, bytes, i) => (bytes > weights[most]! ? i : most), 0);
      const impossible = { of: 'weights', at: layers[heaviest]?.name ?? '', needed, limit } as const;
      return { bits: now, cuts, impossible };
    }
    const [from, to] = [now[layer]!, layers[layer]!.levels[levels[layer]! + 1]!];
    cuts.push({ of: 'weights', layer, from, to, share: weights[layer]! / all, largest });
    levels[layer]!++;
  }
}
