/** What the panel knows: a pure function of the messages received, in order. */
import type { HostMessage, ProblemMessage, RunFailure, RunSnapshot, RunSummary } from '../src/wire/panel-messages.ts';
import type { EnsembleMessage } from '../src/wire/ensemble-messages.ts';
import type { SweepMessage } from '../src/wire/sweep-messages.ts';
import type {
  DecodedEvent,
  EpochEvent,
  FailedEvent,
  FinishedEvent,
  Progress,
  RepairedEvent,
  RunEvent,
  RunResult,
  StartedEvent,
} from '../src/wire/run.ts';
import { withStagesInForce } from '../src/wire/stages.ts';

/** One run with its events sorted by kind. */
export interface RunView {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  readonly started?: StartedEvent;
  readonly epochs: readonly EpochEvent[];
  readonly decoded?: DecodedEvent;
  readonly repairs: readonly RepairedEvent[];
  readonly finished?: FinishedEvent;
  readonly failed?: FailedEvent;
  readonly progress?: Progress;
  readonly result?: RunResult;
  readonly failure?: RunFailure;
}

export interface PanelModel {
  /** False until the first snapshot. */
  readonly ready: boolean;
  readonly runs: readonly RunSummary[];
  /** The first is the one shown in full. */
  readonly shown: readonly RunView[];
  readonly problem?: ProblemMessage;
  /** Shown in place of the runs. */
  readonly sweep?: SweepMessage;
  /** The same; where there is one, there is no sweep. */
  readonly ensemble?: EnsembleMessage;
}

export const EMPTY_MODEL: PanelModel = { ready: false, runs: [], shown: [] };

/** A run's view from what the host sent of it. */
export function viewOf(snapshot: RunSnapshot): RunView {
  return withEvents({ ...snapshot, epochs: [], repairs: [] }, snapshot.events);
}

function withEvents(view: RunView, events: readonly RunEvent[]): RunView {
  const last = <T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }> | undefined =>
    events.findLast((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  const [started, decoded, finished, failed] = [last('started'), last('decoded'), last('finished'), last('failed')];
  return {
    ...view,
    events,
    epochs: events.filter((event) => event.type === 'epoch'),
    repairs: events.filter((event) => event.type === 'repaired'),
    ...(started && { started: withStagesInForce(started, events) }),
    ...(decoded && { decoded }),
    ...(finished && { finished }),
    ...(failed && { failed }),
  };
}

/**
 * Adds what is new by its place in the log: an event sent twice counts once, and a resumed run writes again from its
 * checkpoint on.
 */
function append(view: RunView, events: readonly RunEvent[]): RunView {
  const from = events[0]?.seq;
  return from === undefined ? view : withEvents(view, [...view.events.filter((event) => event.seq < from), ...events]);
}

function onRun(model: PanelModel, id: string, change: (view: RunView) => RunView): PanelModel {
  return { ...model, shown: model.shown.map((view) => (view.summary.id === id ? change(view) : view)) };
}

function withoutEnding(view: RunView): RunView {
  const rest = { ...view };
  delete (rest as { progress?: Progress }).progress;
  delete (rest as { failure?: RunFailure }).failure;
  return rest;
}

/** Messages about runs that the panel does not show change nothing but the list. */
export function reduce(model: PanelModel, message: HostMessage): PanelModel {
  switch (message.type) {
    case 'snapshot':
      return { ready: true, runs: message.runs, shown: message.shown.map(viewOf) };
    case 'events':
      return onRun(model, message.runId, (view) => append(view, message.events));
    case 'progress':
      return onRun(model, message.runId, (view) => ({ ...view, progress: message.progress }));
    case 'runChanged': {
      const { summary, result, failure } = message;
      const known = model.runs.some((run) => run.id === summary.id);
      const runs = known ? model.runs.map((run) => (run.id === summary.id ? summary : run)) : [summary, ...model.runs];
      return onRun({ ...model, runs }, summary.id, (view) => ({
        ...withoutEnding(view),
        summary,
        ...(summary.state === 'running' && view.progress && { progress: view.progress }),
        ...(result && { result }),
        ...(failure && { failure }),
      }));
    }
    case 'runRemoved':
      return {
        ...model,
        runs: model.runs.filter((run) => run.id !== message.runId),
        shown: model.shown.filter((view) => view.summary.id !== message.runId),
      };
    case 'sweep': {
      const { runs, shown, problem } = model;
      return { ready: true, runs, shown, ...(problem && { problem }), sweep: message };
    }
    case 'ensemble': {
      const { runs, shown, problem } = model;
      return { ready: true, runs, shown, ...(problem && { problem }), ensemble: message };
    }
    case 'problem':
      return { ...model, problem: message };
  }
}

/** The newest epoch, or undefined before the first has ended. */
export function latestEpoch(view: RunView): EpochEvent | undefined {
  return view.epochs.at(-1);
}
