/** Networks over what they take on one device, as a picture: a mark a network, told apart by shape and by name. */
import { MARKS } from '../../src/charts/frontier-layout.ts';
import { measuredScatter, type ScatterPoint } from '../../src/charts/measured-scatter.ts';
import type { MeasureReport } from '../../src/wire/measurements.ts';
import { h, svg, type Child } from '../ui/dom.ts';

const WIDTHS = { most: 760, least: 180 };
const HEIGHT = 300;
/** Marks beyond the sixth have the shapes of the first again, in other colours. */
const COLOURS = 5;

const shapeOf = (network: number): string => MARKS[network % MARKS.length]!;
const lookOf = (network: number): string => `mark mark-${network % COLOURS}`;

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): SVGElement {
  return svg('text', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor }, text);
}

const mark = ({ network, x, y, text, name, label: place }: ScatterPoint): SVGElement =>
  svg(
    'g',
    { class: lookOf(network) },
    svg('title', {}, text),
    svg('path', { d: shapeOf(network), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }),
    place ? label(place.x, place.y, name, place.anchor) : null,
  );

/** @param room pixels that it may take across */
export function measuredChart(report: MeasureReport, column: number, room: number): Child {
  const width = Math.max(WIDTHS.least, Math.min(WIDTHS.most, room));
  const drawn = measuredScatter(report, column, width, HEIGHT);
  if (!drawn) return h('p', { class: 'dim' }, 'This device has no number of any of the networks.');
  const { box, across, up, points, note } = drawn;
  return h(
    'figure',
    { class: 'frontier', key: 'scatter' },
    svg(
      'svg',
      {
        viewBox: `0 0 ${width} ${HEIGHT}`,
        width,
        height: HEIGHT,
        role: 'img',
        'aria-label': `${note} ${points.map(({ text }) => text).join('; ')}`,
      },
      up.marks.map(({ at, label: text }) => [
        svg('line', { class: 'grid', x1: box.left, x2: box.right, y1: at, y2: at }),
        label(box.left - 6, at + 4, text, 'end'),
      ]),
      across.marks.map(({ at, label: text }) => label(at, box.bottom + 16, text, 'middle')),
      label((box.left + box.right) / 2, HEIGHT - 6, across.title, 'middle'),
      points.map(mark),
    ),
    h(
      'figcaption',
      {},
      h(
        'ul',
        { class: 'legend' },
        points.map(({ network, text }) =>
          h(
            'li',
            { key: String(network) },
            svg(
              'svg',
              { width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': 'true' },
              svg('g', { class: lookOf(network) }, svg('path', { d: shapeOf(network) })),
            ),
            h('span', {}, text),
          ),
        ),
      ),
      h('p', { class: 'dim' }, note),
    ),
  );
}
