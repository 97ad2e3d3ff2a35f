/** Writing files, and folders of files, whole or not at all. */
import * as vscode from 'vscode';
import { writeOutput } from '../../runs/files/output-file.ts';
import { writeTogether, type FileAccess } from '../../runs/files/write-together.ts';
import { say } from '../say.ts';
import { exists } from './definitions.ts';

/**
 * A write that is cut short leaves the old file, where the file system can rename; a link stays one.
 * @throws Error saying what the disk refused
 */
export async function writeWhole(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  if (uri.scheme === 'file') await writeOutput(uri.fsPath, bytes);
  else await vscode.workspace.fs.writeFile(uri, bytes);
}

/** A folder of that name, or with a number behind it where that is there. */
export async function freeFolder(parent: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const folder = vscode.Uri.joinPath(parent, number === 1 ? name : `${name}-${number}`);
    if (!(await exists(folder))) return folder;
  }
}

/** Asks where a new folder goes; undefined: the user has thought better of it. */
export async function askParent(title: string): Promise<vscode.Uri | undefined> {
  const [parent] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title,
      openLabel: vscode.l10n.t('Export Here'),
    })) ?? [];
  return parent;
}

/** Writes files into a folder, by their names: all or none. @throws Error saying what the disk refused */
export async function writeInto(folder: vscode.Uri, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await vscode.workspace.fs.createDirectory(folder);
  await writeTogether(
    Object.entries(files).map(([name, data]) => ({ file: vscode.Uri.joinPath(folder, name), data })),
    EDITOR_FILES,
  );
}

/** Says where files went, and opens one of them where that is asked for. */
export async function offerFolder(folder: vscode.Uri, first: string): Promise<void> {
  const open = vscode.l10n.t('Open {0}', first);
  const done = vscode.l10n.t('Exported to {0}.', vscode.workspace.asRelativePath(folder));
  if ((await say.information(done, open)) === open)
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(folder, first));
}

/** Files of the editor, on whatever file system. */
export const EDITOR_FILES: FileAccess<vscode.Uri> = {
  read: async (uri) => ((await exists(uri)) ? vscode.workspace.fs.readFile(uri) : undefined),
  write: writeWhole,
  remove: async (uri) => vscode.workspace.fs.delete(uri),
};
