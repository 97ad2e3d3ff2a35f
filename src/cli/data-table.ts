/** What `udc check` says of the data: how many samples each part has, and of which classes. */
import type { DataCounts, PartCount } from '../data/data-counts.ts';
import { formatCount } from '../text/format.ts';
import { brief, oneLine } from '../text/neutral.ts';
import { mapText } from '../wire/map-shape.ts';
import { table } from './terminal/table.ts';

/** With more classes than these a line says how many samples they have. */
const MOST_ROWS = 20;

/** Characters of a class's name in a row. */
export const LONGEST_NAME = 40;

const PARTS = ['training', 'validation', 'test'] as const;

/** Lines for people, closed by a newline. */
export function dataText(counts: DataCounts): string {
  const { shape, classes, classNames, training, validation, test } = counts;
  const samples = `${formatCount(training.samples)} samples to train on, ${formatCount(validation.samples)} for validation, ${formatCount(test.samples)} for the test, each ${mapText(shape)}`;
  if (classes === 0) return `Data: ${samples}.\n`;
  if (classes > MOST_ROWS)
    return `Data: ${samples}; ${formatCount(classes)} classes, each with ${PARTS.map((part) => `${span(counts[part])} in ${part}`).join(', ')}.\n`;
  const right = { align: 'right' } as const;
  const columns = [{ title: 'class' }, ...PARTS.map((title) => ({ title, ...right }))];
  const rows = Array.from({ length: classes }, (_, label) => [
    brief(oneLine(classNames?.[label] ?? String(label)), LONGEST_NAME),
    ...PARTS.map((part) => formatCount(counts[part].perClass?.[label] ?? 0)),
  ]);
  return `Data: ${samples}; ${classes} classes:\n\n${table(columns, rows)}`;
}

/** '12 … 48', the fewest and the most samples of a class. */
function span({ perClass = [] }: PartCount): string {
  const [low, high] = perClass.reduce(([a, b], n) => [Math.min(a, n), Math.max(b, n)], [Infinity, 0]);
  return low === high ? formatCount(low) : `${formatCount(low)} … ${formatCount(high)}`;
}
