/**
 * A thread of the editor that combines finished runs: asking networks about data takes longer than the extension host
 * has time for. Its program is that of the worker, which knows data and networks already.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { combineFolders, type CombineTask } from './combine-folders.ts';

/** Is this such a thread? */
export const isCombineThread = (): boolean =>
  parentPort !== null && Array.isArray((workerData as Partial<CombineTask> | null)?.combine);

if (isCombineThread())
  void combineFolders(workerData as CombineTask).then((answer) => {
    parentPort?.postMessage(answer);
  });
