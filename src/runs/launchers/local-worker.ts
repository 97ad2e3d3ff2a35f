/** The host's side of a forked worker: starts it on a run, hears it, stops it, and says why it died. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../base/error-text.ts';
import { deleteRun, type RunFolder } from '../folder/run-folder.ts';
import { memoryArguments } from '../worker/address-space.ts';
import { LastLines, explainDeath } from '../worker/death-explanation.ts';
import { workerMessage, type EndedMessage, type HostMessage, type WorkerMessage } from '../worker/worker-messages.ts';
import { tsxLoader } from './tsx-loader.ts';
import { BY_HAND, type Patience, type Place, type RunEnd, type RunListener, type Work } from './launcher.ts';

/** What to run as a worker. */
export interface WorkerProgram {
  readonly path: string;
  readonly execArgv?: readonly string[];
  /** Default: the executable of this process. */
  readonly execPath?: string;
  /** Beside the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

const PATIENCE: Patience = { messageMs: 20_000, terminateMs: 5_000 };
/** After the process has ended, its pipes may be held open by others. */
const DRAIN_MS = 1_000;

/** `worker.cjs` beside the bundle that this code is in, or in a checkout the source, run by tsx. */
export function defaultWorker(): WorkerProgram {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? { path: join(dirname(here), '..', 'worker', 'worker.ts'), execArgv: ['--import', tsxLoader()] }
    : { path: join(dirname(here), 'worker.cjs') };
}

/** The same program, told how many networks to train at once; 0: as many as it finds right. */
export const withParallel = (program: WorkerProgram, networks: number): WorkerProgram =>
  networks === 0 ? program : { ...program, environment: { ...program.environment, UDC_PARALLEL: String(networks) } };

/** The same program, told not to have Arm's compiler confirm its results. */
export const withoutVela = (program: WorkerProgram): WorkerProgram => ({
  ...program,
  environment: { ...program.environment, UDC_VELA: 'off' },
});

/** One worker at work on one run. */
export class LocalWorker {
  readonly folder: RunFolder;
  /** Resolves when the worker process is gone and all it said was heard. Never rejects. */
  readonly ended: Promise<RunEnd>;
  private readonly child: ChildProcess;
  private readonly lastLines = new LastLines();
  /** What was said before somebody listened. */
  private unheard: ((listener: RunListener) => void)[] = [];
  private listener: RunListener | undefined;
  private readonly isNew: boolean;
  private said: EndedMessage | undefined;
  private cancelled = false;
  private gone = false;

  constructor({ folder, isNew, place = BY_HAND }: Work, program: WorkerProgram) {
    this.folder = folder;
    this.isNew = isNew;
    this.child = fork(program.path, [], {
      serialization: 'advanced',
      silent: true,
      execArgv: [...memoryArguments(), ...(program.execArgv ?? [])],
      ...(program.execPath === undefined ? {} : { execPath: program.execPath }),
      env: { ...hostEnvironment(process.env), ...program.environment },
      // Its own process group: the whole tree can be ended at once, and Ctrl-C in a terminal reaches the host alone.
      detached: process.platform !== 'win32',
    });
    this.ended = this.supervise(place);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Tells a listener all that was said so far, and what will be. */
  listen(listener: RunListener): void {
    this.listener = listener;
    for (const tell of this.unheard.splice(0)) tell(listener);
  }

  private tell(what: (listener: RunListener) => void): void {
    if (this.listener === undefined) this.unheard.push(what);
    else what(this.listener);
  }

  private note(text: string): void {
    this.tell((listener) => listener.note?.(text));
  }

  /** Asks the worker to make a checkpoint and stop, then insists. */
  cancel(patience: Patience = PATIENCE): void {
    this.cancelled = true;
    this.send({ type: 'cancel' });
    const terminate = setTimeout(() => {
      this.child.kill('SIGTERM');
    }, patience.messageMs);
    const kill = setTimeout(() => {
      killTree(this.child);
    }, patience.messageMs + patience.terminateMs);
    void this.ended.then(() => {
      clearTimeout(terminate);
      clearTimeout(kill);
    });
  }

  private async supervise(place: Place): Promise<RunEnd> {
    const { child } = this;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of this.lastLines.push(text)) this.note(line);
      });
    }
    child.on('message', (value) => {
      this.hear(value);
    });
    this.send({ type: 'start', folder: this.folder.path, place });

    const death = await new Promise<{ code: number | null; signal: NodeJS.Signals | null; problem?: string }>(
      (resolve) => {
        child.on('error', (error) => {
          // A failed fork has no exit; a failed message to a living child does, later.
          if (child.pid === undefined) resolve({ code: null, signal: null, problem: error.message });
          else this.note(error.message);
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
    let message: ReturnType<typeof workerMessage>;
    try {
      message = workerMessage(value);
    } catch (error) {
      this.note(`the worker sent something that is no message: ${messageOf(error)}`);
      return;
    }
    if (message.type === 'ended') this.said = message;
    else this.tell((listener) => pass(message, listener));
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
        this.note(String(error));
      });
    }
    return { state, code, failure };
  }

  private remove(): Promise<boolean> {
    return deleteRun(this.folder).then(
      () => true,
      (error: unknown) => {
        this.note(String(error));
        return false;
      },
    );
  }

  /** Ends the worker at once, without a checkpoint: for a host that is itself about to end. */
  kill(): void {
    if (!this.gone) killTree(this.child);
  }
}

function pass(message: Exclude<WorkerMessage, EndedMessage>, listener: RunListener): void {
  switch (message.type) {
    case 'waiting':
      listener.queued?.(message.text);
      break;
    case 'begun':
      listener.begun?.(message.cores);
      break;
    case 'rewound':
      listener.rewound?.(message.seq, message.fresh);
      break;
    case 'event':
      listener.event?.(message.event);
      break;
    case 'progress':
      listener.progress?.(message);
      break;
    case 'note':
      listener.note?.(message.text);
      break;
  }
}

/** Settings of the host that would reach into the worker. */
const HOST_ONLY = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS', 'NODE_CHANNEL_FD'];

/**
 * The environment of a process that an editor starts. Native thread pools that spin while they wait would starve it,
 * and be starved by it.
 */
export function hostEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
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
