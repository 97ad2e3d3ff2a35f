/** Between the model's text ranges (UTF-16 offsets) and the editor's positions. */
import * as vscode from 'vscode';
import type { TextEdit } from '../../language/edit-plan.ts';
import type { TextRange } from '../../network/types.ts';

export function toRange(document: vscode.TextDocument, { start, end }: TextRange): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** The model's edits as one workspace edit of the document. */
export function toWorkspaceEdit(document: vscode.TextDocument, edits: readonly TextEdit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    document.uri,
    edits.map(({ range, text }) => vscode.TextEdit.replace(toRange(document, range), text)),
  );
  return edit;
}
