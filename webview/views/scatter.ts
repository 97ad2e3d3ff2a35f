/** Metric against size: searches and baselines as points, the Pareto front as a line. */
import { tickLabel, ticks, type Point } from '../../src/charts/curves.ts';
import { placeLabels } from '../../src/charts/label-places.ts';
import { formatUnit } from '../../src/text/format.ts';
import { formatMetric, type MetricName } from '../../src/wire/tasks/metrics.ts';
import { h, svg } from '../ui/dom.ts';
import { axes, label as written, plot, widthIn } from '../ui/plot.ts';

/**
 * The widest picture, and the narrowest, in pixels. It is drawn at the size at which it is shown, so that its text is
 * as large as the page's.
 */
const WIDTHS = { most: 760, least: 280 };
const HEIGHT = 300;

function span(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max(0.14 * (high - low), 0.02 * Math.abs(high), 1e-3);
  return [low - air, high + air];
}

/** `room`: pixels that it may take across. */
export function scatter(
  points: readonly Point[],
  metric: MetricName,
  budgets: readonly number[],
  room: number,
): HTMLElement {
  const width = widthIn(room, WIDTHS);
  const box = { left: 58, right: width - 16, top: 16, bottom: HEIGHT - 40 };
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
    plot({ width, height: HEIGHT }, `Metric against encoded size. ${summary}`, [
      axes(box, HEIGHT, {
        up: ticks(up[0], up[1], 4).map((tick) => ({ at: y(tick), label: formatMetric(metric, tick) })),
        across: ticks(across[0], across[1], width / 110, 'bytes').map((tick) => ({
          at: x(tick),
          label: tickLabel(tick, 'bytes'),
        })),
        title: 'encoded size',
      }),
      budgets.map((budget) => [
        svg('line', { class: 'budget-line', x1: x(budget), x2: x(budget), y1: box.top, y2: box.bottom }),
        written(x(budget) - 4, box.bottom - 5, 'budget', 'end'),
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
          label ? written(label.x, label.y, point.label, label.anchor) : null,
        );
      }),
    ]),
  );
}
