/** Measurements as one self-contained HTML page that prints well: no script, no outside resource. */
import { barsSvg } from '../charts/chart-svg.ts';
import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import type { MeasureReport } from '../wire/measurements.ts';
import { htmlTable } from './html-table.ts';
import { measureText } from './measure-text.ts';
import { REPORT_STYLE } from './report-style.ts';

/** Seconds of a network on every device that has some; devices that only count are in the table. */
function bars({ columns }: MeasureReport, { name, cells }: MeasureReport['networks'][number]): string {
  const timed = cells.flatMap(({ seconds, mark }, i) =>
    seconds ? [{ label: columns[i]!.title, parts: [{ name: mark, value: seconds.median }] }] : [],
  );
  if (timed.length === 0) return '';
  // Each mark is a part of its own, so that the legend and the patterns tell them apart.
  const marks = [...new Set(timed.map(({ parts }) => parts[0]!.name))];
  const all = timed.map(({ label, parts }) => ({
    label,
    parts: marks.map((mark) => ({ name: mark, value: parts[0]!.name === mark ? parts[0]!.value : 0 })),
  }));
  return `<figure>${barsSvg(all, { title: `${name}: seconds of an inference`, unit: 'seconds' })}</figure>`;
}

/** The report. Names and reasons come from outside and are escaped. */
export function measureHtml(report: MeasureReport): string {
  const { networks, when, machine } = report;
  const { tables, order, notes } = measureText(report);
  const random = networks.filter(({ weights }) => weights === 'random').map(({ name }) => name);
  return htmlDocument({
    title: 'UDC: networks on devices',
    policy: "default-src 'none'; style-src 'unsafe-inline'",
    head: [`<style>${REPORT_STYLE}</style>`],
    body: `<header><h1>Networks on devices</h1><dl class="facts"><dt>Measured</dt><dd>${escape(when)}</dd><dt>This computer</dt><dd>${escape(machine)}</dd></dl></header>
<main>
${tables.map((table) => `<section>${htmlTable(table)}</section>`).join('\n')}
${order === '' ? '' : `<p>${escape(order)}</p>`}
${random.length > 0 ? `<p>Random weights: ${escape(random.join(', '))}.</p>` : ''}
<section><h2>Pictures</h2>${networks.map((network) => bars(report, network)).join('\n')}</section>
<section><h2>What the numbers are</h2><ul>${notes.map((text) => `<li>${escape(text)}</li>`).join('\n')}</ul></section>
</main>`,
  });
}
