/**
 * Choices around a network that a definition fixes: of channels, bits and sparsity, the network itself the largest.
 * What is a choice already stays as it is.
 */
import type { PlacedValue } from './language.ts';
import type { TreeNode } from './tree.ts';
import { isExit } from '../network/layer-graph.ts';
import type { LayerSpec, LayerTemplate, Network } from '../network/types.ts';
import { bitChoices, SPARSITIES, widthChoices } from './search-choices.ts';

const hasWeights = ({ paths }: LayerTemplate): boolean =>
  paths.some(({ primitives }) =>
    primitives.some(({ batchNorm, kind }) => batchNorm || kind === 'conv' || kind === 'dense'),
  );

/** Layers whose channels may be fewer, those that additions join together; the network's output is given. */
function widths({ layers }: Network): PlacedValue[] {
  const joined = layers.map(({ outWidth }) => (outWidth.kind === 'param' ? outWidth.layers : []));
  const given = new Set(joined.at(-1));
  return layers.flatMap(({ spec }, index) => {
    const { filters, filtersKey } = spec;
    const open = joined[index]!.includes(index) && !joined[index]!.some((layer) => given.has(layer));
    if (!open || isExit(spec) || filters?.options.length !== 1) return [];
    const value = widthChoices(filters.options[0]!);
    return value.includes('|') ? [{ place: ['layers', index, filtersKey], value }] : [];
  });
}

/** Where `bits` or `sparsity` of the layers stand that have one value. */
function placesOf({ layers }: Network, key: 'bits' | 'sparsity', tree: TreeNode | undefined): PlacedValue['place'][] {
  const one = layers.filter((layer) => hasWeights(layer) && layer.spec[key].options.length === 1);
  const own = one.filter(({ spec }) => !spec[key].inherited);
  const inherits = one.length > own.length;
  const search = tree?.kind === 'map' && tree.entries.some((entry) => entry.key === 'search');
  const of = ({ index }: LayerSpec): PlacedValue['place'] => ['layers', index, key];
  return search && inherits ? [['search', key], ...own.map(({ spec }) => of(spec))] : one.map(({ spec }) => of(spec));
}

/**
 * The values that make a definition's fixed channels, bits and sparsities choices; none where nothing is fixed.
 * @param network of the definition @param tree its values with their places @param stored bitwidths of the target
 */
export function openedValues(network: Network, tree: TreeNode | undefined, stored: readonly number[]): PlacedValue[] {
  const bits = bitChoices(stored);
  const of = (key: 'bits' | 'sparsity', value: string): PlacedValue[] =>
    value.includes('|') ? placesOf(network, key, tree).map((place) => ({ place, value })) : [];
  return [...widths(network), ...of('bits', bits), ...of('sparsity', SPARSITIES)];
}
