/** Candidates: architectures that a search tries on its way to a result, whoever searches and however. */
import { list, count, number, object, oneOf, string, type Check } from '../base/validate.ts';
import type { EventBase, Worked } from './run.ts';

/**
 * How an architecture came up: what the strategy itself settled on, a rule of thumb, a draw, or a change or crossing of
 * others.
 */
export type OriginKind = 'choice' | 'rule' | 'draw' | 'offspring';

export interface CandidateOrigin {
  readonly kind: OriginKind;
  /** Ids of those that it was made of, where they have events; none for what was made of nothing. */
  readonly parents: readonly number[];
}

/** An architecture came up; once more under its id where it had been passed over before. */
export interface CandidateEvent extends EventBase {
  readonly type: 'candidate';
  /** Tells it from the others of the run, in all events. */
  readonly id: number;
  /** Id of the stage in which it came up. */
  readonly stage: string;
  readonly origin: CandidateOrigin;
  /** One option index per decision, in the order of `StartedEvent.decisions`. */
  readonly assignment: readonly number[];
  /** By the encoder, with the weights of that moment; absent where nobody asked. */
  readonly exactBytes?: number;
  /** What the strategy foretold of its loss without training it; absent where it did not. */
  readonly predictedLoss?: number;
}

/** A candidate was trained on, from where it had stopped. */
export interface TrialEvent extends EventBase {
  readonly type: 'trial';
  readonly candidate: number;
  /** Training steps that it has been through, all trials together. */
  readonly steps: number;
  /** What it is compared by with others of as many steps; `DIVERGED` where it is no number. */
  readonly loss: number;
  readonly exactBytes?: number;
  readonly measured?: Worked;
}

/** A candidate is out. */
export interface DroppedEvent extends EventBase {
  readonly type: 'dropped';
  readonly candidate: number;
  /** Its place among those that it was compared with, from 1. */
  readonly rank: number;
  readonly of: number;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** Architectures of which a loss was foretold; the best of them have events of their own. */
export interface PredictedEvent extends EventBase {
  readonly type: 'predicted';
  /** Id of the stage at the end of which that was done. */
  readonly stage: string;
  readonly count: number;
  readonly best: number;
  readonly median: number;
  readonly worst: number;
}

/** The loss of what diverged: JSON has no infinity. */
export const DIVERGED = Number.MAX_VALUE;

const worked = object<Worked>({ seconds: number });
const origin = object<CandidateOrigin>({ kind: oneOf(['choice', 'rule', 'draw', 'offspring']), parents: list(count) });

export const candidateEvent: Check<CandidateEvent> = object<CandidateEvent>(
  { seq: count, type: oneOf(['candidate']), id: count, stage: string, origin, assignment: list(count) },
  { exactBytes: number, predictedLoss: number },
);

export const trialEvent: Check<TrialEvent> = object<TrialEvent>(
  { seq: count, type: oneOf(['trial']), candidate: count, steps: count, loss: number },
  { exactBytes: number, measured: worked },
);

export const droppedEvent: Check<DroppedEvent> = object<DroppedEvent>({
  seq: count,
  type: oneOf(['dropped']),
  candidate: count,
  rank: count,
  of: count,
  reason: string,
});

export const predictedEvent: Check<PredictedEvent> = object<PredictedEvent>({
  seq: count,
  type: oneOf(['predicted']),
  stage: string,
  count,
  best: number,
  median: number,
  worst: number,
});
