/** Accuracy over mean work of an ensemble, with a point that a pointer drags; a slider below does the same by keys. */
import { ensembleLayout, nearestPoint, pointInWords } from '../../src/charts/ensemble-layout.ts';
import { rivalText } from '../../src/charts/ensemble-words.ts';
import { formatLarge } from '../../src/text/format.ts';
import { hasExits } from '../../src/wire/ensemble.ts';
import type { EnsembleMessage } from '../../src/wire/ensemble-messages.ts';
import { h, svg, type Child } from '../ui/dom.ts';
import { axes, plot, widthIn } from '../ui/plot.ts';

const WIDTHS = { most: 760, least: 280 };
const HEIGHT = 300;
const RIVAL = 'M-5 -5L5 5M5 -5L-5 5';
const DOT = 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z';
const CHOSEN = 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z';

const at = ({ x, y }: { readonly x: number; readonly y: number }): string =>
  `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
const line = (points: readonly { readonly x: number; readonly y: number }[]): string =>
  points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');

/** @param room pixels that it may take across */
export function ensembleChart({ id, report }: EnsembleMessage, chosen: number, room: number): Child {
  const width = widthIn(room, WIDTHS);
  const layout = ensembleLayout(report, width, HEIGHT);
  const { box, test, validation, rival } = layout;
  const here = test[chosen]!;
  const [first, last] = [report.points[0]!, report.points.at(-1)!];
  return h(
    'figure',
    { class: 'frontier ensemble-chart' },
    plot(
      { width, height: HEIGHT },
      `Accuracy against mean ${report.unit}. Shown: ${pointInWords(report, chosen)}`,
      [
        axes(box, HEIGHT, {
          up: layout.up.map(({ y, label }) => ({ at: y, label })),
          across: layout.across.map(({ x, label }) => ({ at: x, label })),
          title: `mean ${report.unit}`,
        }),
        svg('line', { class: 'here', x1: here.x, x2: here.x, y1: box.top, y2: box.bottom }),
        svg('polyline', { class: 'front', points: line(validation) }),
        svg(
          'g',
          { class: 'tested' },
          svg('polyline', { points: line(test) }),
          ...test.map((mark) => [
            svg('line', { class: 'spread', x1: mark.x, x2: mark.x, y1: mark.top, y2: mark.bottom }),
            svg('path', { d: DOT, transform: at(mark) }),
          ]),
        ),
        svg('g', { class: 'rival' }, svg('path', { d: RIVAL, transform: at(rival) })),
        svg('g', { class: 'chosen' }, svg('path', { d: CHOSEN, transform: at(here) })),
      ],
      { 'data-with': id, 'data-stops': test.map(({ x }) => x.toFixed(1)).join(' ') },
    ),
    h(
      'div',
      { class: 'offer-slider' },
      h('span', { class: 'dim' }, formatLarge(first.test.work)),
      h('input', {
        key: `point:${id}`,
        type: 'range',
        min: 0,
        max: report.points.length - 1,
        step: 1,
        value: chosen,
        'data-input': 'ensemblePoint',
        'data-with': id,
        'aria-label': 'Point of the ensemble',
        'aria-valuetext': pointInWords(report, chosen),
      }),
      h('span', { class: 'dim' }, formatLarge(last.test.work)),
    ),
    h(
      'figcaption',
      { class: 'dim' },
      `Dots: the test part, with one standard error; drag along them, or use the slider. Dashed: the validation part, which the thresholds come from. Cross: ${hasExits(report) ? '' : 'the single network, '}${rivalText(report)}.`,
    ),
  );
}

/** Which point a pointer that is pressed on the picture is nearest to; undefined where it drags nothing. */
export function draggedTo(event: PointerEvent): { readonly id: string; readonly index: number } | undefined {
  const picture = event.target instanceof Element ? event.target.closest<SVGSVGElement>('svg[data-stops]') : null;
  if (!picture || (event.buttons & 1) === 0) return undefined;
  // What is dragged beyond the picture goes on being dragged.
  if (event.type === 'pointerdown') picture.setPointerCapture(event.pointerId);
  const { left, width } = picture.getBoundingClientRect();
  const x = ((event.clientX - left) / width) * picture.viewBox.baseVal.width;
  const stops = (picture.dataset['stops'] ?? '').split(' ').map((stop) => ({ x: Number(stop), y: 0 }));
  return { id: picture.dataset['with'] ?? '', index: nearestPoint(stops, x) };
}
