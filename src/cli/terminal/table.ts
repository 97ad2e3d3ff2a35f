/** Tables of plain text: columns aligned, numbers to the right. */
import { oneLine } from '../../text/neutral.ts';
import type { WordTable } from '../../text/word-table.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * Lines of a table: titles, a rule, the rows, and after another rule the totals. No line ends in a space.
 * Units in cells may follow a no-break space; they are printed with a plain one, which terminals and grep understand.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  totals: readonly (readonly string[])[] = [],
): string {
  const titles = columns.map(({ title }) => title);
  const cells = [titles, ...rows, ...totals].map((row) => row.map((cell) => oneLine(plain(cell))));
  const widths = columns.map((_, c) => Math.max(...cells.map((row) => width(row[c] ?? ''))));
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, c) => pad(row[c] ?? '', widths[c]!, align ?? 'left'))
      .join('  ')
      .trimEnd();
  const rule = widths.map((size) => '─'.repeat(size)).join('──');
  const body = cells.slice(1, 1 + rows.length).map(line);
  const end = totals.length === 0 ? [] : [rule, ...cells.slice(1 + rows.length).map(line)];
  return `${[line(cells[0]!), rule, ...body, ...end].join('\n')}\n`;
}

/** The same of a table of a report, without its title. */
export const reportTable = ({ head, rows, numeric }: Omit<WordTable, 'title'>): string =>
  table(
    head.map((title, i) => ({ title, align: numeric.includes(i) ? 'right' : 'left' })),
    rows,
  );

export const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

/** Characters, not UTF-16 units. */
const width = (text: string): number => [...text].length;

export function pad(text: string, size: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, size - width(text)));
  return align === 'left' ? text + space : space + text;
}
