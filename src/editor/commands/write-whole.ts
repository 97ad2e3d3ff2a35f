/** Writing a file whole or not at all. */
import * as vscode from 'vscode';
import { writeOutput } from '../../runs/files/output-file.ts';

/**
 * A write that is cut short leaves the old file, where the file system can rename; a link stays one.
 * @throws Error saying what the disk refused
 */
export async function writeWhole(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  if (uri.scheme === 'file') await writeOutput(uri.fsPath, bytes);
  else await vscode.workspace.fs.writeFile(uri, bytes);
}
