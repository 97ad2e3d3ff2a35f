/**
 * The page that shows an existing network: its table, and links that sort it, choose a target and make a definition.
 * Without script: links are commands.
 */
import type { ImportedNetwork } from '../../formats/import-network.ts';
import type { NetworkTable } from '../../formats/network/network-table.ts';
import { formatExactBytes, formatShare } from '../../text/format.ts';
import { htmlDocument } from '../../text/html-page.ts';
import { escapeHtml } from '../../text/neutral.ts';

/** A link that runs a command. */
export interface PageLink {
  readonly text: string;
  readonly command: string;
  readonly args: readonly unknown[];
  readonly title?: string;
}

/** By which column the rows stand, `column` −1: in the order of the file. */
export interface Order {
  readonly column: number;
  readonly descending: boolean;
}

export interface PageFrame {
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Address of `media/network.css`. */
  readonly style: string;
  readonly title: string;
}

/** What a person can do from the page. */
export interface PageActions {
  readonly order: Order;
  sort(column: number): PageLink;
  readonly target: PageLink;
  readonly definitions: readonly PageLink[];
}

function page({ cspSource, style, title }: PageFrame, body: string): string {
  return htmlDocument({
    title,
    policy: `default-src 'none'; style-src ${cspSource}`,
    head: [`<link rel="stylesheet" href="${escapeHtml(style)}">`],
    body: `<main>\n<h1>${escapeHtml(title)}</h1>\n${body}\n</main>`,
  });
}

const paragraphs = (kind: string, texts: readonly string[]): string =>
  texts.map((text) => `<p class="${kind}">${escapeHtml(text)}</p>`).join('\n');

/** With a title: without one VS Code shows the command's address. */
function linkHtml({ text, command, args, title = text }: PageLink): string {
  return `<a href="${escapeHtml(`command:${command}?${encodeURIComponent(JSON.stringify(args))}`)}" title="${escapeHtml(title)}">${escapeHtml(text)}</a>`;
}

/** The rows' indices in the order that is asked for; equal ones as in the file. */
export function ordered({ values }: NetworkTable, { column, descending }: Order): readonly number[] {
  const indices = [...values.keys()];
  if (column < 0) return indices;
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true });
  return indices.sort((a, b) => (descending ? -1 : 1) * compare(values[a]![column]!, values[b]![column]!) || a - b);
}

/** Of a bar, in pixels. */
const BAR = { width: 80, height: 8 };

/** A bar beside the bytes. Its attributes need no style, which the page's policy would forbid. */
function bar(bytes: number, most: number): string {
  if (bytes === 0 || most === 0) return '';
  const { width, height } = BAR;
  const length = Math.max(1, Math.round((width * bytes) / most));
  return `<svg class="bar" width="${width}" height="${height}" aria-hidden="true"><rect width="${length}" height="${height}"/></svg> `;
}

function headHtml({ columns }: NetworkTable, { order, sort }: PageActions): string {
  return columns
    .map(({ align }, c) => {
      const active = order.column === c;
      const state = active ? (order.descending ? 'descending' : 'ascending') : 'none';
      const arrow = active ? `<span aria-hidden="true"> ${order.descending ? '↓' : '↑'}</span>` : '';
      return `<th scope="col" aria-sort="${state}"${align === 'right' ? ' class="number"' : ''}>${linkHtml(sort(c)).replace('</a>', `${arrow}</a>`)}</th>`;
    })
    .join('');
}

function tableHtml(table: NetworkTable, caption: string, actions: PageActions): string {
  const { columns, rows, storedBytes, total } = table;
  const side = (c: number): string => (columns[c]?.align === 'right' ? ' class="number"' : '');
  const most = Math.max(0, ...storedBytes);
  const line = (row: readonly string[], bytes: number): string =>
    row
      .map((cell, c) => {
        if (c === 0) return `<th scope="row">${escapeHtml(cell)}</th>`;
        return `<td${side(c)}>${columns[c]!.title === 'stored' ? bar(bytes, most) : ''}${escapeHtml(cell)}</td>`;
      })
      .join('');
  const body = ordered(table, actions.order)
    .map((i) => `<tr id="layer-${i}">${line(rows[i]!, storedBytes[i]!)}</tr>`)
    .join('\n');
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${headHtml(table, actions)}</tr></thead><tbody>
${body}
</tbody><tfoot><tr>${line(total, 0)}</tr></tfoot></table>`;
}

/** Where the bytes are: a link to the layer that stores most. */
function costliest({ rows, storedBytes }: NetworkTable): string {
  const all = storedBytes.reduce((sum, bytes) => sum + bytes, 0);
  const most = Math.max(0, ...storedBytes);
  if (most === 0 || storedBytes.length < 2) return '';
  const at = storedBytes.indexOf(most);
  return `<p class="line">Most of it: <a href="#layer-${at}">${escapeHtml(rows[at]![0]!)}</a>, ${escapeHtml(`${formatExactBytes(most)}, ${formatShare(most / all)} of what is stored`)}.</p>`;
}

/** What the target cannot run, and what is too large for it. */
function problemsOf({ problems, table, target, definitions }: ImportedNetwork): readonly string[] {
  const able = problems.length === 0 || 'refused' in definitions ? [] : definitions.fixed.able;
  const others = able.length === 0 ? [] : [`Targets that run it: ${able.join(', ')}.`];
  return [
    ...problems.map((problem) => `${target} cannot run this: ${problem}`),
    ...others,
    ...(table.excess === undefined ? [] : [`${table.excess}.`]),
  ];
}

/** The page of a network that could be read. */
export function networkPage(frame: PageFrame, network: ImportedNetwork, caption: string, actions: PageActions): string {
  const { table, notes, definitions } = network;
  const refused = 'refused' in definitions ? [definitions.refused] : [];
  return page(
    frame,
    `${paragraphs('problem', problemsOf(network))}
<p class="line">${linkHtml(actions.target)}</p>
${costliest(table)}
<div class="wide">${tableHtml(table, caption, actions)}</div>
${paragraphs('line', [...table.lines, ...notes])}
${paragraphs('problem', refused)}
${refused.length > 0 ? '' : `<p class="links">${actions.definitions.map(linkHtml).join('\n')}</p>`}`,
  );
}

/** The page while the file is read and its weights are encoded. */
export function waitingPage(frame: PageFrame, text: string): string {
  return page(
    frame,
    `<p class="line waiting" role="status"><span class="ring" aria-hidden="true"></span>${escapeHtml(text)}</p>`,
  );
}

/** The page of a file that cannot be read. */
export function problemPage(frame: PageFrame, problem: string, help: string): string {
  return page(frame, `${paragraphs('problem', [problem])}\n${paragraphs('line', [help])}`);
}
