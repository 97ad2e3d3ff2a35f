/**
 * The test part as CSV (RFC 4180): figures, the table of classes, who was taken for whom, the worst samples. Plain
 * numbers.
 */
import { csvCell } from '../text/neutral.ts';
import type { DetailsView } from '../charts/details/details-view.ts';
import type { ExportInput } from './export-input.ts';
import { testView } from './test-part.ts';

type Cell = string | number;

const write = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');

/** @throws Error where an older version made the run */
function viewOf(run: ExportInput): DetailsView {
  const view = testView(run);
  if (!view)
    throw new Error(
      'this run says nothing of single samples of the test part: a version of UDC made it that did not write that down; search again',
    );
  return view;
}

/** The metric with its standard error, what was measured beside it, what integers change: a figure a row. */
export function figuresCsv(run: ExportInput): string {
  const { figures } = viewOf(run);
  const { test, integerMetric, floatMetric, measures = {} } = run.chosen;
  return write([
    ['figure', 'value'],
    ['metric', run.result.metric],
    ['samples', test!.samples],
    ['integer', integerMetric],
    ['integer_error', test!.integerError ?? ''],
    ['float', floatMetric],
    ['float_error', test!.floatError ?? ''],
    ...Object.entries(measures),
    ...figures,
  ]);
}

/** A class a row, in the order of the outputs; of tasks without classes the spread of the metric. */
export function testCsv(run: ExportInput): string {
  const { table } = viewOf(run);
  if (!table) throw new Error('the task of this run has no table of its test part');
  return write([table.columns.map(({ id }) => id), ...table.rows.map((row) => row.map(({ value }) => value ?? ''))]);
}

/** A pair of class and answer a row, where there is one sample at least: right answers too. */
export function confusionCsv(run: ExportInput): string {
  const { pairs, table } = viewOf(run);
  if (!pairs) throw new Error('the task of this run has no classes that could be taken for each other');
  const place = table?.columns.findIndex(({ id }) => id === 'name') ?? -1;
  const name = (k: number): Cell => table?.rows[k]?.[place]?.value ?? '';
  return write([
    ['class', 'class_name', 'answer', 'answer_name', 'samples'],
    ...pairs.map(([actual, answer, samples]) => [actual, name(actual), answer, name(answer), samples]),
  ]);
}

/** A sample a row, the worst first; `sample` is its place in the test part, from 0. */
export function worstCsv(run: ExportInput): string {
  const { worst, worstColumns } = viewOf(run);
  return write([worstColumns, ...worst.map(({ cells }) => cells)]);
}
