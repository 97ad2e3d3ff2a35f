/** Which layers a layer reads, as their names say it, and which layers make the network's outputs. */

import { OPERATORS } from './operators.ts';
import type { LayerSpec, Network } from './types.ts';

/** What `input:` and `from:` call the network's own input, unless an earlier layer has that name. */
export const INPUT_NAME = 'input';

/** The layers that a layer reads, by index; −1 is the network's input. */
export interface LayerInputs {
  /** The layer of `input:`, else the one before that is no exit. */
  readonly input: number;
  /** `add`: the layer of `from:`; absent where it names none. */
  readonly from?: number;
}

type Named = Pick<LayerSpec, 'name' | 'input' | 'from' | 'op'>;

/** Is it an early exit? Nothing reads those. */
export const isExit = ({ op }: Pick<LayerSpec, 'op'>): boolean => op.options.includes('exit');

/** The layer that one reads where it names none: the one before that is no exit; −1 is the network's input. */
export function layerBefore(layers: readonly Pick<LayerSpec, 'op'>[], index: number): number {
  let before = index - 1;
  while (before >= 0 && isExit(layers[before]!)) before--;
  return before;
}

/**
 * The index of the earlier layer that a name means to a layer, −1 for the network's input; undefined where it means
 * nothing. Of layers with one name the first is meant.
 */
export function namedLayer(names: ReadonlyMap<string, number>, name: string, reader: number): number | undefined {
  const index = names.get(name);
  if (index !== undefined && index < reader) return index;
  return name === INPUT_NAME ? -1 : undefined;
}

/** What each layer reads; a name without meaning stands for the layer before, so that the rest can be looked at. */
export function layerInputs(layers: readonly Named[]): LayerInputs[] {
  const names = new Map<string, number>();
  return layers.map(({ name, input, from, op }, index) => {
    const first = input === undefined ? undefined : namedLayer(names, input, index);
    const second = from !== undefined && op.options.includes('add') ? namedLayer(names, from, index) : undefined;
    if (!names.has(name)) names.set(name, index);
    return { input: first ?? layerBefore(layers, index), ...(second !== undefined && { from: second }) };
  });
}

const hasWeights = ({ op }: Named): boolean => op.options.some((name) => OPERATORS[name].weighted);

/**
 * The layers whose outputs are the network's, as far as weights go: those with weights that no layer with weights comes
 * after. One in a chain: the last with weights; several where branches meet behind them. Ascending.
 */
export function logitsLayers(layers: readonly Named[]): number[] {
  const inputs = layerInputs(layers);
  /** Does a layer with weights come after? */
  const followed = layers.map(() => false);
  for (let index = layers.length - 1; index >= 0; index--) {
    const { input, from = -1 } = inputs[index]!;
    if (!followed[index] && !hasWeights(layers[index]!)) continue;
    for (const read of [input, from]) if (read >= 0) followed[read] = true;
  }
  return layers.flatMap((layer, index) => (hasWeights(layer) && !followed[index] ? [index] : []));
}

/** A layer that an architecture may have without anybody reading it. */
export interface UnreadLayer {
  readonly layer: number;
  /** The only layers that read it, all of which may be left out. */
  readonly mayBeSkipped: readonly number[];
}

const isOptional = ({ op }: Pick<LayerSpec, 'op'>): boolean => op.options.includes('skip');

/** Is it left out whatever is chosen, as a search may have decided? */
const isSkipped = ({ op }: Pick<LayerSpec, 'op'>): boolean => op.options.every((name) => name === 'skip');

/**
 * Layers, other than the last and exits, that not every architecture reads: an addition that may be `skip` does not
 * read its `from`, nor an exit that may be what it looks at. What is left out itself need not be read.
 */
export function unreadLayers(layers: readonly Named[]): UnreadLayer[] {
  const read = layers.map(() => false);
  const skipping = layers.map((): number[] => []);
  const inputs = layerInputs(layers);
  const last = layerBefore(layers, layers.length);
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index]!;
    if (isSkipped(layer) && !read[index] && index !== last) continue;
    const { input, from = -1 } = inputs[index]!;
    const reads = (source: number, always: boolean): void => {
      if (source < 0) return;
      if (always) read[source] = true;
      else skipping[source]!.unshift(index);
    };
    reads(input, !(isExit(layer) && isOptional(layer)));
    reads(from, !isOptional(layer));
  }
  return layers.flatMap((one, layer) =>
    read[layer] || layer === last || isExit(one) || isSkipped(one) ? [] : [{ layer, mayBeSkipped: skipping[layer]! }],
  );
}

/** What is wrong with an unread layer, and what would be right. */
export function unreadText(layers: readonly Named[], { layer, mayBeSkipped }: UnreadLayer): string {
  const name = (index: number): string => `\`${layers[index]!.name}\``;
  const [first] = mayBeSkipped;
  if (first === undefined)
    return `No layer reads ${name(layer)}, and it is not the last, whose output is the network's; name it by \`input\` of a later layer or by \`from\` of an \`add\`, or remove it`;
  const skipped = `${mayBeSkipped.map(name).join(' and ')} ${mayBeSkipped.length === 1 ? 'is' : 'are'}`;
  return `Where ${skipped} \`skip\`, no layer reads ${name(layer)}; remove \`skip\` from ${name(first)}, or let another layer read ${name(layer)} too`;
}

/**
 * Names of what each layer reads; absent where that is the layer before alone. Of a chain there are none, whatever it
 * adds.
 */
export function namedInputs({ layers }: Pick<Network, 'layers'>): (readonly string[] | undefined)[] {
  if (layers.every(({ input }, index) => input === index - 1)) return layers.map(() => undefined);
  const nameOf = (layer: number): string => layers[layer]?.spec.name ?? INPUT_NAME;
  return layers.map(({ input, from }, index) =>
    input === index - 1 && from === undefined ? undefined : (from === undefined ? [input] : [input, from]).map(nameOf),
  );
}
