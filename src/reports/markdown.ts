/** A result as a Markdown document. */
import {
  candidateTable,
  certificateText,
  comparisonTable,
  decisionTable,
  headline,
  layerTable,
  reproduction,
  settlementText,
  type Row,
  type Table,
} from './facts.ts';
import { ENSEMBLE_TITLE, ensembleSentences } from '../wire/ensemble-sentences.ts';
import { markdownFence, markdownText } from '../text/neutral.ts';
import type { ExportInput } from './export-input.ts';
import { capital, detailTable, matrixTable, testView, worstTable } from './test-part.ts';

function lines(head: Row, rows: readonly Row[], numeric: readonly number[]): string {
  const line = (cells: Row): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, i) => (numeric.includes(i) ? ' --: ' : ' --- ')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

const section = ({ title, head, rows, numeric }: Table): string => `## ${title}\n\n${lines(head, rows, numeric)}\n`;

/** What the test part says; nothing where an older version made the run. */
function testPart(run: ExportInput): string[] {
  const view = testView(run);
  if (!view) return [];
  const { table, worst, weakest, warnings, facts } = view;
  const confusion = matrixTable(view);
  const sentences = [...warnings, ...(weakest === undefined ? [] : [`${capital(weakest)}.`])];
  return [
    `## Test part, by integer arithmetic\n\n${lines(['', ''], facts, [])}\n`,
    ...sentences.map((text) => `${markdownText(text)}\n`),
    ...(table ? [`#${section(detailTable(table))}`] : []),
    ...(confusion ? [`#${section(confusion)}`] : []),
    ...(worst.length > 0 ? [`#${section(worstTable(view))}`] : []),
  ];
}

export function reportMarkdown(run: ExportInput): string {
  const { result, chosen, header } = run;
  const comparison = comparisonTable(result);
  const settled = settlementText(run);
  const ensemble = ensembleSentences(result);
  const candidates = candidateTable(run);
  return [
    `# ${markdownText(result.name)}\n`,
    `${lines(['', ''], headline(run), [])}\n`,
    ...(ensemble.length > 0 ? [`## ${ENSEMBLE_TITLE}\n\n${ensemble.map(markdownText).join('\n\n')}\n`] : []),
    ...(comparison ? [section(comparison)] : []),
    ...testPart(run),
    section(layerTable(chosen)),
    ...(settled.length > 0
      ? [`## How the architecture was settled\n\n${settled.map(markdownText).join('\n\n')}\n`]
      : []),
    ...(candidates ? [section(candidates)] : []),
    section(decisionTable(chosen)),
    `## Certificate\n\n${certificateText(run).map(markdownText).join('\n\n')}\n`,
    `## Repeat it\n\n${markdownFence(reproduction(run), 'sh')}`,
    `## Definition\n\n${markdownFence(header.definitionText, 'yaml')}`,
  ].join('\n');
}
