/** A sweep as one self-contained HTML page that prints well: no script, no outside resource. */
import { frontier } from '../charts/frontier.ts';
import { frontierSvg } from '../charts/frontier-svg.ts';
import { networkSvg } from '../charts/network-svg.ts';
import { metricOfSweep, sweepGroups } from '../charts/sweep-groups.ts';
import { formatBytes } from '../text/format.ts';
import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import { formatNamedMetric, metricOf } from '../wire/tasks/metrics.ts';
import { listsRun, type SweepFacts } from '../wire/sweep-plan.ts';
import { layerTable } from './facts.ts';
import { REPORT_STYLE } from './report-style.ts';
import { htmlTable } from './html-table.ts';
import { referenceTable, sweepReasons, sweepRunsTable, sweepStanding, sweepTable } from './sweep-tables.ts';
import { strategyTitle } from '../wire/strategies.ts';

function facts({ created, baselines, rows }: SweepFacts): readonly (readonly [string, string])[] {
  const { budgets, seeds, strategies, targets } = listsRun({ rows });
  return [
    ['Runs', sweepStanding({ rows })],
    ['Budgets', budgets.map(formatBytes).join(', ')],
    ['Seeds', seeds.join(', ')],
    ['Strategies', strategies.map(strategyTitle).join(', ')],
    ['Targets', targets.join(', ')],
    ...(baselines.length > 0 ? [['Compared in every run', baselines.map(strategyTitle).join(', ')] as const] : []),
    ['Begun', created],
  ];
}

/** The best network of each point of the front, by its metric. */
function networksSection(sweep: SweepFacts): string {
  const best = sweepGroups(sweep).filter(({ kind, front }) => kind === 'search' && front);
  const parts = best.flatMap((group) => {
    const result = sweep.rows.find(({ runId }) => runId === group.best)?.result;
    if (!result) return [];
    const [network] = result.networks;
    const title = `${formatBytes(group.budget)}, ${group.title}, seed ${result.seed}: ${formatNamedMetric(result.metric, network.integerMetric)}`;
    return [
      `<h3>${escape(title)}</h3><div class="wide picture">${networkSvg(network.layers, title)}</div><details><summary>Layers</summary>${htmlTable(layerTable(network), true)}</details><p>Run ${escape(group.best)}</p>`,
    ];
  });
  return parts.length === 0 ? '' : `<section><h2>The networks of the front</h2>${parts.join('\n')}</section>`;
}

function frontierSection(sweep: SweepFacts): string {
  const shown = frontier(sweep);
  const table = sweepTable(sweep);
  if (!shown || !table) return '<p>No run is done yet.</p>';
  const title = `${metricOf(metricOfSweep(sweep)).title} against size`;
  const references = referenceTable(sweep);
  return `<section><h2>Frontier</h2>${frontierSvg(shown, title)}
<p>A mark is the median over the seeds, its line reaches from the lowest to the highest. Dashed: what nothing else of the sweep beats. Dotted: budgets.</p>
${htmlTable(table)}${references ? htmlTable(references) : ''}</section>`;
}

/** Why runs have no result, below their table. */
const reasons = (sweep: SweepFacts): string =>
  sweepReasons(sweep)
    .map(({ runs, state, reason }) => `<p>${escape(state)}: ${escape(runs)}: ${escape(reason)}</p>`)
    .join('');

/** The report. Everything the user wrote is escaped. */
export function sweepHtml(sweep: SweepFacts): string {
  const told = facts(sweep).map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`);
  return htmlDocument({
    title: `${sweep.name}: UDC sweep`,
    policy: "default-src 'none'; style-src 'unsafe-inline'",
    head: [`<style>${REPORT_STYLE}</style>`],
    body: `<header><h1>${escape(sweep.name)}: sweep</h1><dl class="facts">${told.join('')}</dl></header>
<main>
${frontierSection(sweep)}
<section><h2>Runs</h2>${htmlTable(sweepRunsTable(sweep))}${reasons(sweep)}</section>
${networksSection(sweep)}
</main>`,
  });
}
