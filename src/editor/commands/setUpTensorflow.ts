/** "Set Up Native TensorFlow": says what it takes, asks, runs the set-up script in a task whose output can be read, and offers to use what it made. */
import * as vscode from 'vscode';
import { SETTINGS, SETTINGS_SECTION } from '../contributions.ts';
import type { SampleHolder } from './definitions.ts';

/** The set-up as a task. It runs on the Node inside VS Code, which is always there; npm, Python and a compiler are the machine's. */
export function setUpTask(extensionUri: vscode.Uri): vscode.Task {
  const script = vscode.Uri.joinPath(extensionUri, 'dist', 'setup-tensorflow.cjs').fsPath;
  const execution = new vscode.ProcessExecution(process.execPath, [script], { cwd: extensionUri.fsPath, env: { ELECTRON_RUN_AS_NODE: '1' } });
  const task = new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, vscode.l10n.t('Set up native TensorFlow'), 'UDC', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: false, clear: true };
  return task;
}

/** Carries out the command. Returns the task that was started, or undefined where none was. */
export async function setUpTensorflow({ extensionUri }: SampleHolder): Promise<vscode.TaskExecution | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    void vscode.window.showInformationMessage(vscode.l10n.t(
      'Native TensorFlow can be set up on Linux on x86-64; this is {0} on {1}. Searches use WebAssembly, which needs no set-up.', process.platform, process.arch));
    return undefined;
  }
  const start = vscode.l10n.t('Set Up');
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t('Set up native TensorFlow?'), {
    modal: true,
    detail: vscode.l10n.t(
      'Searches work without it: WebAssembly is built in and usually faster for small networks.\n\nThe set-up downloads 230 MB from the Python and npm package indexes, checks them by hash, and compiles an addon. It needs npm, Python with pip and a C++ compiler, 3 GB of disk while it works and 1 GB afterwards, in your cache folder.'),
  }, start);
  if (answer !== start) return undefined;
  const execution = await vscode.tasks.executeTask(setUpTask(extensionUri));
  const subscription = vscode.tasks.onDidEndTaskProcess((event) => {
    if (event.execution !== execution) return;
    subscription.dispose();
    void ended(event.exitCode);
  });
  return execution;
}

/** Tells how the set-up ended; undefined: it was stopped. */
async function ended(exitCode: number | undefined): Promise<void> {
  if (exitCode === undefined) return;
  if (exitCode !== 0) {
    void vscode.window.showErrorMessage(vscode.l10n.t('Native TensorFlow was not set up: the terminal says why. Searches go on with WebAssembly.'));
    return;
  }
  const use = vscode.l10n.t('Use It');
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t('Native TensorFlow is ready. Use it for the next searches?'), use);
  if (answer === use) await vscode.workspace.getConfiguration(SETTINGS_SECTION).update(SETTINGS.backend.id, 'tensorflow', vscode.ConfigurationTarget.Global);
}
