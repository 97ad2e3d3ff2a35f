/** The states that Slurm gives a task, and what they mean for the run that the task works on. */
import type { RunEnding } from '../../folder/run-folder.ts';

/** How a task ended that left no word in its run folder. */
export interface TaskEnd extends Pick<RunEnding, 'state' | 'code'> {
  readonly what: string;
  readonly why: string;
  readonly next: string;
  /** It was not the run's fault, and Slurm can be asked to begin the task again. */
  readonly again?: true;
}

/** Where a task is: before its turn, at work, or at its end. */
export type TaskPhase = 'waiting' | 'running' | TaskEnd;

const RESUME = 'Resume goes on from the last checkpoint.';

const ended = (state: TaskEnd['state'], code: string, what: string, why: string, next = RESUME): TaskEnd => ({
  state,
  code,
  what,
  why,
  next,
});

const again = (code: string, what: string, why: string): TaskEnd => ({
  ...ended('interrupted', code, what, why),
  again: true,
});

const DIED = 'See the log of the task in the folder .slurm beside the run.';

/** squeue(1), "Job state codes". */
const PHASES: Readonly<Record<string, TaskPhase>> = {
  PENDING: 'waiting',
  CONFIGURING: 'waiting',
  REQUEUED: 'waiting',
  REQUEUE_FED: 'waiting',
  REQUEUE_HOLD: 'waiting',
  RESV_DEL_HOLD: 'waiting',
  SPECIAL_EXIT: 'waiting',
  EXPEDITING: 'waiting',
  POWER_UP_NODE: 'waiting',
  RUNNING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  RESIZING: 'running',
  COMPLETING: 'running',
  COMPLETED: ended('interrupted', 'died', 'The task ended without a result.', DIED),
  FAILED: ended('interrupted', 'died', 'The task failed.', DIED),
  LAUNCH_FAILED: ended('interrupted', 'no-worker', 'Slurm could not start the task.', DIED),
  CANCELLED: ended('cancelled', 'cancelled', 'The search was stopped.', 'Its task was cancelled in Slurm.'),
  REVOKED: ended('cancelled', 'cancelled', 'The search was stopped.', 'Slurm revoked its task.'),
  DEADLINE: ended('interrupted', 'time-limit', 'The search was interrupted.', "The task's deadline is over."),
  OUT_OF_MEMORY: ended(
    'failed',
    'out-of-memory',
    'Memory ran out.',
    'The task needed more memory than it was given.',
    'Give it more (--memory), then resume: it goes on from its last checkpoint.',
  ),
  TIMEOUT: again('time-limit', 'The search was interrupted.', "The task's time limit is over."),
  PREEMPTED: again('preempted', 'The search was interrupted.', 'The task had to make room for another.'),
  NODE_FAIL: again('node-failed', 'The search was interrupted.', 'The node that it ran on failed.'),
  BOOT_FAIL: again('node-failed', 'The search was interrupted.', 'The node that it was to run on did not start.'),
};

/** Of a task that Slurm knows nothing of any more. */
export const FORGOTTEN = ended(
  'interrupted',
  'died',
  'The task ended without a result.',
  'Slurm does not know it any more.',
);

/** States that stand beside others: where several are told at once, the first that is no such flag counts. */
const FLAGS = new Set(['COMPLETING', 'CONFIGURING', 'POWER_UP_NODE', 'SIGNALING', 'STAGE_OUT', 'RESIZING', 'STOPPED']);

/**
 * What a task's states come to; newer versions of Slurm tell several at once. A state that nobody has heard of is taken
 * for one of work: it is asked for again.
 */
export function phaseOf(states: readonly string[]): TaskPhase {
  const upper = states.map((state) => state.toUpperCase());
  // What was requeued or is still being cleaned up has not ended, whatever it was before.
  if (upper.some((state) => state.startsWith('REQUEUE'))) return 'waiting';
  if (upper.includes('COMPLETING')) return 'running';
  const main = upper.find((state) => !FLAGS.has(state)) ?? upper[0];
  return (main !== undefined && Object.hasOwn(PHASES, main) ? PHASES[main] : undefined) ?? 'running';
}

/** Every state of the table. */
export const KNOWN_STATES: readonly string[] = Object.keys(PHASES);
