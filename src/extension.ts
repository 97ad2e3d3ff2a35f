/** Composition root of the extension: makes the parts and ties them to VS Code. Nothing is read or started before it is asked for. */
import * as vscode from 'vscode';
import { defaultWorker, type WorkerProgram } from './runs/supervisor.ts';
import { registerCommands } from './editor/commands/register.ts';
import { useSampleOf } from './editor/commands/definitions.ts';
import { SOURCE } from './editor/contributions.ts';
import { registerLanguage } from './editor/language/register.ts';
import { DefinitionDocuments } from './editor/language/documents.ts';
import { ExactSizes } from './editor/language/exactSizes.ts';
import { NetworkEditor } from './editor/networks/networkEditor.ts';
import { NetworkReader } from './editor/networks/reader.ts';
import { ResultsPanel } from './editor/panel/resultsPanel.ts';
import { SearchNotices } from './editor/runs/notices.ts';
import { RunsView } from './editor/runs/runsView.ts';
import { SearchStatusBar } from './editor/runs/statusBar.ts';
import { RunStore } from './editor/runs/store.ts';

/** What `activate` returns, for the tests inside the extension host. */
export interface ExtensionApi {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
  readonly view: RunsView;
  readonly statusBar: SearchStatusBar;
  readonly documents: DefinitionDocuments;
  readonly networkEditor: NetworkEditor;
  readonly worker: WorkerProgram;
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const log = vscode.window.createOutputChannel(SOURCE, { log: true });
  const { version } = context.extension.packageJSON as { version: string };
  const worker = defaultWorker();
  useSampleOf(context.extensionUri);
  const runs = new RunStore(worker, version, context.workspaceState, log);
  const documents = new DefinitionDocuments();
  const exact = new ExactSizes(runs);
  const panel = new ResultsPanel(context.extensionUri, runs, log);
  const view = new RunsView(runs);
  const statusBar = new SearchStatusBar(runs);
  const networks = new NetworkReader();
  const networkEditor = new NetworkEditor(context.extensionUri, networks);
  const services = { runs, documents, exact, panel, view, networks, log };
  context.subscriptions.push(log, runs, documents, exact, panel, view, statusBar, new SearchNotices(runs), networkEditor.register(), ...registerLanguage(services), ...registerCommands(services));
  listRunsWithFirstDefinition(documents, runs, log);
  return { runs, panel, view, statusBar, documents, networkEditor, worker };
}

/** Finished runs make the sizes of a definition exact. Nothing waits for the list: what is shown is drawn again when it comes. */
function listRunsWithFirstDefinition(documents: DefinitionDocuments, runs: RunStore, log: vscode.LogOutputChannel): void {
  const list = (): void => { runs.whenListed().catch((error: unknown) => { log.error(String(error)); }); };
  if (documents.open().length > 0) {
    list();
    return;
  }
  const subscription = documents.onDidChange(() => {
    subscription.dispose();
    list();
  });
}
