/**
 * The network as a picture: a block a layer, its width the channels, its height the map, its strength the bits,
 * hatching the zeros.
 */
import type { LayerReport } from '../../src/wire/run.ts';
import { arcsOf, drawingInWords, layerFacts, type Arc } from '../../src/charts/network-words.ts';
import { currentLayers, isSearching } from '../figures.ts';
import type { RunView } from '../state.ts';
import { h, svg } from '../ui/dom.ts';

/** Of a block, in pixels; the largest map and the most channels take the most. */
const WIDTHS = { least: 10, most: 62 };
const HEIGHTS = { least: 10, most: 88 };
/** The strongest colour, for weights of so many bits. */
const MOST_BITS = 8;

/** Roots keep small layers visible beside large ones. */
function sized(value: number, largest: number, { least, most }: typeof WIDTHS): string {
  return `${Math.round(least + (most - least) * Math.sqrt(value / Math.max(1, largest)))}px`;
}

/** Of the widest and of the tightest column with the gap beside it, in pixels: media/panel.css. */
const COLUMN = { most: 130, gap: 6 };
/** The lowest arc and how much higher each layer between makes it, in shares of the room above the blocks. */
const ARC = { least: 0.35, more: 0.2 };

/** What is read from elsewhere than the layer before, as arcs over the columns. The texts say the same. */
function arcsPicture(arcs: readonly Arc[], columns: number): SVGElement {
  const most = columns * COLUMN.most + (columns - 1) * COLUMN.gap;
  const path = ({ from, to }: Arc): string => {
    // A curve reaches three quarters of the height of its handles.
    const top = 1 - Math.min(1, ARC.least + ARC.more * (to - from - 1)) / 0.75;
    const start = Math.max(0, from + 0.5);
    return `M${start} 1C${start} ${top} ${to + 0.5} ${top} ${to + 0.5} 1`;
  };
  return svg(
    'svg',
    {
      class: 'net-arcs',
      viewBox: `0 0 ${columns} 1`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
      style: { width: `calc(min(100%, ${most}px) + ${COLUMN.gap}px)` },
    },
    arcs.map((arc) => svg('path', { d: path(arc) })),
  );
}

function block(
  layer: LayerReport,
  runId: string,
  most: { readonly side: number; readonly channels: number },
): HTMLElement {
  const [height, width, channels] = layer.output;
  const look = layer.op === 'skip' ? 'ghost' : layer.parameters === 0 ? 'hollow' : 'solid';
  const zeros = layer.achievedSparsity ?? layer.sparsity;
  const size = {
    width: sized(channels, most.channels, WIDTHS),
    height: sized(Math.max(height, width), most.side, HEIGHTS),
  };
  const words = drawingInWords(layer);
  const strength = `${Math.round(25 + (75 * Math.min(layer.bits, MOST_BITS)) / MOST_BITS)}%`;
  return h(
    'li',
    { key: layer.name, class: 'net-layer' },
    h(
      'button',
      {
        type: 'button',
        class: 'net-button',
        do: 'revealLayer',
        with: `${runId}\n${layer.name}`,
        title: `${[layer.name, ...layerFacts(layer), words].filter((text) => text !== '').join(', ')}. Go to this layer in the definition.`,
      },
      h(
        'span',
        { class: 'net-place' },
        h(
          'span',
          { class: `net-block net-${look}`, style: { ...size, ...(look === 'solid' && { '--strength': strength }) } },
          look === 'solid' && zeros > 0
            ? h('span', { class: 'net-zeros', style: { height: `${(100 * zeros).toFixed(1)}%` } })
            : null,
        ),
      ),
      h('span', { class: 'net-name' }, layer.name),
      layerFacts(layer).map((text) => h('span', { class: 'net-fact' }, ` ${text}`)),
      words === '' ? null : h('span', { class: 'visually-hidden' }, `, ${words}`),
    ),
  );
}

/** Layers, at least one, as a picture that scrolls. @param label for screen readers */
export function drawing(layers: readonly LayerReport[], runId: string, label: string): HTMLElement {
  const arcs = arcsOf(layers);
  const most = {
    side: Math.max(...layers.map(({ output: [height, width] }) => Math.max(height, width))),
    channels: Math.max(...layers.map(({ output }) => output[2])),
  };
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'div',
      { class: arcs.length > 0 ? 'net-graph' : '' },
      arcs.length > 0 ? arcsPicture(arcs, layers.length) : null,
      h(
        'ol',
        { class: 'network' },
        layers.map((layer) => block(layer, runId, most)),
      ),
    ),
  );
}

/** A view with layers: there are none before the first epoch. */
export function networkPicture(view: RunView): HTMLElement {
  return h(
    'section',
    { class: 'card', key: 'picture' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, isSearching(view) ? 'The network as it stands' : 'The network'),
      h('span', { class: 'dim' }, 'width: channels · height: map · strength: bits · hatched: zeros'),
    ),
    drawing(currentLayers(view), view.summary.id, 'Picture of the network'),
  );
}
