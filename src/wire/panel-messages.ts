/**
 * Messages between the extension host and the results panel, typed and checked at run time on both sides.
 * The panel says `ready` and gets a full `snapshot`, so that reload, restore and reopening need nothing else; then the
 * host sends what is new.
 */
import type { EpochEvent, Progress, RunEvent, RunResult, RunSource, RunState } from './run.ts';
import { limits, type Limit } from './limits.ts';
import { progress, runEvent, runResult, RUN_STATES } from './run-schema.ts';
import {
  showSweepMessage,
  specialiseMessage,
  sweepActionMessage,
  sweepMessage,
  type ShowSweepMessage,
  type SpecialiseMessage,
  type SweepActionMessage,
  type SweepMessage,
} from './sweep-messages.ts';
import {
  ensembleMessage,
  exportEnsembleMessage,
  type EnsembleMessage,
  type ExportEnsembleMessage,
} from './ensemble-messages.ts';
import { boolean, count, list, number, object, oneOf, string, tagged, type Check } from '../base/validate.ts';

/** What a person can do with a run from the panel. The host says which are open for which run. */
export const ACTIONS = [
  'stop',
  'resume',
  'apply',
  'export',
  'ensemble',
  'openDefinition',
  'showLog',
  'delete',
] as const;
export type RunAction = (typeof ACTIONS)[number];

export const TABS = ['overview', 'test', 'curves', 'candidates', 'decisions', 'compare'] as const;
export type PanelTab = (typeof TABS)[number];

/** Why a run is not going on: what happened, why, and what to do about it. */
export interface RunFailure {
  readonly what: string;
  readonly why: string;
  readonly next: string;
  /** Last lines that the worker wrote to stderr, oldest first; may be empty. */
  readonly log: readonly string[];
}

/** One run in the list to choose from. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  /** ISO 8601. */
  readonly created: string;
  /** Path of the definition as people know it, relative to the workspace. */
  readonly definition: string;
  readonly seed: number;
  /** Who searches, as people know it. */
  readonly strategy: string;
  readonly limits: readonly Limit[];
  /** Whose weights it is made of, where it was not searched itself. */
  readonly from?: Pick<RunSource, 'id' | 'tune'>;
  readonly actions: readonly RunAction[];
  /** Id of the sweep that it is a run of. */
  readonly sweep?: string;
}

/** Everything the panel shows of one run. */
export interface RunSnapshot {
  readonly summary: RunSummary;
  /** From `seq` 0, without gaps; pass them through `trimEvents` first. */
  readonly events: readonly RunEvent[];
  readonly progress?: Progress;
  readonly result?: RunResult;
  readonly failure?: RunFailure;
}

/**
 * Replaces all that the panel knows. `runs` lists every run of the workspace, newest first; `shown` holds the selected
 * ones, in order of selection.
 */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly runs: readonly RunSummary[];
  readonly shown: readonly RunSnapshot[];
}
/** New events of a shown run, in order. */
export interface EventsMessage {
  readonly type: 'events';
  readonly runId: string;
  readonly events: readonly RunEvent[];
}
export interface ProgressMessage {
  readonly type: 'progress';
  readonly runId: string;
  readonly progress: Progress;
}
/** A run's state or actions changed, or a run is new; with its result or failure once there is one. */
export interface RunChangedMessage {
  readonly type: 'runChanged';
  readonly summary: RunSummary;
  readonly result?: RunResult;
  readonly failure?: RunFailure;
}
export interface RunRemovedMessage {
  readonly type: 'runRemoved';
  readonly runId: string;
}
/** Something the host could not do for the panel, for example read a run folder. */
export interface ProblemMessage {
  readonly type: 'problem';
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export type HostMessage =
  | SnapshotMessage
  | EventsMessage
  | ProgressMessage
  | RunChangedMessage
  | RunRemovedMessage
  | ProblemMessage
  | SweepMessage
  | EnsembleMessage;

/**
 * The panel can receive. `runIds` are the runs it showed before a reload; empty: the host chooses (the running one,
 * else the newest).
 */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly runIds: readonly string[];
  /** The sweep that it showed instead. */
  readonly sweepId?: string;
}
/** Show these runs; the host answers with a `snapshot`. */
export interface SelectMessage {
  readonly type: 'select';
  readonly runIds: readonly string[];
}
export interface ActionMessage {
  readonly type: 'action';
  readonly action: RunAction;
  readonly runId: string;
}
/** From the empty state: as the palette command. */
export interface StartMessage {
  readonly type: 'start';
}
/** Open the definition at this layer. */
export interface RevealLayerMessage {
  readonly type: 'revealLayer';
  readonly runId: string;
  readonly layer: string;
}
/** One of the architectures that a run offers beside its networks, and what to do with it. */
export interface OfferMessage {
  readonly type: 'offer';
  readonly action: 'apply' | 'specialise';
  readonly runId: string;
  /** Its place in `RunResult.offers.list`. */
  readonly offer: number;
}
/** An error inside the panel, for the log. */
export interface PanelErrorMessage {
  readonly type: 'panelError';
  readonly message: string;
  readonly stack: string;
}

export type PanelMessage =
  | ReadyMessage
  | SelectMessage
  | ActionMessage
  | StartMessage
  | RevealLayerMessage
  | OfferMessage
  | PanelErrorMessage
  | SweepActionMessage
  | ShowSweepMessage
  | SpecialiseMessage
  | ExportEnsembleMessage;

const action = oneOf(ACTIONS);
const runSummary = object<RunSummary>(
  {
    id: string,
    name: string,
    state: oneOf(RUN_STATES),
    created: string,
    definition: string,
    seed: number,
    strategy: string,
    limits,
    actions: list(action),
  },
  { from: object({ id: string, tune: count }), sweep: string },
);
const runFailure = object<RunFailure>({ what: string, why: string, next: string, log: list(string) });
const runSnapshot = object<RunSnapshot>(
  { summary: runSummary, events: list(runEvent) },
  { progress, result: runResult, failure: runFailure },
);

const hostMessage: Check<HostMessage> = tagged<HostMessage>({
  snapshot: object({ type: oneOf(['snapshot']), runs: list(runSummary), shown: list(runSnapshot) }),
  events: object({ type: oneOf(['events']), runId: string, events: list(runEvent) }),
  progress: object({ type: oneOf(['progress']), runId: string, progress }),
  runChanged: object({ type: oneOf(['runChanged']), summary: runSummary }, { result: runResult, failure: runFailure }),
  runRemoved: object({ type: oneOf(['runRemoved']), runId: string }),
  sweep: sweepMessage,
  ensemble: ensembleMessage,
  problem: object({ type: oneOf(['problem']), what: string, why: string, next: string }),
});

const panelMessage: Check<PanelMessage> = tagged<PanelMessage>({
  ready: object({ type: oneOf(['ready']), runIds: list(string) }, { sweepId: string }),
  sweepAction: sweepActionMessage,
  showSweep: showSweepMessage,
  specialise: specialiseMessage,
  exportEnsemble: exportEnsembleMessage,
  select: object({ type: oneOf(['select']), runIds: list(string) }),
  action: object({ type: oneOf(['action']), action, runId: string }),
  start: object({ type: oneOf(['start']) }),
  revealLayer: object({ type: oneOf(['revealLayer']), runId: string, layer: string }),
  offer: object({ type: oneOf(['offer']), action: oneOf(['apply', 'specialise']), runId: string, offer: count }),
  panelError: object({ type: oneOf(['panelError']), message: string, stack: string }),
});

/** Checks what the panel received from the host. Throws `ValidationError`. */
export function parseHostMessage(value: unknown): HostMessage {
  return hostMessage(value);
}

/** Checks what the host received from the panel. Throws `ValidationError`. */
export function parsePanelMessage(value: unknown): PanelMessage {
  return panelMessage(value);
}

/** What the panel keeps over a reload. Nothing of a run: that comes with the snapshot. */
export interface PanelState {
  readonly runIds: readonly string[];
  readonly tab: PanelTab;
  readonly sort: { readonly column: string; readonly descending: boolean };
  /** Of the table of candidates; absent: by rank. */
  readonly candidateSort?: PanelState['sort'];
  /** Of the table of the test part; absent: as its task has it. */
  readonly testSort?: PanelState['sort'];
  /** The sweep that is shown instead of runs. */
  readonly sweepId?: string;
  /** The ensemble that is shown instead; the host keeps what it is. */
  readonly ensembleId?: string;
  /** The point of an ensemble that is looked at. */
  readonly ensemblePoint?: { readonly id: string; readonly index: number };
}

const sort = object<PanelState['sort']>({ column: string, descending: boolean });
const panelState = object<PanelState>(
  { runIds: list(string), tab: oneOf(TABS), sort },
  {
    candidateSort: sort,
    testSort: sort,
    sweepId: string,
    ensembleId: string,
    ensemblePoint: object({ id: string, index: count }),
  },
);

/** The kept state, or undefined where there is none or an older version wrote it. */
export function readPanelState(value: unknown): PanelState | undefined {
  try {
    return panelState(value);
  } catch {
    return undefined;
  }
}

/**
 * Events as the panel needs them: the layer reports of all epochs but the last are dropped, since only curves are drawn
 * of those. Many times smaller for deep networks.
 */
export function trimEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  const last = events.findLastIndex((event) => event.type === 'epoch');
  return events.map((event, index) =>
    event.type === 'epoch' && index !== last ? ({ ...event, layers: [] } satisfies EpochEvent) : event,
  );
}
