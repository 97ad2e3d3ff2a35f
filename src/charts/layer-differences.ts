/** Two networks layer by layer, by the names of their layers: of each what it is in the one and in the other. */
import { formatCount, formatZeros } from '../text/format.ts';
import { hasNarrowMaps, mapBits } from '../wire/map-bits.ts';
import type { LayerReport } from '../wire/run.ts';

export interface LayerDifference {
  readonly name: string;
  /**
   * Operator, kernel, output (with its bits where they are fewer than 8), bits, zeros, stored bytes: '' where there is
   * none, or no such layer.
   */
  readonly values: readonly { readonly before: string; readonly after: string; readonly differs: boolean }[];
}

function texts(layer: LayerReport | undefined): readonly string[] {
  if (!layer) return ['', '', '', '', '', ''];
  const { op, kernel, output, bits, parameters, totalBytes } = layer;
  const weighted = parameters > 0;
  return [
    op,
    weighted ? kernel : '',
    `${output.join('×')}${hasNarrowMaps([layer]) ? `, ${mapBits(layer)} bits` : ''}`,
    weighted ? String(bits) : '',
    weighted ? formatZeros(layer) : '',
    weighted ? `${formatCount(totalBytes)} B` : '',
  ];
}

/** The layers of the first in their order, each of the second alone behind the one that it follows there. */
export function layerDifferences(
  first: readonly LayerReport[],
  second: readonly LayerReport[],
): readonly LayerDifference[] {
  const names = first.map(({ name }) => name);
  for (const [at, { name }] of second.entries()) {
    if (names.includes(name)) continue;
    const before = second[at - 1]?.name;
    names.splice(before === undefined ? 0 : names.indexOf(before) + 1, 0, name);
  }
  return names.map((name) => {
    const before = texts(first.find((layer) => layer.name === name));
    const after = texts(second.find((layer) => layer.name === name));
    return {
      name,
      values: before.map((text, at) => ({ before: text, after: after[at]!, differs: text !== after[at] })),
    };
  });
}
