/** The "UDC" view: the runs of the workspace, newest first, with state, metric and size. */
import * as vscode from 'vscode';
import { homeOfRun, KnownMeasurements } from '../../runs/folder/read-measurements.ts';
import { COMMANDS, CONTEXT, RUN_CONTEXT_PREFIX, RUNS_VIEW } from '../contributions.ts';
import { oneLine, visibleLines } from '../../text/neutral.ts';
import type { RunState } from '../../wire/run.ts';
import { fitsFilter, sortRuns, type RunOrder } from '../../wire/run-list.ts';
import { isLive, runDescription, runLine, runListText, runTooltip, type RunRecord } from './run-record.ts';
import type { RunStore } from './run-store.ts';

/** Icon and colour of each state; the description says it in words, so colour is never alone. */
const ICONS: Readonly<Record<RunState, vscode.ThemeIcon>> = {
  queued: new vscode.ThemeIcon('clock'),
  running: new vscode.ThemeIcon('loading~spin'),
  interrupted: new vscode.ThemeIcon('debug-pause', new vscode.ThemeColor('problemsWarningIcon.foreground')),
  cancelled: new vscode.ThemeIcon('circle-slash'),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground')),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
};

/** A run folder that cannot be read: shown with the reason instead of being left out. */
export interface UnreadableRun {
  readonly folder: string;
  readonly reason: string;
}

export type RunsViewItem = RunRecord | UnreadableRun;

export const isRecord = (item: unknown): item is RunRecord =>
  typeof item === 'object' && item !== null && 'header' in item;

export class RunsView implements vscode.TreeDataProvider<RunsViewItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly tree: vscode.TreeView<RunsViewItem>;
  private readonly subscriptions: vscode.Disposable[];
  private order: RunOrder = 'date';
  private filter = '';
  private pending: NodeJS.Timeout | undefined;
  private readonly measured = new KnownMeasurements();

  constructor(private readonly runs: RunStore) {
    this.tree = vscode.window.createTreeView(RUNS_VIEW, { treeDataProvider: this, canSelectMany: true });
    this.subscriptions = [
      this.changed,
      this.tree,
      runs.onDidChange((change) => {
        if (change.type !== 'events') this.refreshSoon();
      }),
    ];
  }

  /** Every run of the workspace and every folder that is not one. */
  async getChildren(item?: RunsViewItem): Promise<RunsViewItem[]> {
    if (item) return [];
    await this.runs.whenListed();
    const fitting = this.runs.all().filter((record) => fitsFilter(runLine(record), this.filter));
    const unreadable = this.filter === '' ? this.runs.unreadable() : [];
    return [...sortRuns(fitting, this.order, runLine), ...unreadable];
  }

  getTreeItem(item: RunsViewItem): vscode.TreeItem {
    return isRecord(item) ? this.runItem(item) : unreadableItem(item);
  }

  /** The tooltip is made when somebody asks for it: what was measured of a run is in a file. */
  async resolveTreeItem(item: vscode.TreeItem, of: RunsViewItem): Promise<vscode.TreeItem> {
    if (isRecord(of)) item.tooltip = runTooltip(of, await this.measured.of(homeOfRun(of.folder)));
    return item;
  }

  /** In which order the runs stand, and which words they have to have. */
  get arrangement(): { readonly order: RunOrder; readonly filter: string } {
    return { order: this.order, filter: this.filter };
  }

  arrange(change: { readonly order?: RunOrder; readonly filter?: string }): void {
    this.order = change.order ?? this.order;
    this.filter = change.filter?.trim() ?? this.filter;
    this.tree.description = [
      ...(this.order === 'date' ? [] : [vscode.l10n.t('by {0}', this.order)]),
      ...(this.filter === '' ? [] : [`“${oneLine(this.filter)}”`]),
    ].join(', ');
    this.changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.pending);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private runItem(record: RunRecord): vscode.TreeItem {
    const item = new vscode.TreeItem(oneLine(record.name), vscode.TreeItemCollapsibleState.None);
    item.id = record.header.id;
    item.description = runListText(record);
    item.iconPath = ICONS[record.state];
    item.contextValue = `${RUN_CONTEXT_PREFIX}${record.state}${record.result?.offers ? ':offers' : ''}`;
    item.accessibilityInformation = { label: `${record.name}, ${runDescription(record)}` };
    item.command = { command: COMMANDS.showResults.id, title: COMMANDS.showResults.title, arguments: [record] };
    return item;
  }

  /** Progress arrives many times a second; the view is redrawn at most twice a second. */
  private refreshSoon(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.changed.fire(undefined);
      const all = this.runs.all();
      void vscode.commands.executeCommand(
        'setContext',
        CONTEXT.searchRunning,
        all.some(({ state }) => isLive(state)),
      );
      void vscode.commands.executeCommand('setContext', CONTEXT.hasRuns, all.length > 0);
    }, 500);
  }
}

function unreadableItem({ folder, reason }: UnreadableRun): vscode.TreeItem {
  const item = new vscode.TreeItem(oneLine(folder.replace(/^.*[\\/]/, '')), vscode.TreeItemCollapsibleState.None);
  item.id = folder;
  item.description = vscode.l10n.t('cannot be read');
  item.tooltip = visibleLines(reason);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground'));
  item.contextValue = `${RUN_CONTEXT_PREFIX}unreadable`;
  return item;
}
