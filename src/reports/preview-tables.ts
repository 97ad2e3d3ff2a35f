/** A preview of data as lines and tables of text. */
import {
  cautions,
  countRows,
  MARK_WORDS,
  PART_TITLES,
  previewFacts,
  type CountCell,
} from '../charts/preview/preview-view.ts';
import { formatCount } from '../text/format.ts';
import type { DataPreview } from '../wire/data-preview.ts';
import type { Table } from './facts.ts';

export interface PreviewTables {
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Undefined where there are no classes. */
  readonly counts?: Table;
  /** Classes that the table leaves out. */
  readonly left: number;
  readonly cautions: readonly string[];
  /** What is left out of the data. */
  readonly skipped: readonly string[];
}

const cellText = ({ count, mark }: CountCell): string =>
  mark === 'few' ? `${formatCount(count)} (${MARK_WORDS.few})` : mark === 'none' ? MARK_WORDS.none : formatCount(count);

/** @param most rows of the table */
export function previewTables(preview: DataPreview, most = Infinity): PreviewTables {
  const rows = countRows(preview);
  const shown = rows.slice(0, most);
  const parts = rows[0]?.cells.map(({ part }) => PART_TITLES[part]) ?? [];
  return {
    facts: previewFacts(preview),
    ...(rows.length > 0 && {
      counts: {
        title: 'Samples by class and part',
        head: ['Class', ...parts],
        numeric: parts.map((_, i) => i + 1),
        rows: shown.map(({ name, cells }) => [name, ...cells.map(cellText)]),
      },
    }),
    left: rows.length - shown.length,
    cautions: cautions(preview, preview.task),
    skipped: preview.notes,
  };
}
