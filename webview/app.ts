/** The running panel: takes messages, keeps the model, draws at most once a frame, and turns clicks into messages. */
import { messageOf } from '../src/base/error-text.ts';
import { formatBytes } from '../src/text/format.ts';
import { formatMetric, metricOf } from '../src/wire/tasks/metrics.ts';
import {
  ACTIONS,
  parseHostMessage,
  readPanelState,
  TABS,
  type HostMessage,
  type OfferMessage,
  type PanelMessage,
  type PanelState,
  type RunAction,
} from '../src/wire/panel-messages.ts';
import { weightLimit } from '../src/wire/limits.ts';
import { stageTitle, totalEpochs } from '../src/wire/stages.ts';
import { page, type PageChoices } from './panel-layout.ts';
import { EMPTY_MODEL, latestEpoch, reduce, type PanelModel, type RunView } from './state.ts';
import { Announcer } from './ui/announce.ts';
import { ChartBoard } from './ui/chart.ts';
import { activeTab, chosenValue, isChecked, syncChoices } from './ui/components.ts';
import { Memo, patchChildren } from './ui/dom.ts';
import { onThemeChange } from './ui/theme.ts';
import { draggedTo } from './views/ensemble-chart.ts';
import { BY_PLAN } from './views/sweep-page.ts';
import { SWEEP_ACTIONS } from '../src/wire/sweep-messages.ts';
import { BY_RANK } from './views/candidates-tab.ts';
import { STATES } from './views/header.ts';
import { crashed } from './views/notices.ts';

/** The part of `acquireVsCodeApi()` that is used. */
export interface Host {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: PanelState): void;
}

/** Of the table of classes, until somebody sorts. */
const BY_RECALL: PanelState['sort'] = { column: 'recall', descending: false };
/** The host should have answered `ready` after so many milliseconds. */
const SLOW = 6000;

export class App {
  private model: PanelModel = EMPTY_MODEL;
  private choices: PageChoices = {
    tab: 'overview',
    sort: { column: 'order', descending: false },
    openTables: new Set(),
    pair: [],
    width: window.innerWidth,
    slow: false,
  };
  private readonly announcer = new Announcer();
  private readonly main = document.createElement('main');
  private readonly charts = new ChartBoard(this.main);
  private readonly memo = new Memo();
  private frame: number | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: Host,
  ) {}

  /** Shows itself and tells the host that it can receive. */
  start(): void {
    const kept = readPanelState(this.host.getState());
    if (kept) {
      const { tab, sort, candidateSort, testSort, ensemblePoint } = kept;
      this.choices = {
        ...this.choices,
        tab,
        sort,
        ...(candidateSort && { candidateSort }),
        ...(testSort && { testSort }),
        ...(ensemblePoint && { ensemblePoint }),
      };
    }
    this.root.replaceChildren(this.announcer.element, this.main);
    this.main.addEventListener('click', (event) => {
      this.onClick(event);
    });
    this.main.addEventListener('change', (event) => {
      this.onChange(event);
    });
    this.main.addEventListener('input', (event) => {
      const element = event.target;
      if (!(element instanceof HTMLInputElement)) return;
      const [id, index] = [element.dataset['with'] ?? '', Number(element.value)];
      if (element.dataset['input'] === 'offer') this.choose({ offer: { runId: id, index } });
      if (element.dataset['input'] === 'ensemblePoint') this.choose({ ensemblePoint: { id, index } });
    });
    for (const kind of ['pointerdown', 'pointermove'] as const)
      this.main.addEventListener(kind, (event) => {
        const dragged = draggedTo(event);
        if (dragged && dragged.index !== this.pointShown(dragged.id)) this.choose({ ensemblePoint: dragged });
      });
    this.main.addEventListener(
      'toggle',
      (event) => {
        this.onToggle(event);
      },
      true,
    );
    window.addEventListener('resize', () => {
      this.choices = { ...this.choices, width: window.innerWidth };
      this.schedule();
    });
    onThemeChange(() => {
      this.charts.recolour();
    });
    setTimeout(() => {
      if (!this.model.ready) this.choose({ slow: true });
    }, SLOW);
    this.draw();
    this.host.postMessage({
      type: 'ready',
      runIds: kept?.runIds ?? [],
      ...(kept?.sweepId !== undefined && { sweepId: kept.sweepId }),
    });
  }

  /** A message from the host, not yet checked. */
  receive(data: unknown): void {
    let message: HostMessage;
    try {
      message = parseHostMessage(data);
    } catch (error) {
      this.report(error);
      message = {
        type: 'problem',
        what: 'A message from the extension was not understood.',
        why: messageOf(error),
        next: 'Reload the window; after an update both sides must be of the same version.',
      };
    }
    const before = this.model.shown[0];
    this.model = reduce(this.model, message);
    if (['snapshot', 'sweep', 'ensemble'].includes(message.type)) this.keep();
    this.announce(before, this.model.shown[0]);
    this.schedule();
  }

  /** An error in the panel: shown in place of the page, and sent to the log. */
  fail(error: unknown): void {
    this.report(error);
    patchChildren(this.main, [crashed(messageOf(error))]);
  }

  private report(error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.host.postMessage({ type: 'panelError', message, stack: stack ?? '' });
  }

  private schedule(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.draw();
    });
  }

  private draw(): void {
    this.frame = undefined;
    try {
      const { nodes, charts } = page(this.model, this.choices, this.memo);
      patchChildren(this.main, nodes);
      syncChoices(this.main);
      this.charts.sync(charts);
    } catch (error) {
      this.fail(error);
    }
  }

  private choose(change: Partial<PageChoices>): void {
    this.choices = { ...this.choices, ...change };
    this.keep();
    this.schedule();
  }

  private keep(): void {
    if (!this.model.ready) return;
    const { candidateSort, testSort, ensemblePoint } = this.choices;
    this.host.setState({
      runIds: this.model.shown.map((view) => view.summary.id),
      tab: this.choices.tab,
      sort: this.choices.sort,
      ...(candidateSort && { candidateSort }),
      ...(testSort && { testSort }),
      ...(this.model.sweep && { sweepId: this.model.sweep.facts.id }),
      ...(this.model.ensemble && { ensembleId: this.model.ensemble.id }),
      ...(ensemblePoint && { ensemblePoint }),
    });
  }

  /** Of an ensemble. */
  private pointShown(id: string): number | undefined {
    const { ensemblePoint } = this.choices;
    return ensemblePoint?.id === id ? ensemblePoint.index : this.model.ensemble?.report.chosen;
  }

  private announce(before: RunView | undefined, now: RunView | undefined): void {
    if (!now || before?.summary.id !== now.summary.id) return;
    const { name, state, limits } = now.summary;
    if (before.summary.state !== state) {
      this.announcer.say(`${name}: ${STATES[state].text}.`, true);
      return;
    }
    const latest = latestEpoch(now);
    if (!latest || latest.epoch === latestEpoch(before)?.epoch) return;
    const metric = now.started?.metric;
    this.announcer.say(
      `${stageTitle(now.started, latest.stage)}, epoch ${latest.epoch} of ${totalEpochs(now.started)}: ${metricOf(metric).name} ${formatMetric(metric, latest.metric)}, ${formatBytes(latest.exactBytes)} of ${formatBytes(weightLimit(limits))}.`,
    );
  }

  private select(runIds: readonly string[]): void {
    this.host.postMessage({ type: 'select', runIds });
  }

  private onClick(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-do]') : null;
    if (!element) return;
    const name = element.dataset['do']!;
    const argument = element.dataset['with'] ?? '';
    if ((ACTIONS as readonly string[]).includes(name)) {
      this.host.postMessage({ type: 'action', action: name as RunAction, runId: argument });
      return;
    }
    const commands: Readonly<Record<string, () => void>> = {
      start: () => {
        this.host.postMessage({ type: 'start' });
      },
      revealLayer: () => {
        const [runId = '', layer = ''] = argument.split('\n');
        this.host.postMessage({ type: 'revealLayer', runId, layer });
      },
      sort: () => {
        this.choose({ sort: this.sorted(this.choices.sort, argument, ['bytes', 'macs', 'output']) });
      },
      sortCandidates: () => {
        this.choose({
          candidateSort: this.sorted(this.choices.candidateSort ?? BY_RANK, argument, ['bytes', 'steps']),
        });
      },
      sortTest: () => {
        this.choose({
          testSort: this.sorted(this.choices.testSort ?? BY_RECALL, argument, ['support', 'right', 'predicted']),
        });
      },
      sortSweep: () => {
        const sort = this.sorted(this.choices.sweepSort ?? BY_PLAN, argument, ['metric']);
        this.choose({ sweepSort: sort });
      },
      showRun: () => {
        this.select([argument]);
      },
      showSweep: () => {
        this.host.postMessage({ type: 'showSweep', sweepId: argument });
      },
      specialiseRun: () => {
        this.host.postMessage({ type: 'specialise', runId: argument });
      },
      sweep: () => {
        const [sweepId = '', wanted = ''] = argument.split('\n');
        const action = SWEEP_ACTIONS.find((one) => one === wanted);
        if (action) this.host.postMessage({ type: 'sweepAction', action, sweepId });
      },
      exportEnsemble: () => {
        const point = this.pointShown(argument);
        if (point !== undefined) this.host.postMessage({ type: 'exportEnsemble', id: argument, point });
      },
      applyOffer: () => {
        this.askForOffer('apply', argument);
      },
      specialiseOffer: () => {
        this.askForOffer('specialise', argument);
      },
      dismiss: () => {
        const rest = { ...this.model };
        delete (rest as { problem?: unknown }).problem;
        this.model = rest;
        this.schedule();
      },
    };
    commands[name]?.();
  }

  /** @param argument id of the run and place of the offer */
  private askForOffer(action: OfferMessage['action'], argument: string): void {
    const [runId = '', offer = ''] = argument.split('\n');
    this.host.postMessage({ type: 'offer', action, runId, offer: Number(offer) });
  }

  /** The same column again turns the order round. @param falling columns that start with the largest */
  private sorted(sort: PanelState['sort'], column: string, falling: readonly string[]): PanelState['sort'] {
    return { column, descending: sort.column === column ? !sort.descending : falling.includes(column) };
  }

  private onChange(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-change]') : null;
    if (!element) return;
    const shown = this.model.shown.map((view) => view.summary.id);
    const changes: Readonly<Record<string, () => void>> = {
      tab: () => {
        const tab = TABS.find((candidate) => candidate === activeTab(element));
        if (tab && tab !== this.choices.tab) this.choose({ tab });
      },
      run: () => {
        const chosen = chosenValue(element);
        if (chosen === shown[0] || !this.model.runs.some((run) => run.id === chosen)) return;
        this.select(shown.length > 1 ? [chosen, ...shown.filter((id) => id !== chosen)] : [chosen]);
      },
      pair: () => {
        const id = element.dataset['with'] ?? '';
        const { pair } = this.choices;
        if (isChecked(element) === pair.includes(id)) return;
        // Two at a time: a third takes the place of the first.
        this.choose({ pair: isChecked(element) ? [...pair, id].slice(-2) : pair.filter((other) => other !== id) });
      },
      compare: () => {
        const id = element.dataset['with'] ?? '';
        if (isChecked(element) === shown.includes(id)) return;
        const wanted = isChecked(element) ? [...shown, id] : shown.filter((other) => other !== id);
        if (wanted.length > 0) this.select(wanted);
        else this.schedule();
      },
    };
    changes[element.dataset['change']!]?.();
  }

  private onToggle(event: Event): void {
    const element = event.target;
    if (!(element instanceof HTMLDetailsElement) || element.dataset['table'] === undefined) return;
    const openTables = new Set(this.choices.openTables);
    if (element.open === openTables.has(element.dataset['table'])) return;
    if (element.open) openTables.add(element.dataset['table']);
    else openTables.delete(element.dataset['table']);
    this.choose({ openTables });
  }
}
