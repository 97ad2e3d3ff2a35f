/**
 * A network as a static picture: a block a layer, its width the channels, its height the map, its strength the bits,
 * hatching the zeros; what a layer reads from elsewhere as arcs. Self-contained, with texts for screen readers.
 */
import { escapeHtml as escape } from '../text/neutral.ts';
import type { LayerReport } from '../wire/run.ts';
import { arcsOf, drawingInWords, layerFacts, type Arc } from './network-words.ts';

/** Of a block, in pixels; the largest map and the most channels take the most. */
const WIDTHS = { least: 10, most: 62 };
const HEIGHTS = { least: 10, most: 88 };
const MOST_BITS = 8;
/** Between centres of columns at least, and the room beside the outer ones. */
const COLUMN = { least: 84, margin: 8 };
const LINE = 15;
const CHARACTER = 6.2;
const COLOUR = '#0072b2';
const FONT = 'font-family="system-ui, sans-serif" font-size="11" fill="currentColor"';

/** Roots keep small layers visible beside large ones. */
function sized(value: number, largest: number, { least, most }: typeof WIDTHS): number {
  return Math.round(least + (most - least) * Math.sqrt(value / Math.max(1, largest)));
}

const LOOKS = {
  ghost: 'fill="none" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="4 3"',
  hollow: 'fill="none" stroke="currentColor" stroke-opacity="0.8"',
} as const;

/** A block and its zeros, from the bottom. */
function block(layer: LayerReport, x: number, y: number, width: number, height: number): string {
  const frame = `x="${x}" y="${y}" width="${width}" height="${height}" rx="2"`;
  if (layer.op === 'skip') return `<rect ${frame} ${LOOKS.ghost}/>`;
  if (layer.parameters === 0) return `<rect ${frame} ${LOOKS.hollow}/>`;
  const strength = (0.25 + (0.75 * Math.min(layer.bits, MOST_BITS)) / MOST_BITS).toFixed(2);
  const zeros = layer.achievedSparsity ?? layer.sparsity;
  const share = Math.round(10 * zeros * height) / 10;
  return [
    `<rect ${frame} fill="${COLOUR}" fill-opacity="${strength}" stroke="${COLOUR}"/>`,
    zeros > 0
      ? `<rect x="${x}" y="${(y + height - share).toFixed(1)}" width="${width}" height="${share}" fill="url(#zeros)"/>`
      : '',
  ].join('');
}

/** The lowest arc and how much higher each layer between makes it, in pixels. */
const ARC = { least: 18, more: 10, most: 60 };

const arcHeight = ({ from, to }: Arc): number => Math.min(ARC.most, ARC.least + ARC.more * (to - from - 1));

/** @param title of the network, as a person knows it */
export function networkSvg(layers: readonly LayerReport[], title: string): string {
  const arcs = arcsOf(layers);
  const texts = layers.map((layer) => [layer.name, ...layerFacts(layer)]);
  const longest = Math.max(0, ...texts.flat().map((text) => [...text].length));
  const column = Math.max(COLUMN.least, Math.ceil(longest * CHARACTER) + COLUMN.margin);
  const most = {
    side: Math.max(1, ...layers.map(({ output: [height, width] }) => Math.max(height, width))),
    channels: Math.max(1, ...layers.map(({ output }) => output[2])),
  };
  const top = 24 + (arcs.length > 0 ? Math.max(...arcs.map(arcHeight)) : 0);
  const middle = top + HEIGHTS.most / 2;
  const width = 2 * COLUMN.margin + column * Math.max(1, layers.length);
  const height = top + HEIGHTS.most + LINE * (1 + Math.max(1, ...texts.map(({ length }) => length)));
  const centre = (place: number): number => COLUMN.margin + column * (place + 0.5);
  const columns = layers.map((layer, i) => {
    const [h, w, channels] = layer.output;
    const size = { width: sized(channels, most.channels, WIDTHS), height: sized(Math.max(h, w), most.side, HEIGHTS) };
    const words = [...texts[i]!, drawingInWords(layer)].filter((text) => text !== '').join(', ');
    const lines = texts[i]!.map((text, line) => {
      const y = top + HEIGHTS.most + LINE * (line + 1);
      const look = line === 0 ? 'font-weight="600"' : 'fill-opacity="0.8"';
      return `<text x="${centre(i)}" y="${y}" text-anchor="middle" ${FONT} ${look}>${escape(text)}</text>`;
    });
    const [x, y] = [centre(i) - size.width / 2, middle - size.height / 2];
    return `<g role="listitem" aria-label="${escape(words)}"><title>${escape(words)}</title>${block(layer, x, y, size.width, size.height)}${lines.join('')}</g>`;
  });
  const paths = arcs.map((arc) => {
    const [from, to, base] = [Math.max(COLUMN.margin, centre(arc.from)), centre(arc.to), top - 6];
    // A curve reaches three quarters of the height of its handles.
    const peak = base - arcHeight(arc) / 0.75;
    return `<path d="M${from} ${base}C${from} ${peak.toFixed(1)} ${to} ${peak.toFixed(1)} ${to} ${base}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>`;
  });
  const about = `${title}: ${layers.length} layers. Width: channels; height: map; strength: bits; hatched: zeros; dashed: left out.`;
  const hatch =
    '<defs><pattern id="zeros" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0" stroke="currentColor" stroke-width="1.5"/></pattern></defs>';
  return `<svg xmlns="http://www.w3.org/2000/svg" role="list" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${escape(about)}"><title>${escape(title)}</title><desc>${escape(about)}</desc>${hatch}<line x1="0" y1="${middle}" x2="${width}" y2="${middle}" stroke="currentColor" stroke-opacity="0.25" aria-hidden="true"/>${paths.join('')}${columns.join('')}</svg>`;
}
