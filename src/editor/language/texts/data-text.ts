/** How many samples a definition's data have, for the hover of `dataset:`, as Markdown. */
import { formatCount } from '../../../text/format.ts';
import { brief, markdownText as plain } from '../../../text/neutral.ts';
import { capitalised } from '../../../text/sentences.ts';
import type { PreviewCounts } from '../../../wire/data-preview.ts';

/** Classes that a hover lists, and characters of their names. */
const MOST_CLASSES = 12;
const MOST_NAME = 40;
/** Of what is left out or does not fit, so many sentences. */
const MOST_NOTES = 3;

/** By key of the dataset: where counts are shown. */
const COUNTED: ReadonlySet<unknown> = new Set([undefined, 'format', 'path', 'generator']);

/** Is this the data as a whole, or the value that names them? */
export const namesData = ([first, key, ...more]: readonly (string | number)[]): boolean =>
  first === 'dataset' && more.length === 0 && COUNTED.has(key);

export const COUNTING = 'The samples are being counted: hover again in a moment.';

export function countsHover({ parts, classes, unused, notes, warnings }: PreviewCounts): string {
  const titles = { train: 'training', validation: 'validation', test: 'test' } as const;
  const sums = parts.map(({ name, count }) => `${formatCount(count)} ${titles[name]}`);
  const left = unused === 0 ? '' : `; ${formatCount(unused)} more training samples are not used`;
  const labelled = parts.filter(({ byClass }) => byClass.length > 0);
  const rows = classes.slice(0, MOST_CLASSES).map((name, label) => {
    const counts = labelled.map(({ byClass }) => (byClass[label] === 0 ? '**none**' : formatCount(byClass[label]!)));
    return `| ${plain(brief(name, MOST_NAME))} | ${counts.join(' | ')} |`;
  });
  const table =
    rows.length === 0
      ? ''
      : [
          `| class | ${labelled.map(({ name }) => titles[name]).join(' | ')} |`,
          `|:--|${labelled.map(() => '--:|').join('')}`,
          ...rows,
        ].join('\n');
  const more = classes.length - rows.length;
  const told = [...warnings, ...notes].map((text) => `- ${plain(capitalised(text))}`);
  return [
    `${sums.slice(0, -1).join(', ')} and ${sums.at(-1) ?? ''} samples${left}.`,
    table,
    more > 0 ? `and ${formatCount(more)} more classes` : '',
    [...told.slice(0, MOST_NOTES), ...(told.length > MOST_NOTES ? ['- …'] : [])].join('\n'),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}
