/** What the test part says of the network: facts, a table that its head sorts, the matrix, the worst samples. */
import {
  detailsView,
  type DetailCell,
  type DetailColumn,
  type DetailMatrix,
  type DetailsView,
  type DetailTable,
  type WorstView,
} from '../../src/charts/details/details-view.ts';
import { matrixInWords, strengthOf } from '../../src/charts/matrix-svg.ts';
import { formatCount } from '../../src/text/format.ts';
import { oneLine } from '../../src/text/neutral.ts';
import type { PanelState } from '../../src/wire/panel-messages.ts';
import { sortBy } from '../figures.ts';
import type { RunView } from '../state.ts';
import { icon, sortHeading } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

type Sort = PanelState['sort'];

/** Undefined while there is no result, and of runs of older versions. */
export function testDetails({ result, started }: RunView): DetailsView | undefined {
  return result && detailsView(result.metric, result.networks[0], started?.data?.classNames);
}

function cell({ text, bar }: DetailCell, { numeric }: DetailColumn): HTMLElement {
  return h(
    'td',
    { class: numeric ? 'numeric' : undefined },
    text,
    bar === undefined ? null : h('div', { class: 'value-bar' }, h('div', { style: { width: formatBar(bar) } })),
  );
}

const formatBar = (share: number): string => `${(100 * share).toFixed(1)}%`;

function table({ title, columns, rows, first }: DetailTable, chosen: Sort | undefined): HTMLElement {
  const sort = chosen && columns.some(({ id }) => id === chosen.column) ? chosen : { column: first, descending: false };
  const place = columns.findIndex(({ id }) => id === sort.column);
  const named = Math.max(
    0,
    columns.findIndex(({ numeric }) => !numeric),
  );
  const sorted = sortBy(rows, (row) => row[place]?.value, sort.descending);
  return h(
    'section',
    { class: 'card', key: 'test-table' },
    h('h2', {}, title),
    h(
      'div',
      { class: 'scroll test-scroll', tabindex: 0, role: 'region', 'aria-label': `Table of ${title.toLowerCase()}` },
      h(
        'table',
        { class: 'plain test-table' },
        h('caption', { class: 'visually-hidden' }, `${title}. The buttons in the head sort.`),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            columns.map((column) => sortHeading(column, sort, 'sortTest')),
          ),
        ),
        h(
          'tbody',
          {},
          sorted.map((row) =>
            h(
              'tr',
              { key: row[0]?.text ?? '' },
              row.map((one, i) =>
                i === named
                  ? h('th', { scope: 'row', class: columns[i]!.numeric ? 'numeric' : undefined }, one.text)
                  : cell(one, columns[i]!),
              ),
            ),
          ),
        ),
      ),
    ),
    explanations(columns),
  );
}

function explanations(columns: readonly DetailColumn[]): Child {
  const told = columns.flatMap(({ title, about }) => (about === undefined ? [] : [`${title}: ${about}`]));
  return told.length === 0 ? null : h('p', { class: 'dim note' }, `${told.join('; ')}.`);
}

function matrixRow({ names, cells }: DetailMatrix, a: number): HTMLElement {
  const row = cells[a]!;
  return h(
    'tr',
    { key: String(a) },
    h('th', { scope: 'row' }, h('span', { class: 'matrix-name' }, names[a]!)),
    row.map((samples, b) => {
      const strength = samples === 0 ? 0 : Math.max(6, Math.round(100 * strengthOf(samples, row)));
      return h(
        'td',
        {
          class: `heat ${a === b ? 'heat-right' : 'heat-wrong'}${strength > 55 ? ' heat-strong' : ''}`,
          style: { '--heat': `${strength}%` },
          title: `${names[a]!} answered as ${names[b]!}: ${formatCount(samples)}`,
        },
        samples === 0 ? h('span', { class: 'visually-hidden' }, '0') : String(samples),
      );
    }),
  );
}

function matrixCard(matrix: DetailMatrix): HTMLElement {
  const { names, title, note } = matrix;
  return h(
    'section',
    { class: 'card', key: 'matrix' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, title),
      h('span', { class: 'dim' }, 'row: class · column: answer · strength: share of the row'),
    ),
    h('p', { class: 'dim' }, matrixInWords(matrix), note === undefined ? null : ` ${note}`),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
      h(
        'table',
        { class: 'matrix' },
        h('caption', { class: 'visually-hidden' }, 'Samples by their class (rows) and the answer (columns)'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('td', {}),
            names.map((name) => h('th', { scope: 'col', title: name }, h('span', { class: 'matrix-name' }, name))),
          ),
        ),
        h(
          'tbody',
          {},
          names.map((_, a) => matrixRow(matrix, a)),
        ),
      ),
    ),
  );
}

function sample({ index, file, text, picture }: WorstView): HTMLElement {
  return h(
    'li',
    { key: String(index), class: 'sample' },
    picture
      ? h('img', {
          src: `data:image/png;base64,${picture.png}`,
          alt: '',
          style: { 'aspect-ratio': `${picture.width} / ${picture.height}` },
        })
      : null,
    h('span', {}, text),
    h('span', { class: 'dim' }, `sample ${formatCount(index)} of the test part`),
    file === undefined ? null : h('span', { class: 'dim' }, oneLine(file)),
  );
}

function worstCard({ worst, worstTitle }: DetailsView): Child {
  if (worst.length === 0) return null;
  return h(
    'section',
    { class: 'card', key: 'worst' },
    h('h2', {}, worstTitle),
    h('ul', { class: 'samples' }, worst.map(sample)),
  );
}

function factsCard({ facts, weakest }: DetailsView): HTMLElement {
  return h(
    'section',
    { class: 'card', key: 'test-facts' },
    h('h2', {}, 'On the test part, by integer arithmetic'),
    weakest === undefined ? null : h('p', {}, h('b', {}, capital(weakest))),
    h(
      'dl',
      { class: 'test-facts' },
      facts.map(([label, value]) => h('div', {}, h('dt', { class: 'dim' }, label), h('dd', {}, value))),
    ),
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const warning = (text: string, i: number): HTMLElement =>
  h('p', { class: 'card caution', key: `caution-${i}` }, icon('warning'), h('span', {}, text));

/** `sort`: absent where nobody has sorted. */
export function testTab(view: RunView, sort: Sort | undefined): HTMLElement {
  const details = testDetails(view);
  const content: Child = !details
    ? h(
        'p',
        { class: 'dim' },
        view.result
          ? 'An older version made this run: it did not write down what the test part says of single samples.'
          : 'What the test part says appears when the search is done: it is looked at once, at the end.',
      )
    : [
        details.warnings.map(warning),
        factsCard(details),
        details.table ? table(details.table, sort) : null,
        details.matrix ? matrixCard(details.matrix) : null,
        worstCard(details),
      ];
  return h('section', { class: 'stack', key: 'test' }, content);
}

/** Where the network is worst, for the card with the answer; undefined where that is not known. */
export function weakestNote(view: RunView): string | undefined {
  return testDetails(view)?.weakest;
}
