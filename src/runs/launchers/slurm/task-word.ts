/** What of a task is said by Slurm, and what by its run folder: the folder knows best what it tells at all. */
import type { RunState } from '../../../wire/run.ts';
import { RunFolder } from '../../folder/run-folder.ts';
import type { Job, RunEnd } from '../launcher.ts';
import type { SlurmTask } from './slurm-queue.ts';
import { FORGOTTEN, type TaskEnd } from './task-states.ts';

/** The state of a job from what Slurm says, and from its folder where that knows better. */
export async function stateOf({ folder: path }: Job, task: SlurmTask | undefined): Promise<RunState> {
  const told = await new RunFolder(path).readState();
  const phase = task?.phase ?? FORGOTTEN;
  if (told === 'done') return told;
  if (phase === 'waiting') return 'queued';
  if (phase === 'running') return 'running';
  // Of a task that has ended the folder knows best; one that never began has left nothing there.
  return told === 'queued' ? phase.state : told;
}

/** How a job ended; `own`: by the word of its run. */
export type Word = RunEnd & { readonly own: boolean };

/** How a job ended, which its folder then tells too. */
export async function leaveWord(
  { folder: path }: Job,
  end: TaskEnd,
  unwanted?: 'cancelled' | 'interrupted',
): Promise<Word> {
  const folder = new RunFolder(path);
  if ((await folder.readResult().catch(() => undefined)) !== undefined) return { state: 'done', code: '', own: true };
  const found = await folder.readEnding().catch(() => undefined);
  // The search says that somebody stopped it, whoever that was; Slurm knows better.
  const wrong = found?.code === 'cancelled' && end.again === true && unwanted === undefined;
  if (found !== undefined && !wrong) return { state: found.state, code: found.code, failure: found.failure, own: true };
  const { what, why, next } = end;
  const state = unwanted ?? end.state;
  const code = unwanted === 'cancelled' ? 'cancelled' : unwanted === 'interrupted' ? 'killed' : end.code;
  const told = { state, code, failure: { what, why, next, log: [] } };
  await folder.writeEnding(told).catch(() => undefined);
  return { ...told, own: false };
}
