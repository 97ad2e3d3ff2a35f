/** The page that shows a .tflite file: its table, and links that make a definition of it. Without script: links are commands. */
import type { ImportedNetwork } from '../../export/import.ts';
import { htmlDocument } from '../../shared/html.ts';
import { escapeHtml } from '../../shared/neutral.ts';

/** A link that runs a command. */
export interface PageLink { readonly text: string; readonly command: string; readonly args: readonly unknown[] }

export interface PageFrame {
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Address of `media/network.css`. */
  readonly style: string;
  readonly title: string;
}

function page({ cspSource, style, title }: PageFrame, body: string): string {
  return htmlDocument({
    title, policy: `default-src 'none'; style-src ${cspSource}`, head: [`<link rel="stylesheet" href="${escapeHtml(style)}">`],
    body: `<main>\n<h1>${escapeHtml(title)}</h1>\n${body}\n</main>`,
  });
}

const paragraphs = (kind: string, texts: readonly string[]): string => texts.map((text) => `<p class="${kind}">${escapeHtml(text)}</p>`).join('\n');

function linkHtml({ text, command, args }: PageLink): string {
  return `<a href="${escapeHtml(`command:${command}?${encodeURIComponent(JSON.stringify(args))}`)}">${escapeHtml(text)}</a>`;
}

function tableHtml({ table: { columns, rows, total } }: ImportedNetwork, caption: string): string {
  const side = (c: number): string => (columns[c]?.align === 'right' ? ' class="number"' : '');
  const head = columns.map(({ title }, c) => `<th scope="col"${side(c)}>${escapeHtml(title)}</th>`).join('');
  const line = (row: readonly string[]): string => row.map((cell, c) => (c === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td${side(c)}>${escapeHtml(cell)}</td>`)).join('');
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>
${rows.map((row) => `<tr>${line(row)}</tr>`).join('\n')}
</tbody><tfoot><tr>${line(total)}</tr></tfoot></table>`;
}

/** What the target cannot run, and what is too large for it. */
function problemsOf({ problems, table, target }: ImportedNetwork): readonly string[] {
  return [...problems.map((problem) => `${target} cannot run this: ${problem}`), ...(table.excess === undefined ? [] : [`${table.excess}.`])];
}

/** The page of a network that could be read. */
export function networkPage(frame: PageFrame, network: ImportedNetwork, caption: string, links: readonly PageLink[]): string {
  const { table, notes, definitions } = network;
  const refused = 'refused' in definitions ? [definitions.refused] : [];
  return page(frame, `${paragraphs('problem', problemsOf(network))}
<div class="wide">${tableHtml(network, caption)}</div>
${paragraphs('line', [...table.lines, ...notes])}
${paragraphs('problem', refused)}
${refused.length > 0 ? '' : `<p class="links">${links.map(linkHtml).join('\n')}</p>`}`);
}

/** The page of a file that cannot be read. */
export function problemPage(frame: PageFrame, problem: string, help: string): string {
  return page(frame, `${paragraphs('problem', [problem])}\n${paragraphs('line', [help])}`);
}
