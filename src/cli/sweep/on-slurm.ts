/** Sweeps and single runs as tasks of Slurm: submitted, asked for, waited for, cancelled. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepJson } from '../../reports/sweep-json.ts';
import { deleteRun, type RunFolder } from '../../runs/folder/run-folder.ts';
import { SettingsError, type ClusterSettings } from '../../runs/launchers/cluster-settings.ts';
import type { Job } from '../../runs/launchers/launcher.ts';
import { LAUNCHERS } from '../../runs/launchers/launcher-table.ts';
import { SlurmError } from '../../runs/launchers/slurm/slurm-commands.ts';
import { slurmJobs, type SlurmLauncher } from '../../runs/launchers/slurm/slurm-launcher.ts';
import { arrayOf } from '../../runs/launchers/slurm/slurm-queue.ts';
import { arraysFor } from '../../runs/launchers/slurm/slurm-script.ts';
import { FORGOTTEN } from '../../runs/launchers/slurm/task-states.ts';
import { leaveWord } from '../../runs/launchers/slurm/task-word.ts';
import { missingCells } from '../../runs/sweep/sweep-driver.ts';
import { readFacts } from '../../runs/sweep/sweep-facts.ts';
import { worksOf, type CellRun, type SweepFolder } from '../../runs/sweep/sweep-folder.ts';
import type { SweepCell } from '../../wire/sweep-plan.ts';
import { near, self, typed } from '../outcome.ts';
import { onInterrupts } from '../terminal/interrupts.ts';
import { CommandError, EXIT, SILENT, json, type LiveIo } from '../terminal/io.ts';
import { plain, table } from '../terminal/table.ts';
import { cellText } from '../../reports/sweep-tables.ts';
import { SweepView, reportSweep } from './follow-sweep.ts';

export interface SubmitOptions {
  readonly settings: ClusterSettings;
  /** Tasks at work at once. */
  readonly atOnce: number | undefined;
  /** Stays until all have ended. */
  readonly wait: boolean;
  readonly json: boolean;
}

/** Slurm's complaints as errors of a command. */
async function toldBySlurm<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof SlurmError || error instanceof SettingsError) throw new CommandError(error.message);
    throw error;
  });
}

/**
 * Begins what is missing of a sweep and not in Slurm's hands already, as one array.
 * @throws CommandError where Slurm refuses; what it did not take leaves no folder behind
 */
export async function submitSweep(folder: SweepFolder, options: SubmitOptions, io: LiveIo): Promise<number> {
  const launcher = LAUNCHERS.slurm({ settings: options.settings, atOnce: options.atOnce });
  const live = new Set((await liveOf(await jobsIn(folder), launcher)).map((job) => job.folder));
  const file = await folder.read();
  const missing = missingCells(await folder.cells(file)).filter(({ run }) => !live.has(run?.folder.path ?? ''));
  const works = await worksOf(folder, file, missing);
  const jobs = await toldBySlurm(launcher.submit(works)).catch(async (error: unknown) => {
    const taken = new Set((await slurmJobs(works.map(({ folder: { path } }) => path))).map((job) => job.folder));
    for (const { folder: one, isNew } of works) if (isNew && !taken.has(one.path)) await deleteRun(one);
    throw error;
  });
  if (options.wait) return waitFor(folder, options, io);
  if (options.json) {
    io.out(json({ sweep: folder.path, submitted: jobs.map(({ id, folder: run }) => ({ task: id, run })) }));
    return EXIT.done;
  }
  const arrays = [...new Set(jobs.map(({ id }) => arrayOf(id)))];
  io.out(
    plain(
      works.length === 0
        ? `nothing to submit: ${live.size} ${live.size === 1 ? 'run is' : 'runs are'} in Slurm, the others are done\n`
        : `${works.length} ${works.length === 1 ? 'run' : 'runs'} submitted to Slurm as ${arrays.join(', ')}\n`,
    ),
  );
  io.out(hints(folder));
  return EXIT.done;
}

const hints = (folder: SweepFolder): string =>
  [
    `sweep folder  ${near(folder.path)}`,
    '',
    'Next:',
    `  ${self()} sweep --status ${typed(folder.path)}`,
    `  ${self()} sweep --cancel ${typed(folder.path)}`,
    `  ${self()} sweep --resume ${typed(folder.path)} --on slurm`,
    '      submits what was cancelled or failed',
    '',
  ].join('\n');

/** Gives one new run to Slurm. @throws CommandError where it refuses; then the folder is gone again */
export async function submitRun(
  folder: RunFolder,
  settings: ClusterSettings,
  asJson: boolean,
  io: LiveIo,
): Promise<number> {
  const submitted = LAUNCHERS.slurm({ settings }).submit([{ folder, isNew: true }]);
  const [job] = await toldBySlurm(submitted).catch(async (error: unknown) => {
    await deleteRun(folder);
    throw error;
  });
  const run = typed(folder.path);
  io.out(
    asJson
      ? json({ run: folder.path, task: job!.id })
      : `submitted to Slurm as ${job!.id}\nrun folder  ${near(folder.path)}\n\nNext:\n  ${self()} runs --cancel ${run}\n  ${self()} resume ${run}\n      shows the result, once it is done\n`,
  );
  return EXIT.done;
}

/** Those of jobs that Slurm has in its hands; it is asked only where there are any. */
async function liveOf(jobs: readonly Job[], launcher: SlurmLauncher): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const tasks = await toldBySlurm(launcher.settle(jobs));
  return jobs.filter((_, at) => typeof tasks[at]?.phase === 'string');
}

/** The jobs of the runs of cells that are not done. */
const jobsOf = (cells: readonly CellRun[]): Promise<readonly Job[]> =>
  slurmJobs(cells.flatMap(({ state, run }) => (run && state !== 'done' ? [run.folder.path] : [])));

const jobsIn = async (folder: SweepFolder): Promise<readonly Job[]> => jobsOf(await folder.cells(await folder.read()));

/** The cell of each run, by the path of its folder. */
const cellsByRun = (cells: readonly CellRun[]): ReadonlyMap<string, SweepCell> =>
  new Map(cells.flatMap(({ cell, run }) => (run ? [[run.folder.path, cell] as const] : [])));

/**
 * Before a sweep is gone on with here.
 * @throws CommandError where Slurm has runs of it in its hands, or cannot be asked
 */
export async function refuseLive(folder: SweepFolder): Promise<void> {
  const jobs = await jobsIn(folder);
  const way = `\`${self()} sweep --resume ${typed(folder.path)} --on local\` goes on with it here all the same`;
  const live = await liveOf(jobs, LAUNCHERS.slurm()).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`runs of this sweep were given to Slurm, which cannot be asked: ${error.message}; ${way}`);
  });
  if (live.length > 0)
    throw new CommandError(
      `${live.length} of the runs of this sweep are in Slurm: wait (--status), cancel them (--cancel), or submit what is missing (--on slurm); ${way}`,
    );
}

/** Has runs that a cluster was to begin count as not begun: they are worked on here, whatever the cluster does. */
export async function takeBack(folder: SweepFolder): Promise<void> {
  const waiting = (await folder.cells(await folder.read())).filter(({ state }) => state === 'queued');
  for (const job of await slurmJobs(waiting.flatMap(({ run }) => (run ? [run.folder.path] : []))))
    await leaveWord(job, FORGOTTEN);
}

/** Prints how a sweep stands, and what Slurm says of its runs. */
export async function statusOf(folder: SweepFolder, asJson: boolean, io: LiveIo): Promise<number> {
  const file = await folder.read();
  const cells = await folder.cells(file);
  const jobs = await jobsOf(cells);
  const tasks = jobs.length === 0 ? [] : await toldBySlurm(LAUNCHERS.slurm().settle(jobs));
  const rows = jobs.flatMap(({ id, folder: run }, at) => {
    const task = tasks[at];
    return task !== undefined && typeof task.phase === 'string'
      ? [{ task: id, state: task.phase, reason: task.reason, run }]
      : [];
  });
  if (asJson) {
    io.out(json({ sweep: folder.path, tasks: rows, ...sweepJson(await readFacts(folder)) }));
    return EXIT.done;
  }
  const several = file.plan.targets.length > 1;
  const cellOf = cellsByRun(cells);
  if (rows.length > 0)
    io.out(
      plain(
        `In Slurm:\n${table(
          [{ title: 'task' }, { title: 'state' }, { title: 'reason' }, { title: 'run' }],
          rows.map(({ task, state, reason, run }) => [task, state, reason, cellText(cellOf.get(run)!, several)]),
        )}\n`,
      ),
    );
  return reportSweep(folder, false, io);
}

const CANCEL_LOOKS = 60;
const LOOK_MS = 1_000;

/** Stops jobs of Slurm and waits until they have left it, for a minute at most. Returns how many are still there. */
export async function cancelJobs(jobs: readonly Job[]): Promise<number> {
  const launcher = LAUNCHERS.slurm();
  await toldBySlurm(launcher.cancelAll(jobs));
  for (let look = 0; ; look += 1) {
    const tasks = await toldBySlurm(launcher.settle(jobs));
    const left = tasks.filter((task) => typeof task?.phase === 'string').length;
    if (left === 0 || look >= CANCEL_LOOKS) return left;
    await sleep(LOOK_MS);
  }
}

/** Cancels whatever of a sweep Slurm has in its hands. */
export async function cancelSweep(folder: SweepFolder, asJson: boolean, io: LiveIo): Promise<number> {
  const jobs = await liveOf(await jobsIn(folder), LAUNCHERS.slurm());
  const left = jobs.length === 0 ? 0 : await cancelJobs(jobs);
  if (asJson) io.out(json({ sweep: folder.path, cancelled: jobs.map(({ id }) => id), stillEnding: left }));
  else
    io.out(
      jobs.length === 0
        ? `${near(folder.path)}: Slurm has no runs of this sweep\n`
        : `${near(folder.path)}: ${jobs.length} cancelled${left > 0 ? `, ${left} of them still make their checkpoint` : ''}\n`,
    );
  return EXIT.done;
}

/** Stays with the runs of a sweep until they have ended; Ctrl-C leaves them to Slurm. */
async function waitFor(folder: SweepFolder, { settings, json: silent }: SubmitOptions, io: LiveIo): Promise<number> {
  const left = new AbortController();
  const launcher = LAUNCHERS.slurm({ settings, signal: left.signal });
  const file = await folder.read();
  const cells = await folder.cells(file);
  const jobs = await jobsOf(cells);
  const view = new SweepView(silent ? SILENT : io, jobs.length, file.plan.targets.length > 1);
  const cellOf = cellsByRun(cells);
  const leave = (): void => {
    left.abort();
  };
  const interrupts = onInterrupts(io, leave, leave);
  try {
    await Promise.all(
      jobs.map(async (job) => {
        const cell = cellOf.get(job.folder)!;
        const { queued } = view.listen(cell);
        const end = await launcher.collect(job, {
          ...(queued && { queued }),
          rewound: (_, fresh) => {
            if (fresh) view.changed(cell, 'running');
          },
          note: (text) => {
            view.print(text);
          },
        });
        if (!left.signal.aborted) view.changed(cell, end.state, end);
      }),
    );
  } finally {
    interrupts.release();
    view.clear();
  }
  if (!left.signal.aborted) return reportSweep(folder, silent, io);
  io.err(`left to Slurm, where the runs go on\n${hints(folder)}`);
  return EXIT.interrupted;
}

/** What `submitSweep` would write and call for so many runs, without a folder. */
export function scriptText(sweeps: string, name: string, runs: number, options: SubmitOptions): string {
  const { settings, atOnce } = options;
  const place = join(sweeps, `${name}-sweep`, '.slurm', 'submission');
  const launcher = LAUNCHERS.slurm({ settings, atOnce });
  const script = launcher.script(name, join(sweeps, `${name}-sweep`), join(place, 'runs.txt'));
  const calls = arraysFor(runs, settings.arraySize ?? runs, atOnce).map(
    ({ first, range }) => `# sbatch --parsable --array=${range} --chdir=${typed(place)} task.sh ${first}\n`,
  );
  return `${script}\n${calls.join('')}`;
}
