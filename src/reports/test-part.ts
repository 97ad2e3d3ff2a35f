/** The test part of a run's network, for the reports: sentences, tables, the matrix and the worst samples. */
import { detailsView, sampleText, type DetailsView, type DetailTable } from '../charts/details/details-view.ts';
import { matrixSvg } from '../charts/matrix-svg.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import type { RunEvent, NetworkResult, RunResult } from '../wire/run.ts';
import { dataFacts, type Table } from './facts.ts';
import type { ExportInput } from './export-input.ts';
import { htmlTable } from './html-table.ts';

/** Undefined where an older version made the run. */
export const testView = ({
  result,
  chosen,
  events,
}: Pick<ExportInput, 'result' | 'chosen' | 'events'>): DetailsView | undefined =>
  detailsView(result.metric, chosen, dataFacts({ events })?.classNames);

/** What a summary ends in: where the network is worst, and what to be warned of. */
export function testSummary(
  { metric }: Pick<RunResult, 'metric'>,
  network: NetworkResult,
  events: readonly RunEvent[],
): Pick<DetailsView, 'weakest' | 'warnings'> | undefined {
  return detailsView(metric, network, dataFacts({ events })?.classNames);
}

/** The rows in the order that the table has at first. */
export function orderedRows({ columns, rows, first }: DetailTable): DetailTable['rows'] {
  const place = columns.findIndex(({ id }) => id === first);
  const key = (row: DetailTable['rows'][number]): number => {
    const value = row[place]?.value;
    return typeof value === 'number' ? value : Infinity;
  };
  return [...rows].sort((a, b) => key(a) - key(b));
}

const numericOf = ({ columns }: DetailTable): number[] => columns.flatMap(({ numeric }, i) => (numeric ? [i] : []));

export const detailTable = (table: DetailTable): Table => ({
  title: table.title,
  head: table.columns.map(({ title }) => title),
  numeric: numericOf(table),
  rows: orderedRows(table).map((row) => row.map(({ text }) => text)),
});

/** Most classes whose matrix a table of text has room for. */
const MOST_IN_TEXT = 12;

/** The matrix as a table; undefined where it is too large for one. */
export function matrixTable({ matrix }: DetailsView): Table | undefined {
  if (!matrix || matrix.names.length > MOST_IN_TEXT) return undefined;
  return {
    title: `${matrix.title}: class by row, answer by column`,
    head: ['', ...matrix.names],
    numeric: matrix.names.map((_, i) => i + 1),
    rows: matrix.cells.map((row, a) => [matrix.names[a]!, ...row.map(String)]),
  };
}

export const worstTable = ({ worst, worstTitle }: DetailsView): Table => ({
  title: worstTitle,
  head: ['Sample of the test part', 'What is wrong'],
  numeric: [],
  rows: worst.map((one) => [sampleText(one), one.text]),
});

/** Pictures of the worst samples with what is wrong with them. */
function gallery({ worst, worstTitle }: DetailsView): string {
  if (worst.length === 0) return '';
  const items = worst.map((one) => {
    const { index, text, picture } = one;
    const image = picture
      ? `<img src="data:image/png;base64,${escape(picture.png)}" width="96" alt="${escape(`sample ${index}`)}">`
      : '';
    return `<li>${image}<span>${escape(text)}</span><small>${escape(sampleText(one))}</small></li>`;
  });
  return `<h3>${escape(worstTitle)}</h3><ul class="samples">${items.join('')}</ul>`;
}

/** The section of the HTML report; empty where an older version made the run. */
export function testSection(run: ExportInput): string {
  const view = testView(run);
  if (!view) return '';
  const { matrix, table } = view;
  const warnings = view.warnings.map((text) => `<p class="warning">${escape(text)}</p>`).join('');
  const facts = view.facts.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('');
  const weakest = view.weakest === undefined ? '' : `<p>${escape(capital(view.weakest))}.</p>`;
  const picture = matrix
    ? `<h3>${escape(matrix.title)}</h3><div class="wide">${matrixSvg(matrix)}</div><p>Rows: the class of a sample; columns: the answer.${matrix.note === undefined ? '' : ` ${escape(matrix.note)}`}</p>`
    : '';
  return `<section><h2>Test part, by integer arithmetic</h2>${warnings}<dl class="facts">${facts}</dl>${weakest}${table ? htmlTable(detailTable(table)) : ''}${picture}${gallery(view)}</section>`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
