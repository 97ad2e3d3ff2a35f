/** A result as one self-contained HTML page that prints well: no script, no outside resource. */
import { barsSvg, lineChartSvg, scatterSvg } from '../charts/chart-svg.ts';
import { ENSEMBLE_TITLE, ensembleSentences } from '../wire/ensemble-sentences.ts';
import { chartTable, curves, paretoPoints, summary, type Chart } from '../charts/curves.ts';
import { formatShare } from '../text/format.ts';
import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import {
  candidateTable,
  certificateText,
  comparisonTable,
  decisionTable,
  headline,
  layerTable,
  reproduction,
  settlementText,
} from './facts.ts';
import { metricOf } from '../wire/tasks/metrics.ts';
import type { ByteSplit } from '../wire/run.ts';
import { weightLimit } from '../wire/limits.ts';
import { splitParts } from '../wire/byte-split.ts';
import type { ExportInput } from './export-input.ts';
import { htmlTable } from './html-table.ts';
import { reportSvg } from './report-svg.ts';
import { REPORT_STYLE } from './report-style.ts';
import { testSection } from './test-part.ts';

function chartFigure(chart: Chart): string {
  const { head, rows } = chartTable(chart);
  const words = summary(chart);
  const table = htmlTable({ title: chart.title, head, rows, numeric: head.map((_, i) => i) });
  return `<figure>${lineChartSvg(chart, words)}<figcaption>${escape(chart.about)}</figcaption><details><summary>Figures</summary>${table}</details></figure>`;
}

/** The network as a picture, as wide as it is: it scrolls. */
function pictureSection(run: ExportInput): string {
  return `<section><h2>The network</h2><div class="wide picture">${reportSvg(run)}</div><p>Width: channels; height: map; strength: bits; hatched: zeros; dashed: left out.</p></section>`;
}

function budgetSection({ result, chosen }: ExportInput): string {
  const { totals } = chosen;
  const budgetBytes = weightLimit(result.limits);
  const parts = (one: ByteSplit): { name: string; value: number }[] =>
    splitParts(one).map(({ name, bytes }) => ({ name, value: bytes }));
  const layers = chosen.layers.filter((layer) => layer.totalBytes > 0);
  return `<section><h2>Budget</h2><p>${escape(formatShare(totals.totalBytes / budgetBytes))} of the budget is used.</p>
${barsSvg([{ label: 'all layers', parts: parts(totals) }], { title: 'Stored bytes against the budget', unit: 'bytes', reference: { name: 'budget', value: budgetBytes } })}
${barsSvg(
  layers.map((layer) => ({ label: layer.name, parts: parts(layer) })),
  { title: 'Stored bytes by layer', unit: 'bytes' },
)}</section>`;
}

function comparisonSection({ result }: ExportInput): string {
  const table = comparisonTable(result);
  if (!table) return '';
  const points = paretoPoints([{ name: result.name, result }]);
  return `<section><h2>Baselines</h2>${scatterSvg(points, `${metricOf(result.metric).title} against size`, result.metric)}${htmlTable(table)}</section>`;
}

/** Curves with at least one point; those that only describe the machine are left out. */
function curvesSection({ events }: ExportInput): string {
  const shown = curves(events).filter(
    (chart) => chart.epochs.length > 0 && chart.id !== 'residentBytes' && chart.id !== 'secondsPerStep',
  );
  return shown.length === 0
    ? ''
    : `<section><h2>Search</h2><div class="charts">${shown.map(chartFigure).join('\n')}</div></section>`;
}

function settlementSection(run: ExportInput): string {
  const lines = settlementText(run).map((text) => `<p>${escape(text)}</p>`);
  const table = candidateTable(run);
  return lines.length === 0
    ? ''
    : `<section><h2>How the architecture was settled</h2>${lines.join('')}${table ? htmlTable(table) : ''}</section>`;
}

function ensembleSection({ result }: ExportInput): string {
  const lines = ensembleSentences(result).map((text) => `<p>${escape(text)}</p>`);
  return lines.length === 0 ? '' : `<section><h2>${ENSEMBLE_TITLE}</h2>${lines.join('')}</section>`;
}

/** The report. Everything the user wrote is escaped. */
export function reportHtml(run: ExportInput): string {
  const { result, chosen, header } = run;
  const facts = headline(run)
    .map(([label, value]) => `<dt>${escape(label!)}</dt><dd>${escape(value!)}</dd>`)
    .join('');
  return htmlDocument({
    title: `${result.name}: UDC report`,
    policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    head: [`<style>${REPORT_STYLE}</style>`],
    body: `<header><h1>${escape(result.name)}</h1><dl class="facts">${facts}</dl></header>
<main>
${pictureSection(run)}
${budgetSection(run)}
${ensembleSection(run)}
${comparisonSection(run)}
${testSection(run)}
<section><h2>Layers</h2>${htmlTable(layerTable(chosen), true)}</section>
${settlementSection(run)}
${curvesSection(run)}
<section><h2>Decisions</h2>${htmlTable(decisionTable(chosen))}</section>
<section><h2>Certificate</h2>${certificateText(run)
      .map((text) => `<p>${escape(text)}</p>`)
      .join('')}</section>
<section><h2>Repeat it</h2><pre><code>${escape(reproduction(run))}</code></pre></section>
<section><h2>Definition</h2><pre><code>${escape(header.definitionText)}</code></pre></section>
</main>`,
  });
}
