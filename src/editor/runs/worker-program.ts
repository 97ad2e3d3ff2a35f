/** On which Node.js a search's worker runs. */
import { spawnSync } from 'node:child_process';
import type { WorkerProgram } from '../../runs/launchers/local-worker.ts';
import type { RunHeader } from '../../wire/run.ts';

/** What the choice depends on, of this process and its settings. */
export interface Surroundings {
  /** Setting `udc.nodePath`; empty: none. */
  readonly nodePath: string;
  /**
   * Is the Node of this process Electron's, as in VS Code on a desktop? It maps no memory of a GPU
   * (docs/performance.md).
   */
  readonly electron: boolean;
  /** Does a program answer as Node.js? */
  readonly answers: (program: string) => boolean;
}

/** Of all that can run a search. */
const OLDEST = 20;

export function isNode(program: string): boolean {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5_000, windowsHide: true });
  return status === 0 && Number(/^v(\d+)\./.exec(stdout)?.[1]) >= OLDEST;
}

/**
 * The Node that a setting names; else VS Code's own, except for a GPU on the desktop, where it is the machine's `node`
 * if there is one.
 * @throws Error where what the setting names is no Node.js that can run a search
 */
export function programFor(
  worker: WorkerProgram,
  backend: RunHeader['backend'],
  { nodePath, electron, answers }: Surroundings,
): WorkerProgram {
  if (nodePath !== '') {
    if (!answers(nodePath))
      throw new Error(
        `The setting udc.nodePath names ${nodePath}, which does not answer as Node.js ${OLDEST} or later: correct it, or leave it empty for the Node.js inside VS Code.`,
      );
    return { ...worker, execPath: nodePath };
  }
  return backend === 'webgpu' && electron && answers('node') ? { ...worker, execPath: 'node' } : worker;
}
