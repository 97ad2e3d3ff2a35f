/**
 * A line chart over epochs on a canvas (uPlot), with a legend whose entries switch series and a cursor that arrow keys
 * move.
 */
import uPlot from 'uplot';
import { tickLabel, ticks, valueRange, type Chart } from '../../src/charts/curves.ts';
import { formatUnit } from '../../src/text/format.ts';
import { h, svg } from './dom.ts';
import { chartColours, type ChartColours } from './theme.ts';

const HEIGHT = 196;
const MIN_WIDTH = 160;
/** Between the axis and the labels beside it. */
const AXIS_GAP = 5;
/** Height of a name, in pixels. */
const ROOM = 15;
/** Room for the names of stages above the plot. */
const TOP = 18;
const SYNC = 'epochs';

function dataOf(chart: Chart): uPlot.AlignedData {
  return [[...chart.epochs], ...chart.series.map((series) => [...series.values])];
}

/** Draws into `host`, which it empties first. Call `destroy` when the host leaves the page. */
export class ChartView {
  private readonly plot: uPlot;
  private readonly resize: ResizeObserver;
  private readonly legend = h('div', { class: 'legend' });
  private readonly canvas: HTMLElement;
  private readonly shape: string;
  private colours: ChartColours = chartColours();

  constructor(
    readonly host: HTMLElement,
    private chart: Chart,
  ) {
    this.shape = ChartView.shapeOf(chart);
    this.canvas = h('div', {
      class: 'plot',
      tabindex: 0,
      role: 'slider',
      'aria-label': `${chart.title}: values at an epoch`,
      'aria-valuemin': 0,
    });
    this.canvas.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
    this.legend.addEventListener('click', (event) => {
      this.onLegend(event);
    });
    host.replaceChildren(this.legend, this.canvas);
    this.plot = new uPlot(this.options(), dataOf(chart), this.canvas);
    this.resize = new ResizeObserver(() => {
      this.fit();
    });
    this.resize.observe(host);
    this.drawLegend();
  }

  private static shapeOf(chart: Chart): string {
    return JSON.stringify([chart.id, chart.unit, chart.series.map((series) => series.name)]);
  }

  /** Shows new data; false where the chart has other series and must be made anew. */
  update(chart: Chart): boolean {
    if (ChartView.shapeOf(chart) !== this.shape) return false;
    const { epochs } = this.chart;
    const same =
      epochs.length === chart.epochs.length &&
      epochs.every(
        (epoch, at) =>
          epoch === chart.epochs[at] &&
          this.chart.series.every((series, index) => series.values[at] === chart.series[index]!.values[at]),
      );
    this.chart = chart;
    if (!same) {
      this.plot.setData(dataOf(chart));
      this.drawLegend();
    }
    return true;
  }

  /** Takes the theme's colours again. */
  recolour(): void {
    this.colours = chartColours();
    this.plot.redraw(false, true);
    this.drawLegend();
  }

  destroy(): void {
    this.resize.disconnect();
    this.plot.destroy();
  }

  private width(): number {
    return Math.max(MIN_WIDTH, Math.floor(this.host.clientWidth));
  }

  private fit(): void {
    if (this.host.clientWidth > 0 && this.width() !== this.plot.width)
      this.plot.setSize({ width: this.width(), height: HEIGHT });
  }

  private options(): uPlot.Options {
    const axis = {
      stroke: (): string => this.colours.text,
      font: this.colours.font,
      grid: { stroke: (): string => this.colours.grid, width: 1 },
      ticks: { show: false },
    };
    return {
      width: this.width(),
      height: HEIGHT,
      padding: [TOP, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: SYNC }, points: { size: 7 } },
      scales: {
        x: {
          time: false,
          range: () => {
            const { epochs } = this.chart;
            return [epochs[0] ?? 0, Math.max(epochs.at(-1) ?? 1, (epochs[0] ?? 0) + 1)];
          },
        },
        y: { range: () => [...valueRange(this.chart)] as [number, number] },
      },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 3,
          label: 'epoch',
          labelSize: 14,
          labelGap: 0,
          labelFont: this.colours.font,
          grid: { show: false },
          splits: (_, __, low, high) => ticks(low, high, 8).filter(Number.isInteger),
          values: (_, splits) => splits.map(String),
        },
        {
          ...axis,
          size: (plot, labels) => this.axisWidth(plot.ctx, labels ?? []),
          gap: AXIS_GAP,
          splits: (_, __, low, high) => [...ticks(low, high, 4, this.chart.unit)],
          values: (_, splits) => splits.map((value) => tickLabel(value, this.chart.unit)),
        },
      ],
      series: [
        {},
        ...this.chart.series.map((series, index): uPlot.Series => ({
          label: series.name,
          width: 2,
          dash: [...series.dash],
          stroke: () => this.colours.series[index % this.colours.series.length]!,
          points: { size: 5, fill: () => this.colours.series[index % this.colours.series.length]! },
        })),
      ],
      hooks: {
        draw: [
          (plot) => {
            this.drawMarks(plot);
          },
        ],
        setCursor: [
          () => {
            this.drawLegend();
          },
        ],
      },
    };
  }

  /** As wide as its longest label, so that narrow charts keep room for the curves. */
  private axisWidth(context: CanvasRenderingContext2D, labels: readonly string[]): number {
    context.save();
    context.font = this.colours.font;
    const widest = Math.max(0, ...labels.map((label) => context.measureText(label).width));
    context.restore();
    return Math.ceil(widest) + 2 * AXIS_GAP;
  }

  /** Stage names and boundaries, and the reference line. */
  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.font = this.colours.font.replace(/^[\d.]+px/, (size) => `${parseFloat(size) * ratio}px`);
    ctx.fillStyle = this.colours.text;
    ctx.strokeStyle = this.colours.text;
    ctx.lineWidth = ratio;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    this.chart.stages.forEach((span, index) => {
      const from = index === 0 ? bbox.left : plot.valToPos(span.from, 'x', true);
      const next = this.chart.stages[index + 1];
      const to = next ? plot.valToPos(next.from, 'x', true) : bbox.left + bbox.width;
      const { title } = span;
      if (ctx.measureText(title).width < to - from - 2 * ratio)
        ctx.fillText(title, from + 2 * ratio, bbox.top - 2 * ratio);
      if (index === 0) return;
      ctx.setLineDash([3 * ratio, 3 * ratio]);
      this.stroke(ctx, from, bbox.top - TOP * 0.7 * ratio, from, bbox.top + bbox.height);
    });
    ctx.setLineDash([]);
    ctx.textBaseline = 'top';
    for (const epoch of this.chart.restarts ?? []) {
      const x = plot.valToPos(epoch, 'x', true);
      this.stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
      ctx.fillText('↺', x + 2 * ratio, bbox.top);
    }
    const { reference } = this.chart;
    if (reference) {
      const y = plot.valToPos(reference.value, 'y', true);
      ctx.setLineDash([]);
      ctx.strokeStyle = this.colours.reference;
      ctx.lineWidth = 1.5 * ratio;
      this.stroke(ctx, bbox.left, y, bbox.left + bbox.width, y);
      this.drawReferenceName(ctx, reference.name, { x: bbox.left + 3 * ratio, y, top: bbox.top }, ratio);
    }
    ctx.restore();
  }

  /** At the left end, on the side of the line where the curves are not; below it where names of stages are above. */
  private drawReferenceName(
    ctx: CanvasRenderingContext2D,
    name: string,
    { x, y, top }: { x: number; y: number; top: number },
    ratio: number,
  ): void {
    const starts = this.chart.series
      .map((series) => series.values.find((value) => value !== null))
      .filter((value) => typeof value === 'number');
    const above = starts.length > 0 && Math.max(...starts) > (this.chart.reference?.value ?? 0);
    const below = above || (this.chart.stages.length > 0 && y - top < ROOM * ratio);
    ctx.textAlign = 'left';
    ctx.textBaseline = below ? 'top' : 'bottom';
    const at = y + (below ? 3 : -3) * ratio;
    ctx.strokeStyle = this.colours.surface;
    ctx.lineWidth = 3 * ratio;
    ctx.lineJoin = 'round';
    ctx.strokeText(name, x, at);
    ctx.fillText(name, x, at);
  }

  private stroke(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  }

  private cursorIndex(): number {
    return this.plot.cursor.idx ?? this.chart.epochs.length - 1;
  }

  private drawLegend(): void {
    const at = this.cursorIndex();
    const shown = (index: number): boolean => this.plot.series[index + 1]?.show !== false;
    const values = this.chart.series.map((series) => {
      const value = series.values[at];
      return value === null || value === undefined ? '–' : formatUnit(this.chart.unit, value);
    });
    const existing = Array.from(this.legend.children);
    this.chart.series.forEach((series, index) => {
      const colour = this.colours.series[index % this.colours.series.length]!;
      const known = existing[index];
      if (known) {
        known.setAttribute('aria-pressed', String(shown(index)));
        known.querySelector('line')!.setAttribute('stroke', colour);
        known.querySelector('.legend-value')!.textContent = values[index]!;
        return;
      }
      this.legend.append(
        h(
          'button',
          {
            type: 'button',
            class: 'legend-entry',
            'aria-pressed': String(shown(index)),
            'data-series': index,
            title: `Show or hide ${series.name}`,
          },
          svg(
            'svg',
            { width: 22, height: 8, 'aria-hidden': 'true' },
            svg('line', {
              x1: 0,
              y1: 4,
              x2: 22,
              y2: 4,
              stroke: colour,
              'stroke-width': 2,
              'stroke-dasharray': series.dash.join(' '),
            }),
          ),
          h('span', {}, series.name),
          h('span', { class: 'legend-value' }, values[index]!),
        ),
      );
    });
    const epoch = this.chart.epochs[at];
    this.canvas.setAttribute('aria-valuemax', String(this.chart.epochs.at(-1) ?? 0));
    this.canvas.setAttribute('aria-valuenow', String(epoch ?? 0));
    this.canvas.setAttribute(
      'aria-valuetext',
      epoch === undefined
        ? 'no data yet'
        : `epoch ${epoch}: ${this.chart.series.map((series, index) => `${series.name} ${values[index]!}`).join(', ')}`,
    );
  }

  private onLegend(event: Event): void {
    const entry = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-series]') : null;
    if (!entry) return;
    const index = Number(entry.dataset['series']) + 1;
    this.plot.setSeries(index, { show: this.plot.series[index]?.show === false });
    this.drawLegend();
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.chart.epochs.length - 1;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: this.cursorIndex() - 1,
      ArrowRight: this.cursorIndex() + 1,
      ArrowDown: this.cursorIndex() - 1,
      ArrowUp: this.cursorIndex() + 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(last, target));
    const value = this.chart.series
      .map((series) => series.values[at])
      .find((candidate) => typeof candidate === 'number');
    this.plot.setCursor({
      left: this.plot.valToPos(this.chart.epochs[at]!, 'x'),
      top: value === undefined ? 0 : this.plot.valToPos(value, 'y'),
    });
  }
}

/** Keeps a `ChartView` in each element `[data-chart]` of the page. */
export class ChartBoard {
  private views = new Map<HTMLElement, ChartView>();

  constructor(private readonly root: HTMLElement) {}

  /** After a redraw of the page: new charts are made, known ones get their data, the rest are dropped. */
  sync(charts: ReadonlyMap<string, Chart>): void {
    const kept = new Map<HTMLElement, ChartView>();
    for (const host of Array.from(this.root.querySelectorAll<HTMLElement>('[data-chart]'))) {
      const chart = charts.get(host.dataset['chart']!);
      if (!chart) continue;
      const known = this.views.get(host);
      if (known?.update(chart)) {
        kept.set(host, known);
      } else {
        known?.destroy();
        kept.set(host, new ChartView(host, chart));
      }
      this.views.delete(host);
    }
    for (const view of this.views.values()) view.destroy();
    this.views = kept;
  }

  recolour(): void {
    for (const view of this.views.values()) view.recolour();
  }
}
