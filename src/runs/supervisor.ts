/** Starts runs and goes on with them through a launcher, and stays with each to its end. */
import { RunFolder, type RunRequest } from './folder/run-folder.ts';
import type { Job, Launcher, Patience, Place, RunEnd, RunListener, Work } from './launchers/launcher.ts';
import { LocalLauncher } from './launchers/local-launcher.ts';

/** One run that is worked on. */
export interface RunHandle {
  readonly folder: RunFolder;
  readonly job: Job;
  /** Resolves when nothing of it runs any more and all it said was heard. Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Asks for a checkpoint and the end, then insists. Resolves when it is gone. */
  cancel(patience?: Patience): Promise<RunEnd>;
  /** Ends it at once, without a checkpoint: for a host that is itself about to end. */
  kill(): void;
}

/** Makes a run folder and has it worked on. @throws RunError where the folder cannot be written */
export async function startRun(
  runsFolder: string,
  request: RunRequest,
  listener: RunListener,
  launcher: Launcher = new LocalLauncher(),
  place?: Place,
): Promise<RunHandle> {
  return beginRun(await RunFolder.create(runsFolder, request), listener, launcher, place);
}

/** Has a run folder worked on that was made just now. What cannot begin leaves no folder behind. */
export const beginRun = (
  folder: RunFolder,
  listener: RunListener,
  launcher: Launcher,
  place?: Place,
): Promise<RunHandle> => follow({ folder, isNew: true, place }, listener, launcher);

/**
 * Has an existing run gone on with, from its checkpoint.
 * @throws RunError where this is no run folder of this format
 */
export async function resumeRun(
  path: string,
  listener: RunListener,
  launcher: Launcher = new LocalLauncher(),
  place?: Place,
): Promise<RunHandle> {
  const folder = new RunFolder(path);
  await folder.readHeader();
  return follow({ folder, isNew: false, place }, listener, launcher);
}

async function follow(work: Work, listener: RunListener, launcher: Launcher): Promise<RunHandle> {
  const [job] = await launcher.submit([work]);
  if (job === undefined) throw new Error(`${launcher.name} took no job`);
  const ended = launcher.collect(job, listener);
  return {
    folder: work.folder,
    job,
    ended,
    async cancel(patience) {
      await launcher.cancel(job, patience);
      return ended;
    },
    kill: () => {
      launcher.kill(job);
    },
  };
}
