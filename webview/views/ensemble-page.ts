/** The page of an ensemble: its curve with a point to drag, and what it does there, by member, class and sample. */
import {
  accuracyText,
  averagingText,
  certificateRows,
  membersTable,
  ruleText,
  verdictText,
  worseText,
} from '../../src/charts/ensemble-words.ts';
import { formatCount, formatLarge, formatShare } from '../../src/text/format.ts';
import type { WordTable } from '../../src/text/word-table.ts';
import { atPoint, hasExits, type EnsemblePoint, type EnsembleReport, type Outcome } from '../../src/wire/ensemble.ts';
import type { EnsembleMessage } from '../../src/wire/ensemble-messages.ts';
import { valueBar } from '../ui/bars.ts';
import { button, icon } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { ensembleChart } from './ensemble-chart.ts';

export interface EnsembleChoices {
  /** Place of the point that is looked at. */
  readonly point: number;
  /** Pixels. */
  readonly width: number;
}

const className = ({ classNames }: EnsembleReport, label: number): string => classNames?.[label] ?? String(label);

/** A table that scrolls by itself where it is too wide. @param extra a further class */
function scrolled(
  name: string,
  head: readonly string[],
  numeric: readonly number[],
  rows: Child,
  extra = '',
): HTMLElement {
  return h(
    'div',
    { class: `scroll ${extra}`, tabindex: 0, role: 'region', 'aria-label': name },
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((title, i) => h('th', { scope: 'col', class: numeric.includes(i) ? 'numeric' : undefined }, title)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}

const cells = (row: readonly string[], numeric: readonly number[]): Child =>
  row.map((cell, i) =>
    i === 0
      ? h('th', { scope: 'row', class: numeric.includes(i) ? 'numeric' : undefined }, cell)
      : h('td', { class: numeric.includes(i) ? 'numeric' : undefined }, cell),
  );

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const wordTable = ({ title, head, rows, numeric }: WordTable): HTMLElement =>
  scrolled(
    title,
    head.map(capital),
    numeric,
    rows.map((row) => h('tr', {}, cells(row, numeric))),
  );

function head({ id, names, report }: EnsembleMessage): HTMLElement {
  const worse = worseText(report);
  return h(
    'header',
    { class: 'head', key: 'ensemble-head' },
    h(
      'div',
      { class: 'title-row' },
      h('h1', {}, icon('layers'), ` ${hasExits(report) ? 'Early exits:' : 'Ensemble of'} ${names.join(', ')}`),
    ),
    h('p', {}, capital(verdictText(report))),
    ...(worse === undefined ? [] : [h('p', {}, worse)]),
    h('p', { class: 'dim' }, [capital(ruleText(report)), report.target].join(' · ')),
    h(
      'div',
      { class: 'actions', role: 'toolbar', 'aria-label': 'Actions' },
      button('Export This Point', { do: 'exportEnsemble', with: id, icon: 'export', look: 'primary' }),
    ),
  );
}

const figure = (value: string, what: string): HTMLElement =>
  h('div', { class: 'offer-figure' }, h('b', {}, value), h('span', { class: 'dim' }, what));

function pointCard({ names, report }: EnsembleMessage, index: number): HTMLElement {
  const { test, validation } = report.points[index]!;
  const all = report.members.reduce((sum, { work }) => sum + work, 0);
  const text = ({ accuracy, error, samples }: Outcome): string => accuracyText(accuracy, error, samples);
  return h(
    'section',
    { class: 'card', key: 'point' },
    h('h2', {}, `Point ${index + 1} of ${report.points.length}${index === report.chosen ? ', the chosen one' : ''}`),
    h(
      'div',
      { class: 'offer-figures' },
      figure(text(test), 'accuracy, test part'),
      figure(text(validation), 'accuracy, validation part'),
      figure(formatLarge(test.work), `mean ${report.unit}, test part`),
      figure(
        formatShare(test.work / all),
        hasExits(report) ? 'of what the whole network takes' : 'of what all members take',
      ),
    ),
    h('h3', {}, 'Where samples of the test part stop'),
    scrolled(
      'Where samples stop',
      [hasExits(report) ? 'Exit' : 'Member', 'Share', 'Samples', 'Of all'],
      [1, 2],
      test.stops.map((count, k) =>
        h(
          'tr',
          { key: String(k) },
          h('th', { scope: 'row' }, `${k + 1}: ${names[k] ?? ''}`),
          h('td', { class: 'numeric' }, formatShare(count / test.samples)),
          h('td', { class: 'numeric' }, formatCount(count)),
          h('td', { class: 'bar-cell' }, valueBar(count / test.samples)),
        ),
      ),
    ),
  );
}

function classCard(report: EnsembleReport, { test, thresholds }: EnsemblePoint): HTMLElement {
  const byClass = thresholds.some((own) => own.length > 1);
  const headings = [
    'Class',
    'Samples',
    'Right',
    ...report.members.map((_, k) => `Stop at ${k + 1}`),
    ...(byClass ? thresholds.map((_, k) => `Threshold ${k + 1}`) : []),
  ];
  const numeric = headings.map((_, i) => i).slice(1);
  const share = (count: number, samples: number): string => (samples === 0 ? '–' : formatShare(count / samples));
  return h(
    'section',
    { class: 'card', key: 'classes' },
    h('h2', {}, 'By class'),
    scrolled(
      'By class',
      headings,
      numeric,
      test.byClass.map(({ samples, right, stops }, c) =>
        h(
          'tr',
          { key: String(c) },
          cells(
            [
              className(report, c),
              formatCount(samples),
              share(right, samples),
              ...stops.map((count) => share(count, samples)),
              ...(byClass ? thresholds.map((own) => formatLarge(own[own.length === 1 ? 0 : c]!)) : []),
            ],
            numeric,
          ),
        ),
      ),
    ),
  );
}

function hardCard(report: EnsembleReport, { test, hard }: EnsemblePoint): HTMLElement {
  const count = test.stops.at(-1)!;
  const title = hasExits(report) ? 'Samples that no early exit was sure of' : 'Samples that needed all members';
  return h(
    'section',
    { class: 'card', key: 'hard' },
    h('h2', {}, title),
    h(
      'p',
      { class: 'dim' },
      `${formatCount(count)} of ${formatCount(test.samples)} of the test part${count > hard.length ? `; the first ${hard.length}:` : ''}`,
    ),
    hard.length === 0
      ? null
      : scrolled(
          title,
          ['Sample', 'Class', 'Answer', 'Which is'],
          [0],
          hard.map(({ index, label, answer }) =>
            h(
              'tr',
              { key: String(index) },
              cells(
                [
                  formatCount(index),
                  className(report, label),
                  className(report, answer),
                  label === answer ? 'right' : 'wrong',
                ],
                [0],
              ),
            ),
          ),
          'scroll-tall',
        ),
  );
}

function wholeCard(report: EnsembleReport): HTMLElement {
  return h(
    'section',
    { class: 'card', key: 'whole' },
    h('h2', {}, hasExits(report) ? 'Exits and certificate' : 'Members and certificate'),
    wordTable(membersTable(report)),
    h('p', {}, `With ${averagingText(report)}.`),
    h(
      'dl',
      { class: 'certificate' },
      certificateRows(report).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
  );
}

export function ensemblePage(message: EnsembleMessage, { point, width }: EnsembleChoices): readonly Node[] {
  const { report } = message;
  const shown = report.points[point]!;
  return [
    h(
      'div',
      { class: 'stack ensemble', key: 'ensemble' },
      head(message),
      h(
        'section',
        { class: 'card', key: 'curve' },
        h('h2', {}, `Accuracy against mean ${report.unit}`),
        ensembleChart(message, point, width),
      ),
      pointCard(message, point),
      classCard(report, shown),
      hardCard(report, shown),
      wholeCard(atPoint(report, point)),
    ),
  ];
}
