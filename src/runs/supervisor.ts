/** The host's side: starts a worker for a run, hears it, stops it, and says why it died. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunFailure } from '../wire/panel-messages.ts';
import type { Progress, RunEvent } from '../wire/run.ts';
import { memoryArguments } from './worker/address-space.ts';
import { deleteRun, RunFolder, type RunRequest } from './folder/run-folder.ts';
import { workerMessage, type EndedMessage, type HostMessage } from './worker/worker-messages.ts';
import { LastLines, explainDeath } from './worker/death-explanation.ts';

/** What to run as a worker. */
export interface WorkerProgram {
  readonly path: string;
  readonly execArgv?: readonly string[];
  /** Default: the executable of this process. */
  readonly execPath?: string;
}

/** Called as things happen, in order. All optional. */
export interface RunListener {
  /** The log now holds `seq` events; drop what was known beyond. */
  rewound?(seq: number, fresh: boolean): void;
  event?(event: RunEvent): void;
  progress?(progress: Progress): void;
  /** A line for the log channel: the worker's notes, stderr and stdout. */
  note?(text: string): void;
}

/** How a worker's work ended. `failure` says why, unless the run is done. */
export interface RunEnd {
  readonly state: EndedMessage['state'];
  readonly code: string;
  readonly failure?: RunFailure;
  /** The search never began, and the folder that was made for it is gone again: there is nothing to go on with. */
  readonly refused?: boolean;
}

/** How long each way of stopping a worker may take before the next, rougher one. */
export interface Patience {
  readonly messageMs: number;
  readonly terminateMs: number;
}
const PATIENCE: Patience = { messageMs: 20_000, terminateMs: 5_000 };
/** After the process has ended, its pipes may be held open by others. */
const DRAIN_MS = 1_000;

/** `worker.cjs` beside the bundle that this code is in, or in a checkout the source, run by tsx. */
export function defaultWorker(): WorkerProgram {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? { path: join(dirname(here), 'worker.ts'), execArgv: ['--import', 'tsx'] }
    : { path: join(dirname(here), 'worker.cjs') };
}

/** Makes a run folder and starts a worker on it. @throws RunError where the folder cannot be written */
export async function startRun(
  runsFolder: string,
  request: RunRequest,
  listener: RunListener,
  program: WorkerProgram = defaultWorker(),
): Promise<RunHandle> {
  return beginRun(await RunFolder.create(runsFolder, request), listener, program);
}

/** Starts a worker on a run folder that was made just now. What cannot begin leaves no folder behind. */
export function beginRun(
  folder: RunFolder,
  listener: RunListener,
  program: WorkerProgram = defaultWorker(),
): RunHandle {
  return new RunHandle(folder, listener, program, true);
}

/**
 * Starts a worker on an existing run; it goes on from the checkpoint.
 * @throws RunError where this is no run folder of this format
 */
export async function resumeRun(
  path: string,
  listener: RunListener,
  program: WorkerProgram = defaultWorker(),
): Promise<RunHandle> {
  const folder = new RunFolder(path);
  await folder.readHeader();
  return new RunHandle(folder, listener, program, false);
}

/** One worker at work on one run. */
export class RunHandle {
  readonly id: string;
  /** Resolves when the worker process is gone and all it said was heard. Never rejects. */
  readonly ended: Promise<RunEnd>;
  private readonly child: ChildProcess;
  private readonly lastLines = new LastLines();
  private said: EndedMessage | undefined;
  private cancelled = false;
  private gone = false;

  constructor(
    readonly folder: RunFolder,
    private readonly listener: RunListener,
    program: WorkerProgram,
    private readonly isNew: boolean,
  ) {
    this.id = folder.id;
    this.child = fork(program.path, [], {
      serialization: 'advanced',
      silent: true,
      execArgv: [...memoryArguments(), ...(program.execArgv ?? [])],
      ...(program.execPath === undefined ? {} : { execPath: program.execPath }),
      env: workerEnvironment(process.env),
      // Its own process group: the whole tree can be ended at once, and Ctrl-C in a terminal reaches the host alone.
      detached: process.platform !== 'win32',
    });
    this.ended = this.supervise();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks the worker to make a checkpoint and stop, then insists. Resolves when it is gone. */
  async cancel(patience: Patience = PATIENCE): Promise<RunEnd> {
    this.cancelled = true;
    this.send({ type: 'cancel' });
    const terminate = setTimeout(() => {
      this.child.kill('SIGTERM');
    }, patience.messageMs);
    const kill = setTimeout(() => {
      killTree(this.child);
    }, patience.messageMs + patience.terminateMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(terminate);
      clearTimeout(kill);
    }
  }

  private async supervise(): Promise<RunEnd> {
    const { child } = this;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of this.lastLines.push(text)) this.listener.note?.(line);
      });
    }
    child.on('message', (value) => {
      this.hear(value);
    });
    this.send({ type: 'start', folder: this.folder.path });

    const death = await new Promise<{ code: number | null; signal: NodeJS.Signals | null; problem?: string }>(
      (resolve) => {
        child.on('error', (error) => {
          // A failed fork has no exit; a failed message to a living child does, later.
          if (child.pid === undefined) resolve({ code: null, signal: null, problem: error.message });
          else this.listener.note?.(error.message);
        });
        child.on('close', (code, signal) => {
          resolve({ code, signal });
        });
        child.on('exit', (code, signal) => {
          setTimeout(() => {
            resolve({ code, signal });
          }, DRAIN_MS).unref();
        });
      },
    );
    this.gone = true;
    return this.conclude(death);
  }

  private hear(value: unknown): void {
    let message;
    try {
      message = workerMessage(value);
    } catch (error) {
      this.listener.note?.(
        `the worker sent something that is no message: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    switch (message.type) {
      case 'rewound':
        this.listener.rewound?.(message.seq, message.fresh);
        break;
      case 'event':
        this.listener.event?.(message.event);
        break;
      case 'progress':
        this.listener.progress?.(message);
        break;
      case 'note':
        this.listener.note?.(message.text);
        break;
      case 'ended':
        this.said = message;
        break;
    }
  }

  private send(message: HostMessage): void {
    // A worker that is gone already is reported by its exit.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private async conclude(death: {
    code: number | null;
    signal: NodeJS.Signals | null;
    problem?: string;
  }): Promise<RunEnd> {
    if (this.said !== undefined) {
      const { state, code, failure, refused } = this.said;
      const gone = this.isNew && refused === true && (await this.remove());
      return { state, code, ...(failure === undefined ? {} : { failure }), ...(gone && { refused: true }) };
    }
    const log = this.lastLines.lines;
    const state = this.cancelled ? 'cancelled' : 'interrupted';
    const { code, what, why, next } =
      death.problem !== undefined
        ? {
            code: 'no-worker',
            what: 'The search process could not be started.',
            why: death.problem,
            next: 'Build or reinstall UDC.',
          }
        : this.cancelled
          ? {
              code: 'cancelled',
              what: 'The search was stopped.',
              why: 'It did not stop by itself in time and was ended.',
              next: 'Resume goes on from the last checkpoint.',
            }
          : explainDeath({ ...death, log });
    const failure = { what, why, next, log: [...log] };
    // What the worker could not write, the host does, unless the folder is in the hands of another worker.
    if (!(await this.folder.isLocked())) {
      await this.folder.writeEnding({ state, code, failure }).catch((error: unknown) => {
        this.listener.note?.(String(error));
      });
    }
    return { state, code, failure };
  }

  private remove(): Promise<boolean> {
    return deleteRun(this.folder).then(
      () => true,
      (error: unknown) => {
        this.listener.note?.(String(error));
        return false;
      },
    );
  }

  /** Ends the worker at once, without a checkpoint: for a host that is itself about to end. */
  kill(): void {
    if (!this.gone) killTree(this.child);
  }
}

/** Settings of the host that would reach into the worker. */
const HOST_ONLY = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS', 'NODE_CHANNEL_FD'];

/** Native thread pools that spin while they wait would starve an editor, and be starved by it. */
function workerEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(host).filter(([name]) => !HOST_ONLY.includes(name)));
  return { ...kept, ELECTRON_RUN_AS_NODE: '1', OMP_WAIT_POLICY: 'PASSIVE', GOMP_SPINCOUNT: '0' };
}

/** Kills the worker and everything that it started. */
function killTree(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => {
      child.kill('SIGKILL');
    });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
