/** Networks over what they take on one device, as a picture: a mark a network, told apart by shape and by name. */
import { MARKS } from '../../src/charts/frontier-layout.ts';
import { measuredScatter, type ScatterPoint } from '../../src/charts/measured-scatter.ts';
import type { MeasureReport } from '../../src/wire/measurements.ts';
import { h, svg, type Child } from '../ui/dom.ts';
import { axes, label, legendMark, plot, widthIn } from '../ui/plot.ts';

const WIDTHS = { most: 760, least: 180 };
const HEIGHT = 300;
/** Marks beyond the sixth have the shapes of the first again, in other colours. */
const COLOURS = 5;

const shapeOf = (network: number): string => MARKS[network % MARKS.length]!;
const lookOf = (network: number): string => `mark mark-${network % COLOURS}`;

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
  const width = widthIn(room, WIDTHS);
  const drawn = measuredScatter(report, column, width, HEIGHT);
  if (!drawn) return h('p', { class: 'dim' }, 'This device has no number of any of the networks.');
  const { box, across, up, points, note } = drawn;
  return h(
    'figure',
    { class: 'frontier', key: 'scatter' },
    plot({ width, height: HEIGHT }, `${note} ${points.map(({ text }) => text).join('; ')}`, [
      axes(box, HEIGHT, { up: up.marks, across: across.marks, title: across.title }),
      points.map(mark),
    ]),
    h(
      'figcaption',
      {},
      h(
        'ul',
        { class: 'legend' },
        points.map(({ network, text }) =>
          h('li', { key: String(network) }, legendMark(lookOf(network), shapeOf(network)), h('span', {}, text)),
        ),
      ),
      h('p', { class: 'dim' }, note),
    ),
  );
}
