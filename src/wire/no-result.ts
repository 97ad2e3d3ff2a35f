/** What is said of a run whose result is asked for and that has none: the same, whoever asks. */
import type { RunState } from './run.ts';

export interface NoResult {
  /** What keeps it from what is asked of it; no sentence yet. */
  readonly problem: string;
  /** What to do about it. */
  readonly next: string;
}

/** By what a run came to a stop. */
const REMEDIES: Readonly<Record<Exclude<RunState, 'done'>, (resume: string) => string>> = {
  queued: () => 'wait for its end',
  running: () => 'wait for its end',
  interrupted: (resume) => `let it finish by ${resume}`,
  cancelled: (resume) => `let it finish by ${resume}`,
  failed: (resume) => `mend what it failed for, then let it finish by ${resume}`,
};

/** @param resume how a run is gone on with where this is said: a command's line, or its name */
export function noResult(state: RunState, resume = 'resuming it'): NoResult {
  if (state === 'done') return { problem: 'the result of the run is gone', next: 'search again' };
  return { problem: `the run is ${state} and has no result yet`, next: REMEDIES[state](resume) };
}
