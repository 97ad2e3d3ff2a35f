/** What a document may have read for it: everything once the workspace is trusted, before that what lies in it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Readable } from '../runs/load-initial.ts';

export function readable(document: vscode.TextDocument): Readable {
  if (vscode.workspace.isTrusted) return undefined;
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  return vscode.workspace.getWorkspaceFolder(document.uri) ? folders : [dirname(document.uri.fsPath)];
}
