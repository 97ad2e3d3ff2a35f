/**
 * The results panel, host side: one webview that gets a full snapshot when it is ready and only what is new after that.
 */
import { messageOf } from '../../base/error-text.ts';
import { oneLine } from '../../text/neutral.ts';
import * as vscode from 'vscode';
import {
  parsePanelMessage,
  readPanelState,
  trimEvents,
  type HostMessage,
  type OfferMessage,
  type PanelMessage,
  type RunAction,
  type RunSnapshot,
} from '../../wire/panel-messages.ts';
import { COMMANDS, RESULTS_PANEL } from '../contributions.ts';
import type { RunChange } from '../runs/changes.ts';
import { isLive, summarise, type RunRecord } from '../runs/run-record.ts';
import { ensembleMessage, type EnsembleMessage } from '../../wire/ensemble-messages.ts';
import type { SweepAction } from '../../wire/sweep-messages.ts';
import type { SweepStore } from '../runs/sweep-store.ts';
import type { RunStore } from '../runs/run-store.ts';
import { MessageBatcher } from './batcher.ts';
import { PageTab } from './page-tab.ts';

/** Which command carries out what a button of the panel asks for. */
const COMMAND_OF: Readonly<Record<RunAction, string>> = {
  stop: COMMANDS.stopSearch.id,
  resume: COMMANDS.resumeSearch.id,
  apply: COMMANDS.applyArchitecture.id,
  ensemble: COMMANDS.combineRuns.id,
  export: COMMANDS.exportResults.id,
  openDefinition: COMMANDS.openDefinition.id,
  showLog: COMMANDS.showLog.id,
  delete: COMMANDS.deleteRun.id,
};

/** The same of the buttons of a sweep. */
const SWEEP_COMMAND_OF: Readonly<Record<SweepAction, string>> = {
  stop: COMMANDS.stopSweep.id,
  resume: COMMANDS.resumeSweep.id,
  report: COMMANDS.exportSweep.id,
  table: COMMANDS.exportSweepTable.id,
};

/** Where the ensemble that is shown is kept for a reload: too much for the page's own state. */
const ENSEMBLE_KEY = 'udc.shownEnsemble';

/** Milliseconds between two tellings of a sweep. */
const SWEEP_PAUSE = 400;

/** Owns the panel: opens it, restores it after a reload, feeds it. */
export class ResultsPanel implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly tab: PageTab<HostMessage>;
  private readonly batcher: MessageBatcher;
  private readonly subscriptions: readonly vscode.Disposable[];
  private shown: readonly string[] = [];
  /** The sweep that is shown in place of runs. */
  private sweep: string | undefined;
  /** The same of an ensemble. */
  private ensemble: EnsembleMessage | undefined;
  private sweepTimer: NodeJS.Timeout | undefined;
  private readonly received = new vscode.EventEmitter<PanelMessage>();
  /** Every message sent to the page, for tests. */
  readonly onDidPost: vscode.Event<HostMessage>;
  /** Every valid message from the page, for tests. */
  readonly onDidReceive = this.received.event;

  constructor(
    extensionUri: vscode.Uri,
    private readonly runs: RunStore,
    private readonly sweeps: SweepStore,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.tab = new PageTab(extensionUri, RESULTS_PANEL, 'results', {
      receive: (message) => {
        void this.receive(message);
      },
      silenced: () => {
        this.batcher.clear();
      },
    });
    this.onDidPost = this.tab.onDidPost;
    this.batcher = new MessageBatcher((message) => {
      this.tab.post(message);
    });
    this.subscriptions = [
      this.tab,
      vscode.window.registerWebviewPanelSerializer(RESULTS_PANEL, this),
      runs.onDidChange((change) => {
        this.forward(change);
      }),
      sweeps.onDidChange((id) => {
        if (id === this.sweep) this.sweepSoon();
      }),
      this.received,
    ];
  }

  /** Whether the panel is open. */
  get isOpen(): boolean {
    return this.tab.isOpen;
  }

  /** The group of editors that the panel stands in, while it is open and seen. */
  get column(): vscode.ViewColumn | undefined {
    return this.tab.column;
  }

  /** What its tab says. */
  get title(): string | undefined {
    return this.tab.title;
  }

  /** The runs that the panel shows, in order of selection. */
  get shownRuns(): readonly string[] {
    return this.shown;
  }

  /** Opens the panel, or brings it to the front, with these runs. */
  async show(runIds: readonly string[]): Promise<void> {
    this.turnTo({});
    this.shown = runIds;
    await this.open();
  }

  /** The same with an ensemble. */
  async showEnsemble(shown: EnsembleMessage): Promise<void> {
    this.turnTo({ ensemble: shown });
    await this.memory.update(ENSEMBLE_KEY, shown);
    await this.open();
  }

  /** The ensemble that the panel shows, if it does. */
  get shownEnsemble(): EnsembleMessage | undefined {
    return this.ensemble;
  }

  /** The same with a sweep. */
  async showSweep(id: string): Promise<void> {
    this.turnTo({ sweep: id });
    await this.open();
  }

  /** The sweep that the panel shows, if it does. */
  get shownSweep(): string | undefined {
    return this.sweep;
  }

  private async open(): Promise<void> {
    this.tab.open(titleOf([]));
    if (this.tab.isReady) await this.postSnapshot();
  }

  /** What is shown in place of runs, if anything is. */
  private turnTo({
    sweep,
    ensemble,
  }: {
    readonly sweep?: string | undefined;
    readonly ensemble?: EnsembleMessage;
  }): void {
    this.sweep = sweep;
    if (this.ensemble && !ensemble) void this.memory.update(ENSEMBLE_KEY, undefined);
    this.ensemble = ensemble;
  }

  /** The ensemble of this id, as it was shown before a reload. */
  private kept(id: string | undefined): EnsembleMessage | undefined {
    try {
      const found = id === undefined ? undefined : ensembleMessage(this.memory.get(ENSEMBLE_KEY));
      return found?.id === id ? found : undefined;
    } catch {
      // An older version kept it, or nothing is kept.
      return undefined;
    }
  }

  /** Called by VS Code for a panel that was open before a reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = readPanelState(state);
    this.shown = kept?.runIds ?? [];
    const ensemble = this.kept(kept?.ensembleId);
    this.turnTo({ sweep: kept?.sweepId, ...(ensemble && { ensemble }) });
    this.tab.take(panel);
    await this.runs.refresh();
  }

  dispose(): void {
    this.batcher.clear();
    clearTimeout(this.sweepTimer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async receive(value: unknown): Promise<void> {
    let message: PanelMessage;
    try {
      message = parsePanelMessage(value);
    } catch (error) {
      this.log.error(`The panel sent a message that is not understood: ${messageOf(error)}`);
      return;
    }
    this.received.fire(message);
    try {
      await this.carryOut(message);
    } catch (error) {
      const why = messageOf(error);
      this.log.error(`Panel, ${message.type}: ${why}`);
      this.batcher.post({
        type: 'problem',
        what: vscode.l10n.t('That did not work.'),
        why,
        next: vscode.l10n.t('The log has the details: run "UDC: Show Log".'),
      });
    }
  }

  private async carryOut(message: PanelMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.tab.hears();
        if (this.shown.length === 0) this.shown = message.runIds;
        if (!this.ensemble) this.sweep ??= this.shown.length === 0 ? message.sweepId : undefined;
        await this.postSnapshot();
        break;
      case 'select':
        this.turnTo({});
        this.shown = message.runIds;
        await this.postSnapshot();
        break;
      case 'action':
        await vscode.commands.executeCommand(COMMAND_OF[message.action], message.runId);
        break;
      case 'start':
        await vscode.commands.executeCommand(COMMANDS.startSearch.id);
        break;
      case 'revealLayer':
        await vscode.commands.executeCommand(COMMANDS.openDefinition.id, message.runId, message.layer);
        break;
      case 'offer':
        await this.carryOutOffer(message);
        break;
      case 'showSweep':
        this.turnTo({ sweep: message.sweepId });
        await this.postSnapshot();
        break;
      case 'sweepAction':
        await vscode.commands.executeCommand(SWEEP_COMMAND_OF[message.action], message.sweepId);
        break;
      case 'specialise':
        await vscode.commands.executeCommand(COMMANDS.specialise.id, message.runId);
        break;
      case 'exportEnsemble':
        await vscode.commands.executeCommand(COMMANDS.exportEnsemble.id, message.id, message.point);
        break;
      case 'panelError':
        this.log.error(`Panel: ${message.message}\n${message.stack}`);
        break;
    }
  }

  /** What is asked for of an offer. Its run may have gone since. */
  private async carryOutOffer({ action, runId, offer }: OfferMessage): Promise<void> {
    const found = this.runs.get(runId)?.result?.offers?.list[offer];
    if (!found) throw new Error(vscode.l10n.t('The run does not offer that any more.'));
    if (action === 'apply') await vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, runId, offer);
    else await vscode.commands.executeCommand(COMMANDS.specialise.id, runId, found.exactBytes);
  }

  /** What comes close together is told at once: a sweep is read as a whole. */
  private sweepSoon(): void {
    this.sweepTimer ??= setTimeout(() => {
      this.sweepTimer = undefined;
      if (this.tab.isReady && this.sweep !== undefined) void this.postSnapshot();
    }, SWEEP_PAUSE);
  }

  /** Returns whether there was one to show. */
  private async postSweep(id: string): Promise<boolean> {
    const standing = await this.sweeps.standing(id);
    if (!standing || this.sweep !== id) return false;
    this.tab.title = vscode.l10n.t('UDC: sweep of {0}', oneLine(standing.facts.name));
    this.batcher.post({ type: 'sweep', ...standing });
    return true;
  }

  private async postSnapshot(): Promise<void> {
    await this.runs.whenListed();
    if (this.ensemble) {
      this.tab.title = vscode.l10n.t('UDC: ensemble of {0}', oneLine(this.ensemble.names.join(', ')));
      this.batcher.post(this.ensemble);
      return;
    }
    if (this.sweep !== undefined) {
      if (await this.postSweep(this.sweep)) return;
      this.sweep = undefined;
    }
    const all = this.runs.all();
    const known = this.shown.filter((id) => all.some((record) => record.header.id === id));
    const chosen = known.length > 0 ? known : this.defaultRun(all);
    this.shown = chosen;
    await Promise.all(chosen.map((id) => this.runs.load(id)));
    // From here on nothing waits, so that no event falls between the snapshot and the events after it.
    const records = chosen.flatMap((id) => this.runs.get(id) ?? []);
    this.tab.title = titleOf(records);
    const shown = records.map(snapshotOf);
    this.batcher.post({ type: 'snapshot', runs: this.runs.all().map(summarise), shown });
  }

  private defaultRun(all: readonly RunRecord[]): readonly string[] {
    const record = all.find(({ state }) => isLive(state)) ?? all[0];
    return record ? [record.header.id] : [];
  }

  private forward(change: RunChange): void {
    // A sweep is told of as a whole, and an ensemble stays as it is.
    if (!this.tab.isReady || this.sweep !== undefined || this.ensemble) return;
    if (change.type === 'rewound') {
      if (this.shown.includes(change.runId)) void this.postSnapshot();
      return;
    }
    const message = this.messageOf(change);
    if (message) this.batcher.post(message);
  }

  private messageOf(change: Exclude<RunChange, { type: 'rewound' }>): HostMessage | undefined {
    switch (change.type) {
      case 'refused':
        return undefined;
      case 'events':
        return this.shown.includes(change.runId)
          ? { type: 'events', runId: change.runId, events: change.events }
          : undefined;
      case 'progress':
        return this.shown.includes(change.runId)
          ? { type: 'progress', runId: change.runId, progress: change.progress }
          : undefined;
      case 'run': {
        const { result, failure } = change.record;
        return {
          type: 'runChanged',
          summary: summarise(change.record),
          ...(result ? { result } : {}),
          ...(failure ? { failure } : {}),
        };
      }
      case 'removed':
        this.shown = this.shown.filter((id) => id !== change.runId);
        return { type: 'runRemoved', runId: change.runId };
    }
  }
}

/** The tab is named after the run that is shown in full. */
function titleOf([first, ...more]: readonly RunRecord[]): string {
  if (!first) return vscode.l10n.t('UDC Results');
  const name = oneLine(first.name);
  return more.length === 0
    ? vscode.l10n.t('UDC: {0}', name)
    : vscode.l10n.t('UDC: {0} and {1} more', name, more.length);
}

function snapshotOf(record: RunRecord): RunSnapshot {
  const { progress, result, failure } = record;
  return {
    summary: summarise(record),
    events: trimEvents(record.events),
    ...(progress ? { progress } : {}),
    ...(result ? { result } : {}),
    ...(failure ? { failure } : {}),
  };
}
