/**
 * Composition root of the extension: makes the parts and ties them to VS Code. Nothing is read or started before it is
 * asked for.
 */
import * as vscode from 'vscode';
import { defaultWorker, type WorkerProgram } from './runs/launchers/local-worker.ts';
import { registerCommands } from './editor/commands/register-commands.ts';
import { SOURCE } from './editor/contributions.ts';
import { DefinitionSupport } from './editor/definition-support.ts';
import { MeasuredTab } from './editor/measured/measured-tab.ts';
import { NetworkEditor } from './editor/networks/network-editor.ts';
import { NetworkReader } from './editor/networks/network-reader.ts';
import { ResultsPanel } from './editor/panel/results-panel.ts';
import { SearchNotices } from './editor/runs/run-notices.ts';
import { RunsView } from './editor/runs/runs-view.ts';
import { SearchStatusBar } from './editor/runs/status-bar.ts';
import { SweepStore } from './editor/runs/sweep-store.ts';
import { RunStore } from './editor/runs/run-store.ts';

/** What `activate` returns, for the tests inside the extension host. */
export interface ExtensionApi {
  readonly runs: RunStore;
  readonly sweeps: SweepStore;
  readonly panel: ResultsPanel;
  readonly measured: MeasuredTab;
  readonly view: RunsView;
  readonly statusBar: SearchStatusBar;
  readonly definitions: DefinitionSupport;
  readonly networkEditor: NetworkEditor;
  readonly worker: WorkerProgram;
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const log = vscode.window.createOutputChannel(SOURCE, { log: true });
  const { version } = context.extension.packageJSON as { version: string };
  const worker = defaultWorker();
  const runs = new RunStore(worker, version, context.workspaceState, log);
  const definitions = new DefinitionSupport(runs, context.extensionUri, log);
  const sweeps = new SweepStore(runs, log);
  const panel = new ResultsPanel(context.extensionUri, runs, sweeps, context.workspaceState, log);
  const view = new RunsView(runs);
  const statusBar = new SearchStatusBar(runs);
  const networks = new NetworkReader();
  const networkEditor = new NetworkEditor(context.extensionUri, networks);
  const memory = context.workspaceState;
  const measured = new MeasuredTab(context.extensionUri, memory, log);
  const services = {
    ...{ runs, sweeps, view, definitions, panel, networks, measured, memory, log },
    extensionUri: context.extensionUri,
  };
  context.subscriptions.push(
    log,
    runs,
    sweeps,
    definitions,
    panel,
    measured,
    view,
    statusBar,
    new SearchNotices(runs),
    networkEditor.register(),
    ...registerCommands(services),
  );
  return { runs, sweeps, panel, measured, view, statusBar, definitions, networkEditor, worker };
}
