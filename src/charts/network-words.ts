/** What a picture of a network says of its layers, and which arcs it draws. Pure. */
import { formatBytes, formatShare } from '../text/format.ts';
import { hasNarrowMaps, mapBits } from '../wire/map-bits.ts';
import type { LayerReport } from '../wire/run.ts';

/** Names that are too long to stand under a block. */
const SHORT: Readonly<Record<string, string>> = {
  'global-average-pool': 'global mean',
  'average-pool': 'mean pool',
  'max-pool': 'max pool',
};

/** What stands under a block: what the layer does, its bits, its bytes, and the bits of its map where these are few. */
export function layerFacts(layer: LayerReport): readonly string[] {
  const { op, kernel, bits, parameters, totalBytes } = layer;
  if (op === 'skip') return ['left out'];
  const short = SHORT[op] ?? op;
  const name = kernel === '' || kernel === '1x1' ? short : `${short} ${kernel.replaceAll('x', '×')}`;
  const map = hasNarrowMaps([layer]) ? [`map ${mapBits(layer)} bit`] : [];
  return parameters === 0 ? [name, ...map] : [name, `${bits} bit`, formatBytes(totalBytes), ...map];
}

/** What the drawing says of a layer beside its texts, in words: for a tooltip and for who does not see it. */
export function drawingInWords({ op, inputs, output, parameters, sparsity, achievedSparsity }: LayerReport): string {
  const reads = inputs ? `reads ${inputs.join(' and ')}` : '';
  if (op === 'skip') return reads;
  const zeros = parameters === 0 ? '' : `, ${formatShare(achievedSparsity ?? sparsity)} zeros`;
  return `${output.join('×')}${zeros}${reads === '' ? '' : `, ${reads}`}`;
}

/** A layer that reads another than the one before it, as places in the list; −1 is the network's input. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

/** What layers read from elsewhere than the layer before. */
export function arcsOf(layers: readonly LayerReport[]): Arc[] {
  const places = new Map<string, number>();
  return layers.flatMap(({ name, inputs = [] }, to) => {
    const arcs = [...new Set(inputs)].map((input) => ({ from: places.get(input) ?? -1, to }));
    places.set(name, to);
    return arcs.filter(({ from }) => from !== to - 1);
  });
}
