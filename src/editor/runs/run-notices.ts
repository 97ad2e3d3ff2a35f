/** What a person is told while a search runs and when it ends: a notification until the first epoch, then one toast. */
import * as vscode from 'vscode';
import { formatBytes } from '../../text/format.ts';
import { headlineOf } from '../../wire/result-networks.ts';
import { formatNamedMeasured } from '../../wire/tasks/metrics.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { COMMANDS } from '../contributions.ts';
import { weightLimit } from '../../wire/limits.ts';
import { shareDone } from '../../wire/progress-text.ts';
import { failureText } from '../../text/sentences.ts';
import { isLive, progressLine, type RunRecord } from './run-record.ts';
import type { RunStore } from './run-store.ts';
import { say, whileWorking } from '../say.ts';

/** Watches the runs that were live in this session. Runs that ended before are in the view and make no noise. */
export class SearchNotices implements vscode.Disposable {
  private readonly live = new Set<string>();
  private readonly waits = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly runs: RunStore) {
    this.subscription = runs.onDidChange((change) => {
      if (change.type === 'run') this.follow(change.record);
      else if (change.type === 'refused') void this.announceRefusal(change.record);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private follow(record: RunRecord): void {
    const { id } = record.header;
    // A sweep tells of itself as a whole.
    if (record.sweep !== undefined) return;
    if (isLive(record.state)) {
      if (record.waiting !== undefined && record.state === 'queued') void this.tellWaiting(record);
      if (this.live.has(id)) return;
      this.live.add(id);
      void this.showProgress(id, record.name);
    } else if (this.live.delete(id)) {
      void this.announce(record);
    }
  }

  /** Says once that a search waits, and offers not to. */
  private async tellWaiting({ header: { id }, name, waiting = '' }: RunRecord): Promise<void> {
    if (this.waits.has(id)) return;
    this.waits.add(id);
    const now = vscode.l10n.t('Start Now');
    const answer = await say.information(vscode.l10n.t('UDC: {0}: {1}.', name, waiting), now);
    this.waits.delete(id);
    if (answer === now) await this.runs.startNow(id);
  }

  /**
   * Until the first epoch is done, the notification says what happens and can stop it; after that the status bar does.
   */
  private async showProgress(id: string, name: string): Promise<void> {
    await whileWorking(
      {
        location: vscode.ProgressLocation.Notification,
        cancellable: true,
        title: vscode.l10n.t('UDC: searching {0}', name),
      },
      (report, cancelled) =>
        new Promise<void>((resolve) => {
          let reported = 0;
          report({ message: vscode.l10n.t('starting the worker, reading the data') });
          const subscription = this.runs.onDidChange((change) => {
            if (change.type === 'progress' && change.runId === id) {
              const percent = shareDone(change.progress) * 100;
              report({ message: progressLine(change.progress), increment: Math.max(0, percent - reported) });
              reported = Math.max(reported, percent);
            }
            const ended =
              (change.type === 'run' && change.record.header.id === id && !isLive(change.record.state)) ||
              (change.type === 'removed' && change.runId === id);
            if (
              ended ||
              (change.type === 'events' && change.runId === id && change.events.some(({ type }) => type === 'epoch'))
            )
              finish();
          });
          const cancel = cancelled.onCancellationRequested(() => {
            void this.runs.stop(id);
          });
          const finish = (): void => {
            subscription.dispose();
            cancel.dispose();
            resolve();
          };
        }),
    );
  }

  private async announce(record: RunRecord): Promise<void> {
    const { id } = record.header;
    if (record.state === 'done' && record.result) {
      const { result } = record;
      const { measured, bytes, prefix } = headlineOf(result);
      const open = vscode.l10n.t('Open');
      const apply = vscode.l10n.t('Apply');
      const answer = await say.information(
        vscode.l10n.t(
          'UDC: {0} is done: {1} in {2} of the {3} budget.',
          record.name,
          `${prefix}${formatNamedMeasured(result.metric, measured)}`,
          formatBytes(bytes),
          formatBytes(weightLimit(result.limits)),
        ),
        open,
        apply,
      );
      if (answer === open) await vscode.commands.executeCommand(COMMANDS.showResults.id, id);
      if (answer === apply) await vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, id);
      return;
    }
    if (record.state === 'failed' || record.state === 'interrupted') await this.announceFailure(record);
  }

  /** Nothing began, so there is nothing to resume: the definition is what to change. */
  private async announceRefusal({ header, name, failure }: RunRecord): Promise<void> {
    this.live.delete(header.id);
    const open = vscode.l10n.t('Open Definition');
    const log = vscode.l10n.t('Show Log');
    const text = failure ? failureText(failure) : vscode.l10n.t('The search could not begin.');
    const answer = await say.error(`UDC: ${name}: ${text}`, open, log);
    if (answer === open) await showBesidePanel(await vscode.workspace.openTextDocument(header.definitionPath));
    if (answer === log) await vscode.commands.executeCommand(COMMANDS.showLog.id);
  }

  private async announceFailure(record: RunRecord): Promise<void> {
    const {
      failure,
      header: { id },
    } = record;
    const resume = vscode.l10n.t('Resume');
    const log = vscode.l10n.t('Show Log');
    const text = failure ? failureText(failure) : vscode.l10n.t('The search stopped.');
    const answer = await say.error(`UDC: ${record.name}: ${text}`, resume, log);
    if (answer === resume) await vscode.commands.executeCommand(COMMANDS.resumeSearch.id, id);
    if (answer === log) await vscode.commands.executeCommand(COMMANDS.showLog.id);
  }
}
