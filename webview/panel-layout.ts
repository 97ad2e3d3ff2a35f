/** The page as a function of what is known and what the person chose. */
import type { Chart } from '../src/charts/curves.ts';
import type { PanelState, PanelTab } from '../src/wire/panel-messages.ts';
import { TABS } from '../src/wire/panel-messages.ts';
import { currentLayers } from './figures.ts';
import type { PanelModel, RunView } from './state.ts';
import { tabs } from './ui/components.ts';
import type { Child, Memo } from './ui/dom.ts';
import { BY_RANK, candidatesTab } from './views/candidates-tab.ts';
import { compareTab } from './views/compare.ts';
import { ChartSheet, curvesTab, overviewCharts } from './views/curve-charts.ts';
import { decisionsTab, storyCard } from './views/decision-table.ts';
import { header } from './views/header.ts';
import { ensembleCard } from './views/ensemble-card.ts';
import { ensemblePage } from './views/ensemble-page.ts';
import { layerTable } from './views/layers.ts';
import { meters } from './views/meters.ts';
import { offersCard } from './views/offers-card.ts';
import { networkPicture } from './views/picture.ts';
import { testTab } from './views/test-tab.ts';
import { BY_PLAN, sweepPage } from './views/sweep-page.ts';
import { empty, failureNotice, loading, problemNotice } from './views/notices.ts';

/** What a person has set on the page. */
export interface PageChoices {
  readonly tab: PanelTab;
  readonly sort: PanelState['sort'];
  /** Absent: by rank. */
  readonly candidateSort?: PanelState['sort'];
  /** Absent: as the task has it. */
  readonly testSort?: PanelState['sort'];
  /** The offer that is looked at, of which run. */
  readonly offer?: { readonly runId: string; readonly index: number };
  /** Charts whose table of values is open. */
  readonly openTables: ReadonlySet<string>;
  /** Width of the page in pixels. */
  readonly width: number;
  /** Of a sweep: the order of its table, and the two runs whose networks stand beside each other. */
  readonly sweepSort?: PanelState['sort'];
  readonly pair: readonly string[];
  /** The point of an ensemble that is looked at; absent, or of another: the chosen one. */
  readonly ensemblePoint?: NonNullable<PanelState['ensemblePoint']>;
  /** No snapshot has come for a while. */
  readonly slow: boolean;
}

/** What stands beside the inside of a card, in pixels: see the style sheet. */
const CARD_MARGIN = 72;

const TITLES: Readonly<Record<PanelTab, string>> = {
  overview: 'Overview',
  test: 'Test',
  curves: 'Curves',
  candidates: 'Candidates',
  decisions: 'Decisions',
  compare: 'Compare',
};

/** The card of other sizes, where the run offers any. */
function offersPart({ summary: { id }, result }: RunView, { offer }: PageChoices, memo: Memo): Child {
  const offers = result?.offers;
  if (!offers || offers.list.length === 0) return null;
  const index = offer?.runId === id ? offer.index : undefined;
  return memo.part('section', 'offers', [id, result, index], () => offersCard(id, { ...result, offers }, index));
}

/**
 * The elements of the page, and the charts that belong into its `[data-chart]` places. What depends on epochs only is
 * not built again for progress within one.
 */
export function page(
  model: PanelModel,
  choices: PageChoices,
  memo: Memo,
): { readonly nodes: readonly Node[]; readonly charts: ReadonlyMap<string, Chart> } {
  const sheet = new ChartSheet(choices.openTables);
  const problem = model.problem ? [problemNotice(model.problem)] : [];
  if (model.sweep) {
    const { pair, sweepSort = BY_PLAN } = choices;
    return {
      nodes: [...problem, ...sweepPage(model.sweep, { sort: sweepSort, pair, width: choices.width - CARD_MARGIN })],
      charts: sheet.charts,
    };
  }
  if (model.ensemble) {
    const { id, report } = model.ensemble;
    const index = choices.ensemblePoint?.id === id ? choices.ensemblePoint.index : report.chosen;
    const point = Math.min(index, report.points.length - 1);
    return {
      nodes: [...problem, ...ensemblePage(model.ensemble, { point, width: choices.width - CARD_MARGIN })],
      charts: sheet.charts,
    };
  }
  const view = model.shown[0];
  if (!model.ready) return { nodes: [...problem, loading(choices.slow)], charts: sheet.charts };
  if (!view) return { nodes: [...problem, empty(model.runs.length > 0)], charts: sheet.charts };
  const state = [view.epochs, view.result, view.decoded, view.started, view.summary.id, view.summary.state];
  const content: Readonly<Record<PanelTab, () => Child>> = {
    overview: () => [
      meters(view),
      ensembleCard(view),
      currentLayers(view).length > 0 ? memo.part('section', 'picture', state, () => networkPicture(view)) : null,
      offersPart(view, choices, memo),
      view.decoded ? storyCard(view) : null,
      memo.part('section', 'layers', [...state, choices.sort], () => layerTable(view, choices.sort)),
      overviewCharts(view, sheet),
    ],
    test: () =>
      memo.part('section', 'test', [view.result, view.started, view.summary.id, choices.testSort], () =>
        testTab(view, choices.testSort),
      ),
    candidates: () =>
      memo.part('section', 'candidates', [...state, choices.candidateSort, choices.width], () =>
        candidatesTab(view, choices.candidateSort ?? BY_RANK, choices.width - CARD_MARGIN),
      ),
    curves: () => curvesTab(view, sheet),
    decisions: () => memo.part('section', 'decisions', state, () => decisionsTab(view)),
    compare: () => compareTab(model, sheet, choices.width - CARD_MARGIN),
  };
  const all = TABS.map((id) => ({ id, title: TITLES[id], content: id === choices.tab ? content[id]() : null }));
  const failure = failureNotice(view);
  const nodes = [
    ...problem,
    header(view, model.runs),
    ...(failure instanceof Node ? [failure] : []),
    tabs('Results', choices.tab, all),
  ];
  return { nodes, charts: sheet.charts };
}
