/** The frontier of a sweep as a picture: a mark a point, with the spread over its seeds; a click shows its run. */
import type { Frontier } from '../../src/charts/frontier.ts';
import { MARKS, PUBLISHED_MARK, frontierLayout, type Mark } from '../../src/charts/frontier-layout.ts';
import { h, svg, type Child } from '../ui/dom.ts';
import { axes, legendMark, plot, widthIn } from '../ui/plot.ts';

/** The widest and the narrowest picture, in pixels. */
const WIDTHS = { most: 900, least: 280 };
const HEIGHT = 340;

/** Marks beyond the sixth series have the shapes of the first again, in other colours. */
const COLOURS = 6;

const shapeOf = (kind: Frontier['series'][number]['kind'], at: number): string =>
  kind === 'published' ? PUBLISHED_MARK : MARKS[at % MARKS.length]!;

const lookOf = (kind: Frontier['series'][number]['kind'], at: number): string =>
  `mark mark-${kind} mark-${at % COLOURS}`;

function markOf({ point, x, y, top, bottom }: Mark, shape: string): SVGElement {
  const drawn = [
    svg('title', {}, point.text),
    bottom - top > 1 ? svg('line', { class: 'spread', x1: x, x2: x, y1: top, y2: bottom }) : null,
    svg('path', { d: shape, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }),
  ];
  // The table below has the same as buttons, for those who do not use a pointer.
  return point.run === undefined
    ? svg('g', {}, ...drawn)
    : svg('g', { class: 'clickable', do: 'showRun', with: point.run }, ...drawn);
}

/** `room`: pixels that it may take across. */
export function frontierChart(shown: Frontier, room: number): Child {
  const width = widthIn(room, WIDTHS);
  const layout = frontierLayout(shown, width, HEIGHT);
  const { box } = layout;
  const words = shown.series.flatMap(({ points }) => points.map(({ text }) => text)).join('; ');
  return h(
    'figure',
    { class: 'frontier' },
    plot({ width, height: HEIGHT }, `Metric against encoded size. ${words}`, [
      axes(box, HEIGHT, {
        up: layout.up.map(({ y, label }) => ({ at: y, label })),
        across: layout.across.map(({ x, label }) => ({ at: x, label })),
        title: 'encoded size',
      }),
      layout.budgets.map((x) => svg('line', { class: 'budget-line', x1: x, x2: x, y1: box.top, y2: box.bottom })),
      svg('polyline', {
        class: 'front',
        points: layout.front.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
      }),
      shown.series.map(({ kind }, at) =>
        svg('g', { class: lookOf(kind, at) }, ...layout.marks[at]!.map((mark) => markOf(mark, shapeOf(kind, at)))),
      ),
    ]),
    h(
      'figcaption',
      {},
      h(
        'ul',
        { class: 'legend' },
        shown.series.map(({ title, kind }, at) => h('li', {}, legendMark(lookOf(kind, at), shapeOf(kind, at)), title)),
      ),
      h(
        'p',
        { class: 'dim' },
        'A mark is the median over the seeds; its line reaches from the lowest to the highest. Dashed line: what nothing else of the sweep beats. Dotted: budgets.',
      ),
      shown.published === undefined ? null : h('p', { class: 'dim' }, `Published points: ${shown.published}.`),
    ),
  );
}
