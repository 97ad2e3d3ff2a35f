/** `job.json` in a run folder: what a cluster calls the task that it was asked to work on the run with, last. */
import { join } from 'node:path';
import { object, string, type Check } from '../../base/validate.ts';
import { readSealed, writeSealed } from '../files/sealed.ts';
import type { Job } from '../launchers/launcher.ts';

export const JOB_FILE = 'job.json';

type Stored = Omit<Job, 'folder'>;
const stored: Check<Stored> = object<Stored>({ launcher: string, id: string });

/** The job of a run folder; undefined where no cluster was asked. @throws RunError where the file is damaged */
export async function readJob(folder: string): Promise<Job | undefined> {
  const found = await readSealed(join(folder, JOB_FILE), stored);
  return found && { launcher: found.launcher, folder, id: found.id };
}

/** Leaves word of a job in its run folder. @throws RunError where it cannot be written */
export const writeJob = ({ launcher, id, folder }: Job): Promise<void> =>
  writeSealed(join(folder, JOB_FILE), { format: 1, launcher, id });
