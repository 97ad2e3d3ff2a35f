/** The candidates of a search: a chart of their losses over training steps, and a table that its head sorts. */
import {
  candidateLabel,
  candidateRows,
  fateText,
  lossText,
  originText,
  type CandidateRow,
} from '../../src/charts/candidate-rows.ts';
import { changesBetween, type Change } from '../../src/charts/settlement.ts';
import { formatBytes, formatCount } from '../../src/text/format.ts';
import type { PanelState } from '../../src/wire/panel-messages.ts';
import { stageTitle } from '../../src/wire/stages.ts';
import { sortBy, type SortKey } from '../figures.ts';
import type { RunView } from '../state.ts';
import { sortHeading, type SortColumn } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { trialChart } from './trial-chart.ts';

/** Rows that are shown; a strategy may try thousands. */
const MOST_ROWS = 200;

type Sort = PanelState['sort'];

export const BY_RANK: Sort = { column: 'rank', descending: false };

const COLUMNS: readonly SortColumn[] = [
  { id: 'rank', title: 'Rank', numeric: true },
  { id: 'origin', title: 'Candidate' },
  { id: 'bytes', title: 'Size', numeric: true },
  { id: 'predicted', title: 'Foretold loss', numeric: true },
  { id: 'loss', title: 'Trained loss', numeric: true },
  { id: 'steps', title: 'Steps', numeric: true },
  { id: 'changes', title: 'Changes', numeric: true },
  { id: 'fate', title: 'How it ended' },
];

/** A candidate with what it takes otherwise than the search's own choice; undefined where there is no such choice. */
interface Shown extends CandidateRow {
  readonly changes: readonly Change[] | undefined;
}

/** What is not known comes last, whichever way round the rest is. */
const KEYS: Readonly<Record<string, SortKey<Shown>>> = {
  rank: ({ rank }) => rank,
  origin: ({ id }) => id,
  bytes: ({ exactBytes }) => exactBytes,
  predicted: ({ predictedLoss }) => predictedLoss,
  loss: ({ trials }) => trials.at(-1)?.loss,
  steps: ({ trials }) => trials.at(-1)?.steps,
  changes: ({ changes }) => changes?.length,
  fate: ({ rank }) => rank,
};

function shownRows({ started, events }: RunView): readonly Shown[] {
  const rows = candidateRows(events);
  const choice = rows.find(({ origin }) => origin.kind === 'choice');
  return rows.map((row) => ({
    ...row,
    changes: started && choice ? changesBetween(started, choice.assignment, row.assignment) : undefined,
  }));
}

const orDash = (text: string | undefined): Child => text ?? h('span', { class: 'dim' }, '–');

function changesTitle(changes: readonly Change[] | undefined): string | undefined {
  return changes && changes.length > 0
    ? changes.map(({ id, before, after }) => `${id} ${before} → ${after}`).join(', ')
    : undefined;
}

function row(shown: Shown, count: number, { started }: RunView): HTMLElement {
  const { id, rank, stage, origin, exactBytes, predictedLoss, trials, changes, out, winner } = shown;
  const last = trials.at(-1);
  const numeric = (content: Child, title?: string): HTMLElement => h('td', { class: 'numeric', title }, content);
  return h(
    'tr',
    { key: String(id), class: winner ? 'candidate-won' : out ? 'candidate-out' : undefined },
    numeric(String(rank)),
    h(
      'th',
      { scope: 'row', title: stageTitle(started, stage) },
      h('b', {}, candidateLabel(id)),
      ` ${originText(origin)}`,
    ),
    numeric(orDash(exactBytes === undefined ? undefined : formatBytes(exactBytes))),
    numeric(orDash(predictedLoss === undefined ? undefined : lossText(predictedLoss))),
    numeric(orDash(last && lossText(last.loss))),
    numeric(orDash(last && formatCount(last.steps))),
    numeric(orDash(changes && String(changes.length)), changesTitle(changes)),
    h(
      'td',
      { class: 'fate' },
      fateText(shown, count),
      out ? h('div', { class: 'dim' }, `${formatCount(out.rank)} of ${formatCount(out.of)}: ${out.reason}`) : null,
    ),
  );
}

function table(view: RunView, all: readonly Shown[], sort: Sort): Child {
  const sorted = sortBy(all, KEYS[sort.column] ?? KEYS['rank']!, sort.descending);
  const shown = sorted.slice(0, MOST_ROWS);
  return [
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of candidates' },
      h(
        'table',
        { class: 'plain candidates' },
        h('caption', { class: 'visually-hidden' }, 'Candidates of the search. The buttons in the head sort.'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            COLUMNS.map((column) => sortHeading(column, sort, 'sortCandidates')),
          ),
        ),
        h(
          'tbody',
          {},
          shown.map((one) => row(one, all.length, view)),
        ),
      ),
    ),
    sorted.length > shown.length
      ? h('p', { class: 'dim' }, `${formatCount(sorted.length - shown.length)} more are not shown.`)
      : null,
    h(
      'p',
      { class: 'dim' },
      'Changes: decisions taken otherwise than by the search’s own choice. Losses are comparable at equal steps.',
    ),
  ];
}

/** `width`: pixels that the chart may take. */
export function candidatesTab(view: RunView, sort: Sort, width: number): HTMLElement {
  const rows = shownRows(view);
  const content: Child =
    rows.length === 0
      ? h(
          'p',
          { class: 'dim' },
          view.decoded
            ? 'An older version began this run: it did not write down its candidates.'
            : 'The candidates appear when the search has come to some.',
        )
      : [
          rows.some(({ trials }) => trials.length > 0)
            ? h(
                'section',
                { class: 'card', key: 'trials' },
                h('h2', {}, 'Loss over training steps'),
                trialChart(rows, width),
              )
            : null,
          h('h2', { class: 'visually-hidden' }, 'All candidates'),
          table(view, rows, sort),
        ];
  return h('section', { class: 'stack', key: 'candidates' }, content);
}
