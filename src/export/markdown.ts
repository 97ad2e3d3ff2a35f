/** A result as a Markdown document. */
import { certificateText, comparisonTable, decisionTable, headline, layerTable, reproduction, type Row, type Table } from './facts.ts';
import type { ExportInput } from './input.ts';

/** Text that Markdown leaves as it is within a table cell. */
function cell(text: string): string {
  return text.replace(/\u00a0/g, ' ').replace(/([\\|`*_<>[\]])/g, '\\$1').replace(/\r?\n/g, ' ');
}

function lines(head: Row, rows: readonly Row[], numeric: readonly number[]): string {
  const line = (cells: Row): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (numeric.includes(i) ? ' --: ' : ' --- ')).join('|')}|`, ...rows.map(line)].join('\n');
}

const section = ({ title, head, rows, numeric }: Table): string => `## ${title}\n\n${lines(head, rows, numeric)}\n`;

/** A code fence longer than any run of backticks inside. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}\n`;
}

export function reportMarkdown(run: ExportInput): string {
  const { result, header } = run;
  const comparison = comparisonTable(result);
  return [
    `# ${cell(result.name)}\n`,
    `${lines(['', ''], headline(run), [])}\n`,
    ...(comparison ? [section(comparison)] : []),
    section(layerTable(result)),
    section(decisionTable(result)),
    `## Certificate\n\n${certificateText(result).map(cell).join('\n\n')}\n`,
    `## Repeat it\n\n${fenced(reproduction(run), 'sh')}`,
    `## Definition\n\n${fenced(header.definitionText, 'yaml')}`,
  ].join('\n');
}
