/** The page of a sweep: how far it is, its frontier, a table of its runs that its head sorts, two of them compared. */
import { frontier } from '../../src/charts/frontier.ts';
import { metricOfSweep } from '../../src/charts/sweep-groups.ts';
import { comparisonsOf } from '../../src/charts/reference-points.ts';
import { formatBytes, formatCount, formatShare } from '../../src/text/format.ts';
import { formatMetric, metricOf } from '../../src/wire/tasks/metrics.ts';
import type { PanelState } from '../../src/wire/panel-messages.ts';
import type { SweepMessage } from '../../src/wire/sweep-messages.ts';
import { listsRun, type CellState, type SweepFacts, type SweepRow } from '../../src/wire/sweep-plan.ts';
import { sortBy, type SortKey } from '../figures.ts';
import { button, checkbox, icon, iconButton, sortHeading, type SortColumn } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { architectureDifference, type Compared } from './architecture-difference.ts';
import { frontierChart } from './frontier-chart.ts';
import { moment, stateBadge } from './header.ts';
import { strategyTitle } from '../../src/wire/strategies.ts';

type Sort = PanelState['sort'];

export const BY_PLAN: Sort = { column: 'plan', descending: false };

export interface SweepChoices {
  readonly sort: Sort;
  /** Ids of the runs that are compared. */
  readonly pair: readonly string[];
  /** Pixels. */
  readonly width: number;
}

const columnsOf = (facts: SweepFacts): readonly SortColumn[] => [
  { id: 'budget', title: 'Budget', numeric: true },
  ...(facts.plan.targets.length > 1 ? [{ id: 'target', title: 'Target' }] : []),
  { id: 'strategy', title: 'By' },
  { id: 'seed', title: 'Seed', numeric: true },
  { id: 'state', title: 'State' },
  { id: 'metric', title: metricOf(metricOfSweep(facts)).title, numeric: true },
  { id: 'bytes', title: 'Size', numeric: true },
];

/** What is not known comes last, whichever way round the rest is. */
const KEYS: Readonly<Record<string, SortKey<SweepRow>>> = {
  plan: ({ cell }) => cell.index,
  budget: ({ cell }) => cell.budget,
  target: ({ cell }) => cell.target,
  strategy: ({ cell }) => strategyTitle(cell.strategy),
  seed: ({ cell }) => cell.seed,
  state: ({ state }) => state,
  metric: ({ result }) => result?.networks[0].integerMetric,
  bytes: ({ result }) => result?.networks[0].certificate.exactBytes,
};

function cellState({ state, reason }: SweepRow): Child {
  const badge = (name: CellState): Child =>
    name === 'missing' || name === 'left out' ? h('span', { class: 'dim' }, name) : stateBadge(name);
  return reason === undefined || state === 'done' ? badge(state) : [badge(state), h('div', { class: 'dim' }, reason)];
}

const titleOf = ({ cell: { budget, seed, strategy, target } }: SweepRow, { plan }: SweepFacts): string =>
  [formatBytes(budget), strategyTitle(strategy), `seed ${seed}`, ...(plan.targets.length > 1 ? [target] : [])].join(
    ', ',
  );

function rowOf(row: SweepRow, facts: SweepFacts, pair: readonly string[]): HTMLElement {
  const { cell, result, runId, specialises } = row;
  const title = titleOf(row, facts);
  const network = result?.networks[0];
  const numeric = (content: Child): HTMLElement => h('td', { class: 'numeric' }, content);
  const act = (text: string, name: string, iconName: string): Child =>
    runId === undefined ? null : iconButton(`${text}: ${title}`, { do: name, with: runId, icon: iconName });
  return h(
    'tr',
    { key: String(cell.index) },
    h(
      'td',
      {},
      result && runId !== undefined
        ? checkbox(h('span', { class: 'visually-hidden' }, `Compare ${title}`), 'pair', runId, pair.includes(runId))
        : null,
    ),
    h(
      'td',
      { class: 'row-actions' },
      act('Show', 'showRun', 'graph-line'),
      ...(result
        ? [
            act('Apply', 'apply', 'check'),
            act('Export', 'export', 'export'),
            specialises ? act('Specialise', 'specialiseRun', 'symbol-ruler') : null,
          ]
        : []),
    ),
    numeric(formatBytes(cell.budget)),
    facts.plan.targets.length > 1 ? h('td', {}, cell.target) : null,
    h('td', {}, strategyTitle(cell.strategy)),
    numeric(String(cell.seed)),
    h('td', {}, cellState(row)),
    numeric(result && network ? formatMetric(result.metric, network.integerMetric) : ''),
    numeric(
      network
        ? `${formatBytes(network.certificate.exactBytes)}, ${formatShare(network.certificate.exactBytes / cell.budget)}`
        : '',
    ),
  );
}

function table(facts: SweepFacts, { sort, pair }: SweepChoices): HTMLElement {
  const rows = sortBy(facts.rows, KEYS[sort.column] ?? KEYS['plan']!, sort.descending);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of runs' },
    h(
      'table',
      { class: 'plain' },
      h('caption', { class: 'visually-hidden' }, 'Runs of the sweep. The buttons in the head sort.'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Compare'),
          h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Actions')),
          columnsOf(facts).map((column) => sortHeading(column, sort, 'sortSweep')),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) => rowOf(row, facts, pair)),
      ),
    ),
  );
}

function published({ data }: SweepFacts): Child {
  const found = data && comparisonsOf(data);
  if (!found || found.points.length === 0) return null;
  return h(
    'details',
    { class: 'card', key: 'published', 'data-table': 'published' },
    h('summary', {}, `Published for ${found.task}: ${found.note}`),
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Network', found.metric, 'Bytes', 'Source'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        found.points.map(({ network, metricText, bytes, source, certain }) =>
          h(
            'tr',
            { key: network },
            h('th', { scope: 'row' }, network),
            h('td', { class: 'numeric' }, metricText),
            h('td', { class: 'numeric' }, bytes === undefined ? '–' : formatCount(bytes)),
            h('td', { class: 'dim' }, certain ? source : `${source} (from memory, not looked up)`),
          ),
        ),
      ),
    ),
  );
}

function head({ facts, live, resumable }: SweepMessage): HTMLElement {
  const { id, name, created, rows, baselines } = facts;
  const run = listsRun(facts);
  const done = rows.filter(({ state }) => state === 'done').length;
  const runnable = rows.filter(({ state }) => state !== 'left out').length;
  const others = new Map<CellState, number>();
  for (const { state } of rows) if (state !== 'done') others.set(state, (others.get(state) ?? 0) + 1);
  const act = (text: string, action: string, iconName: string, look: 'primary' | 'secondary' = 'secondary'): Child =>
    button(text, { do: 'sweep', with: `${id}\n${action}`, icon: iconName, look });
  return h(
    'header',
    { class: 'head', key: 'sweep-head' },
    h('div', { class: 'title-row' }, h('h1', {}, icon('graph-scatter'), ` Sweep of ${name}`)),
    h(
      'p',
      { role: 'status' },
      `${done} of ${runnable} runs done${[...others].map(([state, count]) => `, ${count} ${state}`).join('')}`,
    ),
    h('progress', { max: Math.max(1, runnable), value: done, 'aria-label': 'Runs that are done' }),
    h(
      'p',
      { class: 'dim' },
      [
        `budgets ${run.budgets.map(formatBytes).join(', ')}`,
        `seeds ${run.seeds.join(', ')}`,
        run.strategies.map(strategyTitle).join(', '),
        run.targets.join(', '),
        ...(baselines.length > 0 ? [`beside ${baselines.map(strategyTitle).join(', ')}`] : []),
        moment(created),
      ].join(' · '),
    ),
    h(
      'div',
      { class: 'actions', role: 'toolbar', 'aria-label': 'Actions' },
      live ? act('Stop Sweep', 'stop', 'debug-stop') : null,
      resumable ? act('Resume Sweep', 'resume', 'debug-continue', 'primary') : null,
      done > 0 ? [act('Report', 'report', 'file-code'), act('CSV', 'table', 'table')] : null,
    ),
  );
}

function comparedOf({ facts }: SweepMessage, pair: readonly string[]): readonly Compared[] {
  return pair.flatMap((id) => {
    const row = facts.rows.find(({ runId }) => runId === id);
    return row?.result ? [{ title: titleOf(row, facts), result: row.result }] : [];
  });
}

export function sweepPage(message: SweepMessage, choices: SweepChoices): readonly Node[] {
  const { facts } = message;
  const shown = frontier(facts);
  const [first, second] = comparedOf(message, choices.pair);
  const parts: Child = [
    head(message),
    shown
      ? h(
          'section',
          { class: 'card', key: 'frontier' },
          h('h2', {}, `${metricOf(shown.metric).title} against size`),
          frontierChart(shown, choices.width),
        )
      : h('p', { class: 'dim', key: 'frontier' }, 'The frontier appears when the first run is done.'),
    h('section', { class: 'card', key: 'runs' }, h('h2', {}, 'Runs'), table(facts, choices)),
    first && second
      ? architectureDifference(first, second)
      : h('p', { class: 'dim', key: 'difference' }, 'Tick two finished runs to see their networks layer by layer.'),
    published(facts),
  ];
  return [h('div', { class: 'stack sweep', key: 'sweep' }, parts)];
}
