/**
 * Where runs are worked on: on this machine, or on others that share its disk. A launcher knows places and processes;
 * what a run is and how far it is, its folder tells.
 */
import type { RunFailure } from '../../wire/panel-messages.ts';
import type { Progress, RunEvent, RunState } from '../../wire/run.ts';
import type { Lane } from '../queue/tickets.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/** What a run asks of the machine that it is worked on, which it shares with other searches. */
export interface Place {
  /** Runs that a person started go before those of a sweep that wait. */
  readonly lane: Lane;
  /** Cores that it may take; absent: as many as it can make use of. */
  readonly cores?: number | undefined;
  /** Begins at once, whatever else is at work. */
  readonly now?: boolean | undefined;
}

/** Of a run that a person starts. */
export const BY_HAND: Place = { lane: 'hand' };

/** A run folder to be worked on: begun, or gone on with from its checkpoint. */
export interface Work {
  readonly folder: RunFolder;
  /** It was made just now for this. What cannot begin leaves no folder behind. */
  readonly isNew: boolean;
  /** Absent: `BY_HAND`. A cluster gives places of its own. */
  readonly place?: Place | undefined;
}

/** What was submitted: plain data, which means the same to another process and tomorrow. */
export interface Job {
  readonly launcher: string;
  /** Path of the run folder. */
  readonly folder: string;
  /** What the place calls it: the number of a process, of a job of a cluster. */
  readonly id: string;
}

/** Called as things happen, in order. All optional. */
export interface RunListener {
  /** It is not its turn on the machine: what it waits for, in a sentence. */
  queued?(text: string): void;
  /** Its turn has come, on so many cores. */
  begun?(cores: number): void;
  /** The log now holds `seq` events; drop what was known beyond. */
  rewound?(seq: number, fresh: boolean): void;
  event?(event: RunEvent): void;
  progress?(progress: Progress): void;
  /** A line for the log channel: the worker's notes, stderr and stdout. */
  note?(text: string): void;
}

/** How a worker's work ended. `failure` says why, unless the run is done. */
export interface RunEnd {
  readonly state: Exclude<RunState, 'queued' | 'running'>;
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

export interface Launcher {
  readonly name: string;
  /**
   * Has the work begun, at once or when there is room: one submission, one job for each. A job that could not even be
   * started is one all the same, and its end says why.
   * @throws Error where the place takes no jobs
   */
  submit(works: readonly Work[]): Promise<readonly Job[]>;
  /** What has become of jobs, in their order; may be asked by a process that did not submit them. */
  states(jobs: readonly Job[]): Promise<readonly RunState[]>;
  /**
   * Asks a job to make a checkpoint and stop, then insists; `collect` tells when it is gone. A job that has ended is
   * left as it is.
   * @throws Error where the job is in the hands of another program
   */
  cancel(job: Job, patience?: Patience): Promise<void>;
  /** Ends a job at once, without a checkpoint: for a host that is itself about to end. */
  kill(job: Job): void;
  /**
   * Hears a job from its submission to its end, once. Resolves when nothing of it runs any more and all it said was
   * heard. Never rejects.
   */
  collect(job: Job, listener: RunListener): Promise<RunEnd>;
}
