/** A run as the editor knows it, and what can be said and done about it: summary, actions, one-line texts. */
import { basename } from 'node:path';
import { formatBytes, formatCount, formatDuration } from '../../text/format.ts';
import { headlineOf } from '../../wire/result-networks.ts';
import { formatMeasured, formatNamedMeasured, metricOf } from '../../wire/tasks/metrics.ts';
import { brief, oneLine } from '../../text/neutral.ts';
import type { RunAction, RunFailure, RunSummary } from '../../wire/panel-messages.ts';
import type { RunLine } from '../../wire/run-list.ts';
import { measuredTexts } from '../../wire/measured-text.ts';
import type { StoredMeasurement } from '../../wire/measurements.ts';
import { weightLimit } from '../../wire/limits.ts';
import { strategyTitle } from '../../wire/strategies.ts';
import { placeText, shareDone } from '../../wire/progress-text.ts';
import type { Progress, RunEvent, RunHeader, RunResult, RunState } from '../../wire/run.ts';
import { sourceText } from '../../wire/source-text.ts';
import { capitalised, failureText, sentences } from '../../text/sentences.ts';
import { noResult } from '../../wire/no-result.ts';
import { COMMANDS } from '../contributions.ts';

export interface RunRecord {
  readonly header: RunHeader;
  /** Absolute path of the run folder. */
  readonly folder: string;
  /** Path of the definition relative to the workspace, with forward slashes. */
  readonly definition: string;
  readonly name: string;
  /** What a person noted of it. */
  readonly note?: string;
  readonly state: RunState;
  /** What it waits for, while it is queued. */
  readonly waiting?: string;
  /** Path of the sweep that it is a run of. */
  readonly sweep?: string;
  readonly events: readonly RunEvent[];
  readonly progress?: Progress;
  readonly result?: RunResult;
  readonly failure?: RunFailure;
}

/** A run whose search came to a result. */
export type FinishedRun = RunRecord & { readonly result: RunResult };

export const isFinished = (record: RunRecord): record is FinishedRun => record.result !== undefined;

/** Why nothing can be had of a run without a result, and what to do about it. */
export function noResultText({ state }: Pick<RunRecord, 'state'>): string {
  const { problem, next } = noResult(state, `“UDC: ${COMMANDS.resumeSearch.title}”`);
  return sentences(capitalised(`${problem}: ${next}`));
}

/** What a person can do with a run in each state, in the order in which it is offered. */
const ACTIONS_OF: Readonly<Record<RunState, readonly RunAction[]>> = {
  queued: ['stop', 'openDefinition', 'showLog'],
  running: ['stop', 'openDefinition', 'showLog'],
  interrupted: ['resume', 'openDefinition', 'showLog', 'delete'],
  cancelled: ['resume', 'openDefinition', 'showLog', 'delete'],
  failed: ['resume', 'openDefinition', 'showLog', 'delete'],
  done: ['apply', 'export', 'openDefinition', 'showLog', 'delete'],
};

/** States in which a worker is at it, or about to be. */
export const isLive = (state: RunState): boolean => state === 'running' || state === 'queued';

/** Whether a stopped run can go on. */
export const isResumable = (state: RunState): boolean => ACTIONS_OF[state].includes('resume');

/** The record in another state, without what told of the former one. */
export function inState(
  { header, folder, definition, name, note, events, sweep }: RunRecord,
  state: RunState,
): RunRecord {
  return {
    header,
    folder,
    definition,
    name,
    events,
    state,
    ...(note !== undefined && { note }),
    ...(sweep !== undefined && { sweep }),
  };
}

export function summarise(record: RunRecord): RunSummary {
  const { id, created, seed, limits, strategy, from } = record.header;
  const title = strategyTitle(strategy);
  return {
    id,
    created,
    seed,
    limits,
    strategy: from === undefined ? title : `${title}, specialised`,
    ...(from && { from: { id: from.id, tune: from.tune } }),
    name: record.name,
    state: record.state,
    definition: record.definition,
    actions: record.result?.ensemble
      ? ACTIONS_OF[record.state].flatMap((one) => (one === 'export' ? [one, 'ensemble'] : [one]))
      : ACTIONS_OF[record.state],
    ...(record.sweep !== undefined && { sweep: basename(record.sweep) }),
  };
}

/** 'search, epoch 3 of 12, loss 0.412, 2 min left'. */
export function progressLine(progress: Progress): string {
  return `${progress.title.toLowerCase()}, ${placeText(progress)}, loss ${progress.loss.toFixed(3)}, ${formatDuration(progress.secondsLeft)} left`;
}

const STATE_TEXT: Readonly<Record<RunState, string>> = {
  queued: 'waiting for its turn',
  running: 'running',
  interrupted: 'interrupted, can be resumed',
  cancelled: 'stopped, can be resumed',
  failed: 'failed',
  done: 'done',
};

/** What the view says beside a run's name: the state, and the result where there is one. */
export function runDescription(record: RunRecord): string {
  if (record.result) {
    const { metric, limits } = record.result;
    const { measured, bytes, prefix } = headlineOf(record.result);
    return `${prefix}${formatNamedMeasured(metric, measured)}, ${formatBytes(bytes)} of ${formatBytes(weightLimit(limits))}`;
  }
  if (record.state === 'running' && record.progress) {
    return `${record.progress.title.toLowerCase()}, ${Math.floor(shareDone(record.progress) * 100)} %, ${formatDuration(record.progress.secondsLeft)} left`;
  }
  const epochs = record.events.filter((event) => event.type === 'epoch').length;
  return epochs > 0 && !isLive(record.state)
    ? `${STATE_TEXT[record.state]} (after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'})`
    : STATE_TEXT[record.state];
}

/** For lists that are sorted and filtered. */
export function runLine({ header, name, state, definition, note, result }: RunRecord): RunLine {
  const { created, seed, strategy, limits } = header;
  return {
    name,
    created,
    seed,
    state,
    definition,
    budget: weightLimit(limits),
    strategy: strategyTitle(strategy),
    ...(note !== undefined && { note }),
    ...(result && {
      metric: { name: result.metric, value: headlineOf(result).measured.value },
      bytes: headlineOf(result).bytes,
    }),
  };
}

/** What the view says beside a run's name, whole: how it stands, its budget where that is not said, who, and when. */
export function runListText(record: RunRecord): string {
  const { budget, strategy, created } = runLine(record);
  const when = new Date(created).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
  return [
    runDescription(record),
    ...(record.result ? [] : [formatBytes(budget)]),
    strategy,
    when,
    ...(record.note === undefined ? [] : [brief(oneLine(record.note), 60)]),
  ].join(' · ');
}

/** 'wasm (fastest here: relaxed SIMD, 2 threads)', or only the wish while no search has begun. */
export function backendText({ header, events }: RunRecord): string {
  const started = events.find((event) => event.type === 'started');
  return started === undefined ? header.backend : `${started.backend} (${started.backendReason})`;
}

/** Of a line in a tooltip, in characters. */
const MOST_OF_A_LINE = 400;

/**
 * Plain text for a tooltip: everything that tells this run from others.
 * @param measured what the workspace has measured of its network
 */
export function runTooltip(record: RunRecord, measured: readonly StoredMeasurement[] = []): string {
  const { header, result, failure } = record;
  const lines = [
    `${record.name}: ${STATE_TEXT[record.state]}`,
    `Definition: ${record.definition}`,
    `Budget: ${formatBytes(weightLimit(header.limits))}, seed ${header.seed}`,
    `Strategy: ${strategyTitle(header.strategy)}`,
    ...(header.from ? [`Weights: ${sourceText(header.from)}`] : []),
    `Backend: ${backendText(record)}`,
    `Started: ${new Date(header.created).toLocaleString()}`,
  ];
  if (record.note !== undefined) lines.push(`Note: ${record.note}`);
  if (result) {
    const { measured: tested, bytes, prefix } = headlineOf(result);
    lines.push(`Size: ${prefix}${formatCount(bytes)} bytes, exact`);
    lines.push(
      `${metricOf(result.metric).title} on the test part, integer: ${prefix}${formatMeasured(result.metric, tested)}`,
    );
  }
  lines.push(...measuredTexts(measured.filter(({ run }) => run === header.id)).map(capitalised));
  if (record.waiting !== undefined && record.state === 'queued') lines.push(record.waiting);
  if (failure) lines.push(failureText(failure));
  return lines.map((line) => brief(oneLine(line), MOST_OF_A_LINE)).join('\n');
}
