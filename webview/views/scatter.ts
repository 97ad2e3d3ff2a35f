/** Metric against size: searches and baselines as points, the Pareto front as a line. */
import { ticks, type Point } from '../../src/shared/charts.ts';
import { formatMetric, formatUnit } from '../../src/shared/format.ts';
import { h, svg } from '../ui/dom.ts';

const WIDTH = 640;
const HEIGHT = 300;
const BOX = { left: 66, right: WIDTH - 24, top: 16, bottom: HEIGHT - 40 };
const CHARACTER = 6.4;

function span(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? 0.14 * (high - low) : Math.max(0.05 * Math.abs(high), 1e-3);
  return [low - air, high + air];
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): SVGElement {
  return svg('text', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor }, content);
}

interface Label { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' }

/** For each point the first of four places round it where its label neither leaves the picture nor covers another. */
function placeLabels(points: readonly { readonly x: number; readonly y: number; readonly text: string }[]): readonly Label[] {
  const taken = points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  return points.map(({ x, y, text: content }) => {
    const width = CHARACTER * content.length;
    const places: readonly Label[] = [{ x: x + 10, y: y + 4, anchor: 'start' }, { x: x - 10, y: y + 4, anchor: 'end' }, { x, y: y - 10, anchor: 'middle' }, { x, y: y + 18, anchor: 'middle' }];
    const boxOf = (place: Label): (typeof taken)[number] => {
      const left = place.anchor === 'start' ? place.x : place.anchor === 'end' ? place.x - width : place.x - width / 2;
      return { left, right: left + width, top: place.y - 10, bottom: place.y + 3 };
    };
    const free = places.find((place) => {
      const box = boxOf(place);
      return box.left >= BOX.left && box.right <= WIDTH && !taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top);
    }) ?? places[0]!;
    taken.push(boxOf(free));
    return free;
  });
}

export function scatter(points: readonly Point[], metric: 'accuracy' | 'psnr', budgets: readonly number[]): HTMLElement {
  const [across, up] = [span([...points.map((point) => point.bytes), ...budgets]), span(points.map((point) => point.metric))];
  const x = (bytes: number): number => BOX.left + ((bytes - across[0]) / (across[1] - across[0])) * (BOX.right - BOX.left);
  const y = (value: number): number => BOX.bottom - ((value - up[0]) / (up[1] - up[0])) * (BOX.bottom - BOX.top);
  const front = points.filter((point) => point.front).map((point) => `${x(point.bytes).toFixed(1)},${y(point.metric).toFixed(1)}`);
  const labels = placeLabels(points.map((point) => ({ x: x(point.bytes), y: y(point.metric), text: point.label })));
  const summary = points.map((point) => `${point.name}: ${formatMetric(metric, point.metric)} at ${formatUnit('bytes', point.bytes)}${point.front ? ', on the front' : ''}`).join('; ');
  return h('div', { class: 'scatter' }, svg(
    'svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Metric against encoded size. ${summary}` },
    ticks(up[0], up[1], 4).map((tick) => [svg('line', { class: 'grid', x1: BOX.left, x2: BOX.right, y1: y(tick), y2: y(tick) }), text(BOX.left - 6, y(tick) + 4, formatMetric(metric, tick), 'end')]),
    ticks(across[0], across[1], 6, 'bytes').map((tick) => text(x(tick), BOX.bottom + 16, formatUnit('bytes', tick), 'middle')),
    text((BOX.left + BOX.right) / 2, HEIGHT - 6, 'encoded size', 'middle'),
    budgets.map((budget) => [svg('line', { class: 'budget-line', x1: x(budget), x2: x(budget), y1: BOX.top, y2: BOX.bottom }), text(x(budget) - 4, BOX.bottom - 5, 'budget', 'end')]),
    svg('polyline', { class: 'front', points: front.join(' ') }),
    points.map((point, index) => {
      const [px, py] = [x(point.bytes), y(point.metric)];
      const label = labels[index]!;
      return svg(
        'g', { class: `point point-${point.kind}` },
        svg('title', {}, `${point.name}: ${formatMetric(metric, point.metric)} at ${formatUnit('bytes', point.bytes)}`),
        point.kind === 'search' ? svg('circle', { cx: px, cy: py, r: 5.5 }) : svg('rect', { x: px - 4.5, y: py - 4.5, width: 9, height: 9 }),
        text(label.x, label.y, point.label, label.anchor),
      );
    }),
  ));
}
