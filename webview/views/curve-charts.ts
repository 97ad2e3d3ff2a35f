/** Charts as page elements: a place for the canvas, what it shows in words, and its values as a table. */
import {
  chartTable,
  curves,
  normSummary,
  restartText,
  summary,
  type Chart,
  type CommonChart,
} from '../../src/charts/curves.ts';
import { formatBytes } from '../../src/text/format.ts';
import { latestEpoch, type RunView } from '../state.ts';
import { h, type Child } from '../ui/dom.ts';

/** Collects the charts that a page holds, for `ChartBoard.sync`. */
export class ChartSheet {
  readonly charts = new Map<string, Chart>();

  constructor(private readonly openTables: ReadonlySet<string>) {}

  /** A figure for the chart; `place` tells apart several of the same chart. */
  figure(chart: Chart, place: string, note?: string): HTMLElement {
    const id = `${place}-${chart.id}`;
    const open = this.openTables.has(id);
    const title = h(
      'figcaption',
      { title: chart.about },
      h('h3', {}, chart.title),
      h('p', { class: place === 'overview' ? 'visually-hidden' : 'dim' }, chart.about),
      chart.restarts
        ? h('p', { class: place === 'overview' ? 'visually-hidden' : 'dim' }, `↺ ${restartText(chart)}`)
        : null,
      note === undefined ? null : h('p', {}, note),
    );
    if (chart.epochs.length === 0)
      return h(
        'figure',
        { key: id, class: 'card' },
        title,
        h('p', { class: 'dim no-data' }, 'No data yet: the first epoch is still running.'),
      );
    this.charts.set(id, chart);
    return h(
      'figure',
      { key: id, class: 'card', 'aria-label': summary(chart) },
      title,
      h('div', { class: 'chart', island: 'chart', key: `chart-${id}`, 'data-chart': id }),
      h('p', { class: 'visually-hidden' }, summary(chart)),
      h('details', { 'data-table': id, open }, h('summary', {}, 'Values as a table'), open ? table(chart) : null),
    );
  }
}

function table(chart: Chart): HTMLElement {
  const { head, rows } = chartTable(chart);
  return h(
    'div',
    { class: 'scroll scroll-tall', tabindex: 0, role: 'region', 'aria-label': `${chart.title}: values` },
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, index) => h(index === 0 ? 'th' : 'td', index === 0 ? { scope: 'row' } : {}, cell)),
          ),
        ),
      ),
    ),
  );
}

const OVERVIEW: readonly CommonChart[] = ['size', 'metric', 'loss'];
const MAIN: readonly CommonChart[] = ['loss', 'metric', 'size'];
const DIAGNOSTIC: readonly CommonChart[] = ['norms', 'learningRate', 'secondsPerStep', 'residentBytes'];

/** What no epoch has told is left out; before the first one, nothing is known yet. */
const mayBeDrawn = ({ epochs, series }: Chart): boolean =>
  epochs.length === 0 || series.some(({ values }) => values.some((value) => value !== null));

/** @param own also the curves that the strategy declares, behind the others */
function grid(view: RunView, sheet: ChartSheet, ids: readonly CommonChart[], place: string, own = false): HTMLElement {
  const all = curves(view.events);
  const shown = [...ids, ...(own ? all.flatMap((chart) => (chart.own ? [chart.id] : [])) : [])];
  return h(
    'div',
    { class: `charts charts-${place}`, key: `charts-${place}` },
    shown
      .map((id) => all.find((chart) => chart.id === id)!)
      .filter((chart) => place === 'overview' || mayBeDrawn(chart))
      .map((chart) => sheet.figure(chart, place, NOTES[chart.id]?.(view))),
  );
}

/** The last epoch trains on; the repair and the certificate come after it. */
function finalSize({ result, repairs }: RunView): string | undefined {
  if (!result) return undefined;
  const [{ name, totals }, ...others] = result.networks;
  const of = others.length > 0 ? ` of ${name}` : '';
  return `${repairs.length > 0 ? 'After the repair, the' : 'The'} final weights${of} take ${formatBytes(totals.totalBytes)}.`;
}

/** What a chart cannot show by its series. */
const NOTES: Readonly<Partial<Record<string, (view: RunView) => string | undefined>>> = {
  norms: (view) => normSummary(latestEpoch(view)),
  size: finalSize,
};

export function overviewCharts(view: RunView, sheet: ChartSheet): Child {
  return view.epochs.length === 0 ? null : grid(view, sheet, OVERVIEW, 'overview');
}

export function curvesTab(view: RunView, sheet: ChartSheet): Child {
  return [
    h('h2', { class: 'visually-hidden' }, 'Training'),
    grid(view, sheet, MAIN, 'curves', true),
    h('h2', { class: 'section-title' }, 'Diagnostics'),
    grid(view, sheet, DIAGNOSTIC, 'diagnostics'),
  ];
}
