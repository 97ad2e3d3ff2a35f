/** Metric against size: searches and baselines as points, the Pareto front as a line. */
import { tickLabel, ticks, type Point } from '../../src/charts/curves.ts';
import { formatUnit } from '../../src/text/format.ts';
import { formatMetric, type MetricName } from '../../src/wire/tasks/metrics.ts';
import { h, svg } from '../ui/dom.ts';

/**
 * The widest picture, and the narrowest, in pixels. It is drawn at the size at which it is shown, so that its text is
 * as large as the page's.
 */
const WIDTHS = { most: 760, least: 280 };
const HEIGHT = 300;
const CHARACTER = 6.4;

function span(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max(0.14 * (high - low), 0.02 * Math.abs(high), 1e-3);
  return [low - air, high + air];
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): SVGElement {
  return svg('text', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor }, content);
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/**
 * For each point the first of four places round it where its label neither leaves the frame nor covers another, nor, if
 * that can be had, a line of `lines` (their x). A point without such a place has no label: the table names it.
 */
function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  frame: Box,
  lines: readonly number[],
): readonly (Label | undefined)[] {
  const taken: Box[] = points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const walls: readonly Box[] = lines.map((x) => ({ left: x - 2, right: x + 2, top: frame.top, bottom: frame.bottom }));
  return points.map(({ x, y, text: content }) => {
    const width = CHARACTER * content.length;
    const places: readonly Label[] = [
      { x: x + 10, y: y + 4, anchor: 'start' },
      { x: x - 10, y: y + 4, anchor: 'end' },
      { x, y: y - 10, anchor: 'middle' },
      { x, y: y + 18, anchor: 'middle' },
    ];
    const boxOf = (place: Label): Box => {
      const left = place.anchor === 'start' ? place.x : place.anchor === 'end' ? place.x - width : place.x - width / 2;
      return { left, right: left + width, top: place.y - 10, bottom: place.y + 3 };
    };
    const free = (obstacles: readonly Box[]): Label | undefined =>
      places.find((place) => {
        const box = boxOf(place);
        return (
          box.left >= frame.left &&
          box.right <= frame.right &&
          !obstacles.some(
            (other) =>
              box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top,
          )
        );
      });
    const chosen = free([...taken, ...walls]) ?? free(taken);
    if (chosen) taken.push(boxOf(chosen));
    return chosen;
  });
}

/** `room`: pixels that it may take across. */
export function scatter(
  points: readonly Point[],
  metric: MetricName,
  budgets: readonly number[],
  room: number,
): HTMLElement {
  const width = Math.max(WIDTHS.least, Math.min(WIDTHS.most, room));
  const box: Box = { left: 58, right: width - 16, top: 16, bottom: HEIGHT - 40 };
  const [across, up] = [
    span([...points.map((point) => point.bytes), ...budgets]),
    span(points.map((point) => point.metric)),
  ];
  const x = (bytes: number): number =>
    box.left + ((bytes - across[0]) / (across[1] - across[0])) * (box.right - box.left);
  const y = (value: number): number => box.bottom - ((value - up[0]) / (up[1] - up[0])) * (box.bottom - box.top);
  const front = points
    .filter((point) => point.front)
    .map((point) => `${x(point.bytes).toFixed(1)},${y(point.metric).toFixed(1)}`);
  const labels = placeLabels(
    points.map((point) => ({ x: x(point.bytes), y: y(point.metric), text: point.label })),
    { ...box, right: width },
    budgets.map(x),
  );
  const summary = points
    .map(
      (point) =>
        `${point.name}: ${formatMetric(metric, point.metric)} at ${formatUnit('bytes', point.bytes)}${point.front ? ', on the front' : ''}`,
    )
    .join('; ');
  return h(
    'div',
    { class: 'scatter' },
    svg(
      'svg',
      {
        viewBox: `0 0 ${width} ${HEIGHT}`,
        width,
        height: HEIGHT,
        role: 'img',
        'aria-label': `Metric against encoded size. ${summary}`,
      },
      ticks(up[0], up[1], 4).map((tick) => [
        svg('line', { class: 'grid', x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
        text(box.left - 6, y(tick) + 4, formatMetric(metric, tick), 'end'),
      ]),
      ticks(across[0], across[1], width / 110, 'bytes').map((tick) =>
        text(x(tick), box.bottom + 16, tickLabel(tick, 'bytes'), 'middle'),
      ),
      text((box.left + box.right) / 2, HEIGHT - 6, 'encoded size', 'middle'),
      budgets.map((budget) => [
        svg('line', { class: 'budget-line', x1: x(budget), x2: x(budget), y1: box.top, y2: box.bottom }),
        text(x(budget) - 4, box.bottom - 5, 'budget', 'end'),
      ]),
      svg('polyline', { class: 'front', points: front.join(' ') }),
      points.map((point, index) => {
        const [px, py] = [x(point.bytes), y(point.metric)];
        const label = labels[index];
        return svg(
          'g',
          { class: `point point-${point.kind}` },
          svg(
            'title',
            {},
            `${point.name}: ${formatMetric(metric, point.metric)} at ${formatUnit('bytes', point.bytes)}`,
          ),
          point.kind === 'search'
            ? svg('circle', { cx: px, cy: py, r: 5.5 })
            : svg('rect', { x: px - 4.5, y: py - 4.5, width: 9, height: 9 }),
          label ? text(label.x, label.y, point.label, label.anchor) : null,
        );
      }),
    ),
  );
}
