/** Which definition a run belongs to. */
import * as vscode from 'vscode';
import type { RunHeader } from '../../wire/run.ts';

/** Whether the document is the definition that was searched. Drive letters are written in both cases. */
export function isDefinitionOf({ definitionPath }: RunHeader, { uri }: vscode.TextDocument): boolean {
  return uri.scheme === 'file' && vscode.Uri.file(definitionPath).fsPath === uri.fsPath;
}
