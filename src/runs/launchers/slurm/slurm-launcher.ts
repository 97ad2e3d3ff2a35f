/** Runs as tasks of arrays of Slurm. The run folders lie on a disk that this machine and the nodes share. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../base/error-text.ts';
import type { RunState } from '../../../wire/run.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { readJob, writeJob } from '../../folder/job-file.ts';
import { asRunError } from '../../folder/run-error.ts';
import { RunFolder, deleteRun, slugOf, stampOf } from '../../folder/run-folder.ts';
import type { ClusterSettings } from '../cluster-settings.ts';
import type { Job, Launcher, RunEnd, RunListener, Work } from '../launcher.ts';
import { udcCommand } from '../task-program.ts';
import { Slurm, SlurmError } from './slurm-commands.ts';
import { arrayOf, type SlurmTask } from './slurm-queue.ts';
import { REQUEUES, arraysFor, slurmScript } from './slurm-script.ts';
import { TaskHearing } from './task-hearing.ts';
import { leaveWord, stateOf, type Word } from './task-word.ts';
import { FORGOTTEN } from './task-states.ts';
import { TaskWatch } from './task-watch.ts';

export interface SlurmOptions {
  readonly settings?: ClusterSettings;
  readonly slurm?: Slurm;
  /** Between two looks at jobs that are collected. */
  readonly pollMs?: number;
  /** Tasks of an array that work at once; absent: as many as the cluster has room for. */
  readonly atOnce?: number | undefined;
  /** Aborted: nobody waits for what is collected any more. The jobs go on. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 5_000;

export class SlurmLauncher implements Launcher {
  readonly name = 'slurm';
  private readonly slurm: Slurm;
  private readonly settings: ClusterSettings;
  private readonly pollMs: number;
  private readonly watch: TaskWatch;
  /** Of jobs that this launcher heard to their end: folders of what could not begin are gone by then. */
  private readonly ends = new Map<string, RunEnd>();
  private readonly fresh = new Set<string>();
  /** Jobs that somebody stopped: they are not begun again. */
  private readonly unwanted = new Map<string, RunState & ('cancelled' | 'interrupted')>();

  constructor(private readonly options: SlurmOptions = {}) {
    this.slurm = options.slurm ?? new Slurm();
    this.settings = options.settings ?? {};
    this.pollMs = options.pollMs ?? POLL_MS;
    this.watch = new TaskWatch(this.slurm, this.pollMs);
  }

  /** The script of an array over the runs of a folder, as `submit` would write it beside `list`. */
  script(name: string, runs: string, list: string): string {
    const { settings } = this;
    return slurmScript({ name: slugOf(name), runs, list, udc: udcCommand(settings), settings });
  }

  /**
   * One array for all runs of a folder, cut where the cluster takes no larger ones.
   * @throws SlurmError, RunError; the message says how many were submitted before
   */
  async submit(works: readonly Work[]): Promise<readonly Job[]> {
    const jobs = new Map<RunFolder, Job>();
    const parents = new Set(works.map(({ folder }) => dirname(folder.path)));
    for (const parent of parents) {
      const folders = works.map(({ folder }) => folder).filter(({ path }) => dirname(path) === parent);
      try {
        for (const [folder, job] of await this.submitOf(parent, folders)) jobs.set(folder, job);
      } catch (error) {
        if (!(error instanceof SlurmError) || jobs.size === 0) throw error;
        throw new SlurmError(`${error.message} (${jobs.size} of ${works.length} were submitted before)`);
      }
    }
    for (const { folder, isNew } of works) if (isNew) this.fresh.add(folder.path);
    return works.map(({ folder }) => jobs.get(folder)!);
  }

  private async submitOf(runs: string, folders: readonly RunFolder[]): Promise<ReadonlyMap<RunFolder, Job>> {
    const largest = this.settings.arraySize ?? (await this.slurm.largestArray());
    const { file, place } = await this.prepare(runs, folders);
    const jobs = new Map<RunFolder, Job>();
    for (const { first, count, range } of arraysFor(folders.length, largest, this.options.atOnce)) {
      let array: string;
      try {
        array = await this.slurm.submit([`--array=${range}`, `--chdir=${place}`, file, String(first)]);
      } catch (error) {
        if (!(error instanceof SlurmError) || first === 0) throw error;
        throw new SlurmError(`${error.message} (${first} of ${folders.length} were submitted before)`);
      }
      for (const [task, folder] of folders.slice(first, first + count).entries()) {
        const job = { launcher: this.name, folder: folder.path, id: `${array}_${task}` };
        jobs.set(folder, job);
        await writeJob(job);
      }
    }
    return jobs;
  }

  /** Writes script and list into a folder that no list of runs shows. */
  private async prepare(
    runs: string,
    folders: readonly RunFolder[],
  ): Promise<{ readonly file: string; readonly place: string }> {
    const place = join(runs, '.slurm', `${stampOf(new Date())}-${randomBytes(2).toString('hex')}`);
    const [file, list] = [join(place, 'task.sh'), join(place, 'runs.txt')];
    const names = folders.map(({ path }) => basename(path));
    const odd = names.find((name) => /[\r\n]/.test(name));
    if (odd !== undefined)
      throw new SlurmError(`${JSON.stringify(odd)}: the name of a run folder needs to be one line`);
    const text = this.script(basename(runs), runs, list);
    try {
      await makeFolder(place);
      await writeFile(list, names.map((name) => `${name}\n`).join(''));
      await writeFile(file, text, { mode: 0o755 });
    } catch (error) {
      throw asRunError(error, place);
    }
    return { file, place };
  }

  /** @throws SlurmError where Slurm cannot be asked */
  async states(jobs: readonly Job[]): Promise<readonly RunState[]> {
    const tasks = await this.slurm.tasks(jobs.map(({ id }) => arrayOf(id)));
    return Promise.all(jobs.map(async (job) => this.ends.get(job.id)?.state ?? stateOf(job, tasks.get(job.id))));
  }

  /** What Slurm knows of jobs, in their order. @throws SlurmError */
  async tasks(jobs: readonly Job[]): Promise<readonly (SlurmTask | undefined)[]> {
    const tasks = await this.slurm.tasks(jobs.map(({ id }) => arrayOf(id)));
    return jobs.map(({ id }) => tasks.get(id));
  }

  cancel(job: Job): Promise<void> {
    return this.cancelAll([job]);
  }

  /** Stops several at once. One that has not begun leaves word in its folder at once. @throws SlurmError */
  async cancelAll(jobs: readonly Job[]): Promise<void> {
    const live = jobs.filter(({ id }) => !this.ends.has(id));
    if (live.length === 0) return;
    for (const { id } of live) this.unwanted.set(id, 'cancelled');
    await this.slurm.cancel(live.map(({ id }) => id));
    const told = await this.tasks(live);
    await Promise.all(
      live.map(async (job, at) => {
        const phase = told[at]?.phase;
        if (phase === undefined || typeof phase === 'object') await leaveWord(job, phase ?? FORGOTTEN, 'cancelled');
      }),
    );
  }

  /**
   * What Slurm knows of jobs, in their order; of those that have ended it leaves word in their folders, where nothing
   * else tells it. @throws SlurmError
   */
  async settle(jobs: readonly Job[]): Promise<readonly (SlurmTask | undefined)[]> {
    const tasks = await this.tasks(jobs);
    await Promise.all(
      jobs.map(async (job, at) => {
        const phase = tasks[at]?.phase ?? FORGOTTEN;
        // Begun by hand meanwhile, or held by a task that died a moment ago: then there is time.
        if (typeof phase === 'string' || (await new RunFolder(job.folder).isLocked())) return;
        await leaveWord(job, phase);
      }),
    );
    return tasks;
  }

  kill(job: Job): void {
    this.unwanted.set(job.id, 'interrupted');
    this.slurm.cancel([job.id], 'KILL').catch(() => undefined);
  }

  async collect(job: Job, listener: RunListener): Promise<RunEnd> {
    const hearing = new TaskHearing(new RunFolder(job.folder), listener);
    const end = await this.untilEnd(job, hearing, listener);
    await hearing.hear();
    // What Slurm says of a task is never the run's own refusal.
    const { own, ...said } = end;
    const refused = own && said.state === 'failed' && said.code !== 'internal' && hearing.neverBegan;
    const gone = refused && this.fresh.has(job.folder) && (await removed(job.folder));
    const told: RunEnd = { ...said, ...(gone && { refused: true }) };
    this.ends.set(job.id, told);
    return told;
  }

  private async untilEnd(job: Job, hearing: TaskHearing, listener: RunListener): Promise<Word> {
    let last = '';
    const once = (text: string, how: 'note' | 'queued'): void => {
      if (text !== last) listener[how]?.(text);
      last = text;
    };
    const { signal } = this.options;
    for (
      let requeued = 0;
      ;
      await sleep(this.pollMs, undefined, { ...(signal && { signal }) }).catch(() => undefined)
    ) {
      if (signal?.aborted) return LEFT;
      await hearing.hear();
      let task: SlurmTask | undefined;
      try {
        task = await this.watch.task(job);
      } catch (error) {
        once(messageOf(error), 'note');
        continue;
      }
      const phase = task?.phase ?? FORGOTTEN;
      if (phase === 'waiting') once(`waits in Slurm${task?.reason ? ` (${task.reason})` : ''}`, 'queued');
      if (typeof phase === 'string') continue;
      const unwanted = this.unwanted.get(job.id);
      if (phase.again && unwanted === undefined && requeued < (this.settings.requeues ?? REQUEUES)) {
        const told = await new RunFolder(job.folder).readState();
        if (told !== 'done' && told !== 'failed') {
          requeued += 1;
          const begun = await this.slurm.requeue(job.id).then(
            () => true,
            (error: unknown) => {
              once(messageOf(error), 'note');
              return false;
            },
          );
          if (begun) {
            this.watch.forget();
            continue;
          }
        }
      }
      return leaveWord(job, phase, unwanted);
    }
  }
}

/** Of a job that nobody waits for any more. */
const LEFT: Word = { state: 'interrupted', code: 'host-gone', own: false };

async function removed(path: string): Promise<boolean> {
  return deleteRun(new RunFolder(path)).then(
    () => true,
    () => false,
  );
}

/** The jobs of run folders that Slurm was asked to work on, with their folders. */
export async function slurmJobs(paths: readonly string[]): Promise<readonly Job[]> {
  const jobs = await Promise.all(paths.map((path) => readJob(path)));
  return jobs.flatMap((job) => (job?.launcher === 'slurm' && /^\d+_\d+$/.test(job.id) ? [job] : []));
}
