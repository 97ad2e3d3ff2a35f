/** A process reads paths that the workspace names and writes beside them, so it waits for the user's trust. */
import * as vscode from 'vscode';
import { say } from '../say.ts';

/** Whether a process may be started here; where not, says why and offers the way to change it. */
export async function mayRunWorker(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await say.warning(
    vscode.l10n.t(
      'Searching and measuring start a process, which needs a trusted workspace. Sizes, hovers and results work without.',
    ),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}
