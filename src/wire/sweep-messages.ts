/** What the panel is told of a sweep, and what a person can do with one from there; with run-time checks. */
import { boolean, count, list, number, object, oneOf, string, type Check } from '../base/validate.ts';
import { RUN_STATES, runResult } from './run-schema.ts';
import {
  sweepPlanCheck,
  type CellState,
  type SweepCell,
  type SweepData,
  type SweepFacts,
  type SweepRow,
} from './sweep-plan.ts';

/** A sweep is shown, whole, in place of runs. */
export interface SweepMessage {
  readonly type: 'sweep';
  readonly facts: SweepFacts;
  /** This window works on it. */
  readonly live: boolean;
  /** It can be gone on with: something is missing, and nobody works on it. */
  readonly resumable: boolean;
}

export const SWEEP_ACTIONS = ['stop', 'resume', 'report', 'table'] as const;
/** `report` and `table` write it as HTML and as CSV. */
export type SweepAction = (typeof SWEEP_ACTIONS)[number];

/** Something to be done with a whole sweep. */
export interface SweepActionMessage {
  readonly type: 'sweepAction';
  readonly action: SweepAction;
  readonly sweepId: string;
}
/** Show this sweep; the host answers with a `sweep`. */
export interface ShowSweepMessage {
  readonly type: 'showSweep';
  readonly sweepId: string;
}
/** A network of another budget is to be made of this run's weights. */
export interface SpecialiseMessage {
  readonly type: 'specialise';
  readonly runId: string;
}

const STATES: readonly CellState[] = [...RUN_STATES, 'missing', 'left out'];

const cell = object<SweepCell>({ index: count, budget: count, seed: count, strategy: string, target: string });
const row = object<SweepRow>(
  { cell, state: oneOf(STATES) },
  { runId: string, reason: string, specialises: boolean, result: runResult },
);
const data = object<SweepData>({ input: list(number), output: list(number), task: string }, { testSamples: count });
const facts: Check<SweepFacts> = object<SweepFacts>(
  { id: string, name: string, created: string, plan: sweepPlanCheck, baselines: list(string), rows: list(row) },
  { data },
);

export const sweepMessage: Check<SweepMessage> = object<SweepMessage>({
  type: oneOf(['sweep']),
  facts,
  live: boolean,
  resumable: boolean,
});
export const sweepActionMessage: Check<SweepActionMessage> = object<SweepActionMessage>({
  type: oneOf(['sweepAction']),
  action: oneOf(SWEEP_ACTIONS),
  sweepId: string,
});
export const showSweepMessage: Check<ShowSweepMessage> = object<ShowSweepMessage>({
  type: oneOf(['showSweep']),
  sweepId: string,
});
export const specialiseMessage: Check<SpecialiseMessage> = object<SpecialiseMessage>({
  type: oneOf(['specialise']),
  runId: string,
});
