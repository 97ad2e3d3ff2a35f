/** A table of a report as HTML. */
import { escapeHtml as escape } from '../text/neutral.ts';
import type { Row, Table } from './facts.ts';

export function htmlTable({ title, head, rows, numeric }: Table, lastIsTotal = false): string {
  const cells = (tag: 'td' | 'th', row: Row): string =>
    row
      .map((text, i) => {
        const attributes = `${tag === 'th' ? ' scope="col"' : ''}${numeric.includes(i) ? ' class="number"' : ''}`;
        return `<${tag}${attributes}>${escape(text)}</${tag}>`;
      })
      .join('');
  const body = rows
    .map((row, i) => `<tr${lastIsTotal && i === rows.length - 1 ? ' class="total"' : ''}>${cells('td', row)}</tr>`)
    .join('\n');
  return `<div class="wide"><table><caption>${escape(title)}</caption><thead><tr>${cells('th', head)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
