/** Writing files whole or not at all. */
import * as vscode from 'vscode';
import { writeOutput } from '../../runs/files/output-file.ts';
import type { FileAccess } from '../../runs/files/write-together.ts';
import { exists } from './definitions.ts';

/**
 * A write that is cut short leaves the old file, where the file system can rename; a link stays one.
 * @throws Error saying what the disk refused
 */
export async function writeWhole(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  if (uri.scheme === 'file') await writeOutput(uri.fsPath, bytes);
  else await vscode.workspace.fs.writeFile(uri, bytes);
}

/** Files of the editor, on whatever file system. */
export const EDITOR_FILES: FileAccess<vscode.Uri> = {
  read: async (uri) => ((await exists(uri)) ? vscode.workspace.fs.readFile(uri) : undefined),
  write: writeWhole,
  remove: async (uri) => vscode.workspace.fs.delete(uri),
};
