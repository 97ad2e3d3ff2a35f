/** One status bar item: what runs, how far it is, and the way to the panel. */
import * as vscode from 'vscode';
import { formatBytes, formatDuration } from '../../text/format.ts';
import { COMMANDS } from '../contributions.ts';
import { oneLine } from '../../text/neutral.ts';
import { weightLimit } from '../../wire/limits.ts';
import { shareDone } from '../../wire/progress-text.ts';
import { backendText, isLive, progressLine } from './run-record.ts';
import type { RunStore } from './run-store.ts';

export class SearchStatusBar implements vscode.Disposable {
  readonly item = vscode.window.createStatusBarItem('udc.search', vscode.StatusBarAlignment.Left, 10);
  private readonly subscription: vscode.Disposable;

  constructor(private readonly runs: RunStore) {
    this.item.name = vscode.l10n.t('UDC search');
    this.subscription = runs.onDidChange((change) => {
      if (change.type !== 'events') this.update();
    });
    this.update();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private update(): void {
    const live = this.runs.all().filter(({ state }) => isLive(state));
    const [first] = live;
    if (!first) {
      this.item.text = '';
      this.item.hide();
      return;
    }
    const { progress } = first;
    const percent = progress
      ? `${Math.floor(shareDone(progress) * 100)} %, ${formatDuration(progress.secondsLeft)}`
      : vscode.l10n.t('starting');
    this.item.text =
      live.length > 1
        ? `$(loading~spin) UDC: ${vscode.l10n.t('{0} searches', live.length)}`
        : `$(loading~spin) UDC: ${percent}`;
    const lines = live.flatMap((record) => [
      `${record.name} (${formatBytes(weightLimit(record.header.limits))}): ${record.progress ? progressLine(record.progress) : vscode.l10n.t('starting')}`,
      vscode.l10n.t('Backend: {0}', backendText(record)),
    ]);
    this.item.tooltip = [...lines.map(oneLine), vscode.l10n.t('Click to show the results.')].join('\n');
    this.item.accessibilityInformation = { label: vscode.l10n.t('UDC search, {0}', percent) };
    this.item.command = {
      command: COMMANDS.showResults.id,
      title: COMMANDS.showResults.title,
      arguments: live.map(({ header }) => header.id),
    };
    this.item.show();
  }
}
