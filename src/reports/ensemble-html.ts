/** An ensemble as one self-contained HTML page that prints well: no script, no outside resource. */
import { ensembleSvg } from '../charts/ensemble-svg.ts';
import { formatCount, formatShare } from '../text/format.ts';
import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import { hasExits, type EnsembleReport } from '../wire/ensemble.ts';
import { ensembleText } from './ensemble-text.ts';
import type { Table } from './facts.ts';
import { htmlTable } from './html-table.ts';
import { REPORT_STYLE } from './report-style.ts';

/** What the chosen point does with each class of the test part. */
function classTable({ points, chosen, members, classNames }: EnsembleReport): Table {
  const { test, thresholds } = points[chosen]!;
  const byClass = thresholds.some((own) => own.length > 1);
  const share = (count: number, samples: number): string => (samples === 0 ? '–' : formatShare(count / samples));
  const head = [
    'class',
    'samples',
    'right',
    ...members.map((_, k) => `stop at ${k + 1}`),
    ...(byClass ? thresholds.map((_, k) => `threshold ${k + 1}`) : []),
  ];
  return {
    title: 'The test part by class, at the chosen point',
    head,
    rows: test.byClass.map(({ samples, right, stops }, c) => [
      classNames?.[c] ?? String(c),
      formatCount(samples),
      share(right, samples),
      ...stops.map((count) => share(count, samples)),
      ...(byClass ? thresholds.map((own) => formatCount(own[own.length === 1 ? 0 : c]!)) : []),
    ]),
    numeric: head.map((_, i) => i).slice(1),
  };
}

/** What the chosen point makes of the samples that needed all members. */
function hardTable({ points, chosen, classNames, members }: EnsembleReport): Table | undefined {
  const { hard, test } = points[chosen]!;
  if (hard.length === 0) return undefined;
  const name = (label: number): string => classNames?.[label] ?? String(label);
  const count = test.stops.at(-1)!;
  const what = hasExits({ members }) ? 'that no early exit was sure of' : 'that needed all members';
  return {
    title: `Samples of the test part ${what}: ${formatCount(count)}${count > hard.length ? `, the first ${hard.length} of them` : ''}`,
    head: ['sample', 'class', 'answer', 'which is'],
    rows: hard.map(({ index, label, answer }) => [
      formatCount(index),
      name(label),
      name(answer),
      label === answer ? 'right' : 'wrong',
    ]),
    numeric: [0],
  };
}

/** The report. Everything the user wrote is escaped. */
export function ensembleHtml(report: EnsembleReport): string {
  const { tables, paragraphs, certificate } = ensembleText(report);
  const [members, points] = tables as readonly [Table, Table];
  const [rule, averaging, verdict] = paragraphs as readonly [string, string, string];
  const title = hasExits(report) ? 'Early exits' : `Ensemble of ${report.members.length} networks`;
  const paragraph = (words: string): string => `<p>${escape(words.charAt(0).toUpperCase() + words.slice(1))}</p>`;
  const facts = [['Target', report.target] as const, ...certificate].map(
    ([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`,
  );
  const hard = hardTable(report);
  return htmlDocument({
    title: `${title}: UDC`,
    policy: "default-src 'none'; style-src 'unsafe-inline'",
    head: [`<style>${REPORT_STYLE}</style>`],
    body: `<header><h1>${escape(title)}</h1>${paragraph(verdict)}</header>
<main>
<section><h2>Accuracy against mean ${report.unit}</h2>${ensembleSvg(report, `Accuracy against mean ${report.unit}`)}
<p>${escape(rule)}</p>${htmlTable(points)}</section>
<section><h2>What runs</h2>${htmlTable(members)}${paragraph(averaging)}</section>
<section><h2>Classes</h2>${htmlTable(classTable(report))}${hard ? htmlTable(hard) : ''}</section>
<section><h2>Certificate</h2><dl class="facts">${facts.join('')}</dl><p>Made by UDC ${escape(report.version)}.</p></section>
</main>`,
  });
}
