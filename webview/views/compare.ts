/** Runs beside each other and beside their baselines: a picture, a table, and their curves. */
import { naiveVerdict } from '../../src/wire/tasks/naive-verdict.ts';
import { networkName, overlay, paretoPoints, verdict, type CommonChart } from '../../src/charts/curves.ts';
import { formatBytes, formatShare } from '../../src/text/format.ts';
import {
  baselineMeasured,
  floatMeasured,
  formatMeasured,
  integerMeasured,
  metricOf,
  type Measurement,
} from '../../src/wire/tasks/metrics.ts';
import type { RunSummary } from '../../src/wire/panel-messages.ts';
import { weightLimit } from '../../src/wire/limits.ts';
import type { RunResult } from '../../src/wire/run.ts';
import type { PanelModel, RunView } from '../state.ts';
import { checkbox } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import type { ChartSheet } from './curve-charts.ts';
import { moment, stateBadge } from './header.ts';
import { scatter } from './scatter.ts';

const OVERLAID: readonly CommonChart[] = ['metric', 'size'];

interface Done extends RunView {
  readonly result: RunResult;
}

/** A name that tells the run from the others shown. */
function nameOf(run: RunSummary, all: readonly RunSummary[]): string {
  const alike = all.filter((other) => other.name === run.name);
  if (alike.length < 2) return run.name;
  const seeds = new Set(alike.map((other) => `${other.seed}/${weightLimit(other.limits)}`));
  return seeds.size === alike.length
    ? `${run.name}, seed ${run.seed}, ${formatBytes(weightLimit(run.limits))}`
    : `${run.name}, ${moment(run.created)}`;
}

function chooser(model: PanelModel): Child {
  if (model.runs.length < 2)
    return h(
      'p',
      { class: 'dim' },
      'This is the only run of the workspace. Start another search, with another budget, seed or strategy, to compare; the setting “udc.search.baselines” also trains uniform networks of the same size.',
    );
  const shown = new Set(model.shown.map((view) => view.summary.id));
  return h(
    'fieldset',
    { class: 'card chooser' },
    h('legend', {}, 'Runs to compare'),
    model.runs.map((run) =>
      h(
        'div',
        { class: 'chooser-row', key: run.id },
        checkbox(
          `${run.name}, ${run.strategy}, ${formatBytes(weightLimit(run.limits))}, seed ${run.seed}, ${moment(run.created)}`,
          'compare',
          run.id,
          shown.has(run.id),
        ),
        stateBadge(run.state),
      ),
    ),
  );
}

function resultTable(runs: readonly { readonly name: string; readonly result: RunResult }[]): HTMLElement {
  const points = paretoPoints(runs);
  const { metric } = runs[0]!.result;
  const row = (
    name: Child,
    kind: string,
    bytes: number,
    budget: number,
    float: Measurement,
    integer: Measurement,
    front: boolean,
    baseline: boolean,
  ): HTMLElement =>
    h(
      'tr',
      { class: baseline ? 'baseline' : undefined },
      h('th', { scope: 'row' }, name),
      h('td', { class: 'numeric' }, formatMeasured(metric, integer)),
      h('td', { class: 'numeric' }, formatBytes(bytes)),
      h('td', { class: 'numeric' }, formatShare(bytes / budget)),
      h('td', { class: 'numeric' }, formatMeasured(metric, float)),
      h('td', {}, kind),
      points.length > 1 ? h('td', {}, front ? 'yes' : '') : null,
    );
  const onFront = (bytes: number, value: number): boolean =>
    points.some((point) => point.front && point.bytes === bytes && point.metric === value);
  const { title } = metricOf(metric);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of results' },
    h(
      'table',
      { class: 'plain' },
      h('caption', { class: 'visually-hidden' }, 'Searched networks and baselines on the test part'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Network'),
          [`${title}, integer`, 'Size', 'Of budget', `${title}, float`].map((name) =>
            h('th', { scope: 'col', class: 'numeric' }, name),
          ),
          h('th', { scope: 'col' }, 'Kind'),
          points.length > 1 ? h('th', { scope: 'col' }, 'Pareto front') : null,
        ),
      ),
      h(
        'tbody',
        {},
        runs.flatMap(({ name, result }) => [
          ...result.networks.map((network) =>
            row(
              networkName(name, result, network, runs.length > 1),
              result.strategy.title,
              network.totals.totalBytes,
              weightLimit(result.limits),
              floatMeasured(network),
              integerMeasured(network),
              onFront(network.totals.totalBytes, network.integerMetric),
              false,
            ),
          ),
          ...result.baselines.map((baseline) =>
            row(
              [baseline.name, h('span', { class: 'visually-hidden' }, ` in the budget of ${name}`)],
              baseline.details,
              baseline.exactBytes,
              weightLimit(result.limits),
              baselineMeasured(baseline, result.networks[0].test?.samples).float,
              baselineMeasured(baseline, result.networks[0].test?.samples).integer,
              onFront(baseline.exactBytes, baseline.integerMetric),
              true,
            ),
          ),
        ]),
      ),
    ),
  );
}

/** `width`: pixels that the picture may take. */
export function compareTab(model: PanelModel, sheet: ChartSheet, width: number): Child {
  const summaries = model.shown.map((view) => view.summary);
  const named = model.shown.map((view) => ({
    name: nameOf(view.summary, summaries),
    events: view.events,
    result: view.result,
  }));
  const finished = model.shown.filter((view): view is Done => view.result !== undefined);
  const done = finished
    .filter(({ result }) => result.metric === finished[0]!.result.metric)
    .map((view) => ({ name: nameOf(view.summary, summaries), result: view.result }));
  const overlaid = named.length > 1 ? OVERLAID.flatMap((id) => overlay(named, id) ?? []) : [];
  const only = done.length === 1 ? done[0]!.result : undefined;
  const sentences = only ? [verdict(only), naiveVerdict(only)] : [];
  return [
    chooser(model),
    done.length === 0
      ? h('p', { class: 'dim' }, 'Sizes and metrics on the test part, and the baselines, appear when a run is done.')
      : h(
          'section',
          { class: 'card', key: 'pareto' },
          h('h2', {}, `${metricOf(done[0]!.result.metric).title} against size`),
          ...sentences.map((sentence) => (sentence === undefined ? null : h('p', {}, sentence))),
          scatter(
            paretoPoints(done),
            done[0]!.result.metric,
            [...new Set(done.map(({ result }) => weightLimit(result.limits)))],
            width,
          ),
          resultTable(done),
        ),
    ...(overlaid.length > 0
      ? [
          h('h2', { class: 'visually-hidden' }, 'Curves over each other'),
          h(
            'div',
            { class: 'charts', key: 'charts-compare' },
            overlaid.map((chart) => sheet.figure(chart, 'compare')),
          ),
        ]
      : []),
  ];
}
