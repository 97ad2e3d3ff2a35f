/** Works a sweep off: some runs at a time, through a launcher, until nothing is missing or somebody stops it. */
import { totalmem } from 'node:os';
import { messageOf } from '../../base/error-text.ts';
import { coresForSearches } from '../../devices/threads.ts';
import type { CellState, SweepCell, SweepFile } from '../../wire/sweep-plan.ts';
import { RunLock } from '../folder/run-lock.ts';
import { RunError } from '../folder/run-error.ts';
import type { RunRequest } from '../folder/run-folder.ts';
import type { Place, RunEnd } from '../launchers/launcher.ts';
import type { RunHandle } from '../supervisor.ts';
import { requestOf, type CellRun, type SweepFolder } from './sweep-folder.ts';

/** A run to be begun, in the sweep's folder, or one to be gone on with. */
export type CellWork = { readonly runsFolder: string; readonly request: RunRequest } | { readonly path: string };

/** How the runs of a sweep are begun, and who is told of them. */
export interface SweepHost {
  /** Begins a run or goes on with it. Rejects where that cannot be; the sweep goes on with the others. */
  begin(work: CellWork, cell: SweepCell, place: Place): Promise<RunHandle>;
  /** A cell stands otherwise: it was begun (`running`), it has ended, or it could not begin (`failed`). */
  changed?(cell: SweepCell, state: CellState, handle?: RunHandle, end?: RunEnd | string): void;
}

export interface SweepOptions {
  /** Runs at a time. */
  readonly parallel: number;
  /** Cores of each; absent: nothing is said of them. */
  readonly cores?: number;
}

/** How a sweep stands when nobody works on it any more. */
export interface SweepEnd {
  readonly cells: readonly CellRun[];
  /** It was stopped, and can be gone on with. */
  readonly stopped: boolean;
}

/** Cores of each of so many runs side by side. */
export const coresEach = (cores: number, parallel: number): number => Math.max(1, Math.floor(cores / parallel));

/** Bytes that a search may need at most, as a rule. */
const ROOM = 2 ** 30;

/** How many runs are worked on side by side, where nobody says: one a core, as far as the memory goes. */
export const usualParallel = (cores: number, memory: number, cells: number): number =>
  Math.max(1, Math.min(cores, cells, Math.floor(memory / ROOM)));

/** So many runs of a sweep this machine works on side by side, where nobody says. */
export const parallelHere = (cells: number): number =>
  usualParallel(coresForSearches(), process.constrainedMemory?.() || totalmem(), cells);

/** Cores of each of so many runs side by side on this machine. */
export const coresHere = (parallel: number): number => coresEach(coresForSearches(), parallel);

/** What is to be done of a cell: nothing for what is done, left out, or in the hands of another program. */
const isMissing = ({ state }: CellRun): boolean =>
  state === 'missing' || state === 'interrupted' || state === 'cancelled' || state === 'failed';

/** The cells of a sweep that are not done and that nobody works on. */
export const missingCells = (cells: readonly CellRun[]): readonly CellRun[] => cells.filter(isMissing);

export class SweepDrive {
  /** Resolves when nobody works on the sweep any more. Rejects where its folder cannot be used. */
  readonly ended: Promise<SweepEnd>;
  private readonly live = new Map<number, RunHandle>();
  private readonly unwanted = new Set<number>();
  private stopping = false;

  private constructor(
    private readonly folder: SweepFolder,
    private readonly file: SweepFile,
    private readonly options: SweepOptions,
    private readonly host: SweepHost,
    lock: RunLock,
  ) {
    this.ended = this.work().finally(() => lock.release());
  }

  /** Begins with what is missing. @throws RunError where another process drives the sweep, or its file is damaged */
  static async start(folder: SweepFolder, options: SweepOptions, host: SweepHost): Promise<SweepDrive> {
    const file = await folder.read();
    const lock = await RunLock.acquire(folder.lock).catch((error: unknown) => {
      if (!(error instanceof RunError) || error.code !== 'locked') throw error;
      throw new RunError(
        'locked',
        folder.path,
        `another program works on this sweep (${error.problem.replace(/^this run is /, '').replace(/\.$/, '')}).`,
        error.next,
      );
    });
    return new SweepDrive(folder, file, options, host, lock);
  }

  /** Stops all runs after a checkpoint, and begins no more. */
  cancel(): void {
    this.stopping = true;
    for (const handle of this.live.values()) void handle.cancel().catch(() => undefined);
  }

  /** Stops the run of one cell, or leaves it out if it has not begun; the others go on. */
  cancelCell(index: number): void {
    this.unwanted.add(index);
    void this.live
      .get(index)
      ?.cancel()
      .catch(() => undefined);
  }

  /** Ends all runs at once, without checkpoints: for a program that is itself about to end. */
  kill(): void {
    this.stopping = true;
    for (const handle of this.live.values()) handle.kill();
  }

  private async work(): Promise<SweepEnd> {
    const queue = [...missingCells(await this.folder.cells(this.file))];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !this.stopping; next = queue.shift())
        if (!this.unwanted.has(next.cell.index)) await this.carryOut(next);
    };
    await Promise.all(Array.from({ length: Math.max(1, this.options.parallel) }, lane));
    return { cells: await this.folder.cells(this.file), stopped: this.stopping };
  }

  private async carryOut({ cell, run }: CellRun): Promise<void> {
    const { host, options, folder } = this;
    const work: CellWork = run
      ? { path: run.folder.path }
      : { runsFolder: folder.path, request: requestOf(this.file, cell) };
    let handle: RunHandle;
    try {
      handle = await host.begin(work, cell, { lane: 'sweep', ...(options.cores && { cores: options.cores }) });
    } catch (error) {
      host.changed?.(cell, 'failed', undefined, messageOf(error));
      return;
    }
    this.live.set(cell.index, handle);
    host.changed?.(cell, 'running', handle);
    // Asked to stop while it was being begun.
    if (this.stopping || this.unwanted.has(cell.index)) void handle.cancel().catch(() => undefined);
    const end = await handle.ended;
    this.live.delete(cell.index);
    host.changed?.(cell, end.state, handle, end);
  }
}
