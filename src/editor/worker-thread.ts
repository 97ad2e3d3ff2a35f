/**
 * Work that the extension host has no time for, in a thread: a program beside this one, started with a task, that sends
 * one answer.
 */
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';

/** The programs, by the name of their bundle, with their source relative to this file. */
const SOURCES = {
  networks: '../formats/import-thread.ts',
  data: '../runs/data-thread.ts',
  worker: '../runs/worker/worker.ts',
} as const;

/** Bundled, or as source. */
function programOf(name: keyof typeof SOURCES): { readonly path: string; readonly execArgv: string[] } {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? { path: join(dirname(here), SOURCES[name]), execArgv: ['--import', 'tsx'] }
    : { path: join(dirname(here), `${name}.cjs`), execArgv: [] };
}

/**
 * Starts a thread and resolves to its answer.
 * @param about what the thread reads, for messages
 * @throws what the thread does not catch, and where it ends without an answer
 */
export function askThread<Task, Answer>(name: keyof typeof SOURCES, task: Task, about: string): Promise<Answer> {
  const { path, execArgv } = programOf(name);
  return new Promise((resolve, reject) => {
    const thread = new Worker(path, { workerData: task, execArgv });
    thread.once('message', (answer: Answer) => {
      resolve(answer);
    });
    thread.once('error', reject);
    // After an answer this changes nothing.
    thread.once('exit', (code) => {
      reject(new Error(vscode.l10n.t('The thread that read {0} ended with code {1} and no answer.', about, code)));
    });
  });
}
