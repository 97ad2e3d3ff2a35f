/**
 * Charts as static SVG text: self-contained, printable, no script and no outside style. Text takes the page's colour.
 */
import { tickLabel, ticks, valueRange, type Chart, type Point } from './curves.ts';
import { formatUnit, type Unit } from '../text/format.ts';
import { formatMetric, type MetricName } from '../wire/tasks/metrics.ts';
import { escapeHtml as escape } from '../text/neutral.ts';

/** Distinct in print, on white and on dark, and for the common colour blindnesses (Okabe and Ito, 2008). */
export const COLOURS: readonly string[] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8c6d00', '#56b4e9'];
export const REFERENCE = '#b00020';
const FONT = 'font-family="system-ui, sans-serif" font-size="11" fill="currentColor"';
const CHARACTER = 6.2;

export interface Frame {
  readonly width?: number;
  readonly height?: number;
}
export interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly value: number }[];
}
export interface BarsOptions {
  readonly title: string;
  readonly unit: Unit;
  readonly width?: number;
  /** A vertical line. */ readonly reference?: { readonly name: string; readonly value: number };
}

export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
  extra = '',
): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" ${FONT} ${extra}>${escape(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, extra: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${extra}/>`;
}

export const GRID = 'stroke="currentColor" stroke-opacity="0.18"';

export function picture(
  width: number,
  height: number,
  title: string,
  description: string,
  body: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${escape(description)}"><title>${escape(title)}</title><desc>${escape(description)}</desc>${body.join('')}</svg>`;
}

function linearScale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const span = from[1] - from[0];
  return (value) => (span === 0 ? (to[0] + to[1]) / 2 : to[0] + ((value - from[0]) / span) * (to[1] - to[0]));
}

function pathOf(xs: readonly number[], ys: readonly (number | null)[]): string {
  let pen = false;
  return ys
    .map((y, index) => {
      if (y === null) {
        pen = false;
        return '';
      }
      const command = `${pen ? 'L' : 'M'}${round(xs[index]!)} ${round(y)}`;
      pen = true;
      return command;
    })
    .join('');
}

/**
 * Series over epochs with stage marks, a reference line and a legend of line patterns. `description` is read to people
 * who do not see it (see `summary`).
 */
export function lineChartSvg(chart: Chart, description: string, { width = 480, height = 240 }: Frame = {}): string {
  const box = { left: 58, right: width - 12, top: 46, bottom: height - 34 };
  const range = valueRange(chart);
  const first = chart.epochs[0] ?? 0;
  const last = Math.max(chart.epochs.at(-1) ?? 1, first + (chart.epochs.length > 1 ? 0 : 1));
  const x = linearScale([first, last], [box.left, box.right]);
  const y = linearScale(range, [box.bottom, box.top]);
  const body: string[] = [text(box.left, 14, chart.title, 'start', 'font-weight="600"')];
  for (const tick of ticks(range[0], range[1], 4, chart.unit)) {
    body.push(
      line(box.left, y(tick), box.right, y(tick), GRID),
      text(box.left - 6, y(tick) + 4, tickLabel(tick, chart.unit), 'end'),
    );
  }
  for (const tick of ticks(first, last, 8).filter(Number.isInteger))
    body.push(text(x(tick), box.bottom + 15, String(tick), 'middle'));
  body.push(text((box.left + box.right) / 2, height - 4, 'epoch', 'middle'));
  let free = 0;
  chart.stages.forEach(({ from, title }, index) => {
    const at = index === 0 ? box.left : x(from);
    if (index > 0) body.push(line(at, box.top, at, box.bottom, `${GRID} stroke-dasharray="3 3"`));
    const next = chart.stages[index + 1];
    const long = CHARACTER * [...title].length;
    // A stage that is shorter than its name goes without: the next stage's name would lie over it. That of the last one
    // ends with the picture.
    if (next && x(next.from) - at < 6 + long) return;
    const begin = Math.min(at + 3, width - 2 - long);
    if (begin < free) return;
    free = begin + long;
    body.push(text(begin, box.top - 4, title, 'start', 'fill-opacity="0.75"'));
  });
  for (const epoch of chart.restarts ?? []) {
    const at = x(epoch);
    body.push(
      `<g><title>${escape(`training starts anew with epoch ${epoch}`)}</title>${line(at, box.top, at, box.bottom, 'stroke="currentColor" stroke-opacity="0.7" stroke-width="1.5"')}${text(at + 3, box.top + 10, '↺')}</g>`,
    );
  }
  if (chart.reference) {
    const at = y(chart.reference.value);
    body.push(
      line(box.left, at, box.right, at, `stroke="${REFERENCE}" stroke-width="1.5"`),
      text(box.right, at - 4, chart.reference.name, 'end'),
    );
  }
  const xs = chart.epochs.map(x);
  let legend = box.left;
  chart.series.forEach((series, index) => {
    const stroke = `stroke="${COLOURS[index % COLOURS.length]!}" stroke-width="2" stroke-dasharray="${series.dash.join(' ')}" fill="none"`;
    body.push(
      `<path d="${pathOf(
        xs,
        series.values.map((value) => (value === null ? null : Math.max(box.top, y(value)))),
      )}" ${stroke}/>`,
    );
    if (xs.length === 1 && typeof series.values[0] === 'number')
      body.push(
        `<circle cx="${round(xs[0]!)}" cy="${round(y(series.values[0]))}" r="3" fill="${COLOURS[index % COLOURS.length]!}"/>`,
      );
    body.push(line(legend, 26, legend + 24, 26, stroke), text(legend + 29, 30, series.name));
    legend += 41 + series.name.length * CHARACTER;
  });
  if (chart.epochs.length === 0) body.push(text(width / 2, height / 2, 'No data', 'middle'));
  return picture(width, height, chart.title, description, body);
}

const PART_FILLS = ['', 'M0 6L6 0', 'M0 0L6 6M0 6L6 0'] as const;

function partPatterns(prefix: string, names: readonly string[]): string {
  return `<defs>${names.map((_, index) => `<pattern id="${prefix}${index}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${COLOURS[index % COLOURS.length]!}" fill-opacity="${index === 0 ? 1 : 0.35}"/><path d="${PART_FILLS[index % PART_FILLS.length]!}" stroke="${COLOURS[index % COLOURS.length]!}" stroke-width="1.5"/></pattern>`).join('')}</defs>`;
}

/**
 * Horizontal stacked bars, one per label, with the sum in figures and the parts told apart by pattern. All bars must
 * have the same parts in the same order.
 */
export function barsSvg(bars: readonly Bar[], { title, unit, width = 640, reference }: BarsOptions): string {
  const names = bars[0]?.parts.map((part) => part.name) ?? [];
  const total = (bar: Bar): number => bar.parts.reduce((sum, part) => sum + part.value, 0);
  const top = 48;
  const step = 20;
  const height = top + bars.length * step + 8;
  const left = Math.min(width * 0.35, 16 + CHARACTER * Math.max(4, ...bars.map((bar) => bar.label.length)));
  const room = CHARACTER * 2 + CHARACTER * Math.max(4, ...bars.map((bar) => formatUnit(unit, total(bar)).length));
  const most = Math.max(reference?.value ?? 0, ...bars.map(total), 1e-12);
  const x = linearScale([0, most], [left, width - room]);
  const prefix = `p${[...title].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7).toString(36)}-`;
  const body = [partPatterns(prefix, names), text(8, 14, title, 'start', 'font-weight="600"')];
  let legend = left;
  names.forEach((name, index) => {
    body.push(
      `<rect x="${round(legend)}" y="22" width="14" height="10" fill="url(#${prefix}${index})"/>`,
      text(legend + 19, 31, name),
    );
    legend += 34 + name.length * CHARACTER;
  });
  bars.forEach((bar, row) => {
    const y = top + row * step;
    let sum = 0;
    body.push(text(left - 6, y + 11, bar.label, 'end'));
    bar.parts.forEach((part, index) => {
      body.push(
        `<rect x="${round(x(sum))}" y="${y}" width="${round(x(sum + part.value) - x(sum))}" height="14" fill="url(#${prefix}${index})"/>`,
      );
      sum += part.value;
    });
    body.push(text(x(sum) + 5, y + 11, formatUnit(unit, sum)));
  });
  if (reference)
    body.push(
      line(x(reference.value), top - 4, x(reference.value), height - 4, `stroke="${REFERENCE}" stroke-width="1.5"`),
      text(x(reference.value), top - 7, reference.name, 'middle'),
    );
  const description = bars.map((bar) => `${bar.label} ${formatUnit(unit, total(bar))}`).join('; ');
  return picture(width, height, title, description === '' ? 'No data' : description, body);
}

/** Metric against size: searches are filled circles, baselines squares, the Pareto front a line. */
export function scatterSvg(
  points: readonly Point[],
  title: string,
  metric: MetricName,
  { width = 640, height = 320 }: Frame = {},
): string {
  const box = { left: 64, right: width - 120, top: 30, bottom: height - 36 };
  const [bytes, metrics] = [points.map((point) => point.bytes), points.map((point) => point.metric)];
  const span = (values: readonly number[]): readonly [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const air = high > low ? 0.12 * (high - low) : Math.max(0.05 * Math.abs(high), 1e-3);
    return values.length === 0 ? [0, 1] : [low - air, high + air];
  };
  const [across, up] = [span(bytes), span(metrics)];
  const x = linearScale(across, [box.left, box.right]);
  const y = linearScale(up, [box.bottom, box.top]);
  const body: string[] = [text(box.left, 14, title, 'start', 'font-weight="600"')];
  for (const tick of ticks(up[0], up[1], 4))
    body.push(
      line(box.left, y(tick), box.right, y(tick), GRID),
      text(box.left - 6, y(tick) + 4, formatMetric(metric, tick), 'end'),
    );
  for (const tick of ticks(across[0], across[1], 5, 'bytes'))
    body.push(text(x(tick), box.bottom + 15, formatUnit('bytes', tick), 'middle'));
  body.push(text((box.left + box.right) / 2, height - 4, 'encoded size', 'middle'));
  const front = points.filter((point) => point.front);
  body.push(
    `<path d="${pathOf(
      front.map((point) => x(point.bytes)),
      front.map((point) => y(point.metric)),
    )}" fill="none" stroke="${COLOURS[0]!}" stroke-dasharray="4 3"/>`,
  );
  for (const point of points) {
    const [px, py] = [x(point.bytes), y(point.metric)];
    body.push(
      point.kind === 'search'
        ? `<circle cx="${round(px)}" cy="${round(py)}" r="5" fill="${COLOURS[0]!}"/>`
        : `<rect x="${round(px - 4)}" y="${round(py - 4)}" width="8" height="8" fill="none" stroke="${COLOURS[1]!}" stroke-width="2"/>`,
    );
    body.push(text(px + 9, py + 4, point.label));
  }
  const description = points
    .map((point) => `${point.name} ${formatMetric(metric, point.metric)} at ${formatUnit('bytes', point.bytes)}`)
    .join('; ');
  return picture(width, height, title, description === '' ? 'No data' : description, body);
}
