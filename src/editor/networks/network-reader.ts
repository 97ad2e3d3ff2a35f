/** Reads .tflite files in a thread, and keeps the last one: the table and the import ask for the same file. */
import * as vscode from 'vscode';
import type { ImportedNetwork } from '../../formats/import-network.ts';
import { formatBytes } from '../../text/format.ts';
import type { ImportAnswer, ImportTask } from '../../formats/import-thread.ts';
import { askThread } from '../worker-thread.ts';

/** @throws Error saying what in the file cannot be read */
async function readInThread(task: ImportTask): Promise<ImportedNetwork> {
  const answer = await askThread<ImportTask, ImportAnswer>('networks', task, task.file);
  if ('network' in answer) return answer.network;
  throw new Error(`${task.file}: ${answer.problem}`);
}

export const fileName = (uri: vscode.Uri): string => uri.path.slice(uri.path.lastIndexOf('/') + 1);

/** Bytes of a network: far more than any for such chips. */
const LARGEST = 512 * 2 ** 20;

interface Known {
  readonly version: string;
  readonly network: Promise<ImportedNetwork>;
}

export class NetworkReader {
  private last: Known | undefined;

  /** @throws Error naming the operator, with index and layer, that cannot be read */
  async read(uri: vscode.Uri, target?: string): Promise<ImportedNetwork> {
    const { mtime, size, type } = await vscode.workspace.fs.stat(uri);
    // A device has no end, a FIFO waits for a writer: both are of no known type.
    if ((type & vscode.FileType.File) === 0)
      throw new Error(vscode.l10n.t('{0}: this is no regular file.', fileName(uri)));
    if (size > LARGEST)
      throw new Error(
        vscode.l10n.t(
          '{0}: the file has {1}, more than the {2} that can be read.',
          fileName(uri),
          formatBytes(size),
          formatBytes(LARGEST),
        ),
      );
    const version = `${uri.toString()} ${mtime} ${size} ${target ?? ''}`;
    if (this.last?.version === version) return this.last.network;
    const bytes = await vscode.workspace.fs.readFile(uri);
    const network = readInThread({ bytes, file: fileName(uri), ...(target !== undefined && { target }) });
    this.last = { version, network };
    return network;
  }
}
