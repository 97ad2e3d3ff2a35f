/** The text of a definition before an edit beside the text after it. Saving in between does not matter. */
import * as vscode from 'vscode';
import { columnBesidePanel } from '../beside-panel.ts';
import { TEXT_SCHEMES } from '../contributions.ts';

/** Serves the one text that was shown last. */
class TextBefore implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private text = '';

  provideTextDocumentContent(): string {
    return this.text;
  }

  take(uri: vscode.Uri, text: string): void {
    this.text = text;
    this.changed.fire(uri);
  }
}

const before = new TextBefore();

export function registerTextBefore(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(TEXT_SCHEMES.before, before);
}

export async function showChanges(document: vscode.TextDocument, text: string): Promise<void> {
  const uri = document.uri.with({ scheme: TEXT_SCHEMES.before });
  before.take(uri, text);
  await vscode.commands.executeCommand(
    'vscode.diff',
    uri,
    document.uri,
    vscode.l10n.t('{0}: before and after', vscode.workspace.asRelativePath(document.uri)),
    { viewColumn: columnBesidePanel(document) },
  );
}
