/** Messages between the local launcher and its worker, checked at run time on both sides. */
import type { Progress, RunEvent } from '../../wire/run.ts';
import type { RunFailure } from '../../wire/panel-messages.ts';
import { progress, runEvent } from '../../wire/run-schema.ts';
import { LANES } from '../queue/tickets.ts';
import type { Place } from '../launchers/launcher.ts';
import { boolean, count, list, object, oneOf, string, tagged, type Check } from '../../base/validate.ts';

/** Work on the run in this folder: begin it, or go on from its checkpoint. */
export interface StartMessage {
  readonly type: 'start';
  readonly folder: string;
  readonly place?: Place;
}
/** Make a checkpoint and stop. */
export interface CancelMessage {
  readonly type: 'cancel';
}
export type HostMessage = StartMessage | CancelMessage;

/**
 * The log was cut back to its first `seq` events, from which the run goes on; `fresh`: there was no checkpoint, it
 * starts anew.
 */
export interface RewoundMessage {
  readonly type: 'rewound';
  readonly seq: number;
  readonly fresh: boolean;
}
/** It is not the run's turn on this machine: why, in a sentence. */
export interface WaitingMessage {
  readonly type: 'waiting';
  readonly text: string;
}
/** The run has so many cores and begins. */
export interface BegunMessage {
  readonly type: 'begun';
  readonly cores: number;
}
/** An event that is in the log. */
export interface EventMessage {
  readonly type: 'event';
  readonly event: RunEvent;
}
/** Something for the log channel, not for the run's log. */
export interface NoteMessage {
  readonly type: 'note';
  readonly text: string;
}
/** The worker's last message. `code` and `failure` are empty when the run is done. */
export interface EndedMessage {
  readonly type: 'ended';
  readonly state: 'done' | 'cancelled' | 'failed' | 'interrupted';
  readonly code: string;
  readonly failure?: RunFailure;
  /** The search never began, for what the definition asks or names cannot be had: the failure says what. */
  readonly refused?: boolean;
}
export type WorkerMessage =
  WaitingMessage | BegunMessage | RewoundMessage | EventMessage | Progress | NoteMessage | EndedMessage;

const place: Check<Place> = object<Place>({ lane: oneOf(LANES) }, { cores: count, now: boolean });

/** @throws ValidationError */
export const hostMessage: Check<HostMessage> = tagged<HostMessage>({
  start: object({ type: oneOf(['start']), folder: string }, { place }),
  cancel: object({ type: oneOf(['cancel']) }),
});

/** @throws ValidationError */
export const workerMessage: Check<WorkerMessage> = tagged<WorkerMessage>({
  waiting: object({ type: oneOf(['waiting']), text: string }),
  begun: object({ type: oneOf(['begun']), cores: count }),
  rewound: object({ type: oneOf(['rewound']), seq: count, fresh: boolean }),
  event: object({ type: oneOf(['event']), event: runEvent }),
  progress,
  note: object({ type: oneOf(['note']), text: string }),
  ended: object(
    { type: oneOf(['ended']), state: oneOf(['done', 'cancelled', 'failed', 'interrupted']), code: string },
    { failure: object<RunFailure>({ what: string, why: string, next: string, log: list(string) }), refused: boolean },
  ),
});
