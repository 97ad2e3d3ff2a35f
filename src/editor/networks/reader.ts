/** Reads .tflite files in a thread, and keeps the last one: the table and the import ask for the same file. */
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { ImportedNetwork } from '../../export/import.ts';
import { formatBytes } from '../../shared/format.ts';
import type { ImportAnswer, ImportTask } from '../../export/import-thread.ts';

interface Program { readonly path: string; readonly execArgv: string[] }

/** The thread's program beside this one: bundled, or as source. */
function threadProgram(): Program {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts' ? { path: join(dirname(here), '../../export/import-thread.ts'), execArgv: ['--import', 'tsx'] } : { path: join(dirname(here), 'import.cjs'), execArgv: [] };
}

/** @throws Error saying what in the file cannot be read */
function readInThread(task: ImportTask): Promise<ImportedNetwork> {
  const { path, execArgv } = threadProgram();
  return new Promise((resolve, reject) => {
    const thread = new Worker(path, { workerData: task, execArgv });
    thread.once('message', (answer: ImportAnswer) => {
      if ('network' in answer) resolve(answer.network);
      else reject(new Error(`${task.file}: ${answer.problem}`));
    });
    thread.once('error', reject);
    // After an answer this changes nothing.
    thread.once('exit', (code) => { reject(new Error(vscode.l10n.t('The thread that read {0} ended with code {1} and no answer.', task.file, code))); });
  });
}

export const fileName = (uri: vscode.Uri): string => uri.path.slice(uri.path.lastIndexOf('/') + 1);

/** Bytes of a network: far more than any for such chips. */
const LARGEST = 512 * 2 ** 20;

interface Known { readonly version: string; readonly network: Promise<ImportedNetwork> }

export class NetworkReader {
  private last: Known | undefined;

  /** @throws Error naming the operator, with index and layer, that cannot be read */
  async read(uri: vscode.Uri, target?: string): Promise<ImportedNetwork> {
    const { mtime, size, type } = await vscode.workspace.fs.stat(uri);
    // A device has no end, a FIFO waits for a writer: both are of no known type.
    if ((type & vscode.FileType.File) === 0) throw new Error(vscode.l10n.t('{0}: this is no regular file.', fileName(uri)));
    if (size > LARGEST) throw new Error(vscode.l10n.t('{0}: the file has {1}, more than the {2} that can be read.', fileName(uri), formatBytes(size), formatBytes(LARGEST)));
    const version = `${uri.toString()} ${mtime} ${size} ${target ?? ''}`;
    if (this.last?.version === version) return this.last.network;
    const bytes = await vscode.workspace.fs.readFile(uri);
    const network = readInThread({ bytes, file: fileName(uri), ...(target !== undefined && { target }) });
    this.last = { version, network };
    return network;
  }
}
