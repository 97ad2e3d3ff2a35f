/**
 * Works on one run folder from start or checkpoint to its end. Everything that is told to the host is on the disk
 * first.
 */
import { messageOf, traceOf } from '../base/error-text.ts';
import type { Progress, RunEvent, RunHeader, RunState, StartedEvent, UnnumberedEvent } from '../wire/run.ts';
import { failureText } from '../text/sentences.ts';
import type { Checkpoint } from './folder/checkpoint-store.ts';
import { BACKENDS, type Engine, type Explanation, type RunningSearch } from './engine.ts';
import { RunError } from './folder/run-error.ts';
import type { RunFolder } from './folder/run-folder.ts';
import { RunLock } from './folder/run-lock.ts';
import { EventLog } from './folder/event-log.ts';
import type { EndedMessage } from './worker/worker-messages.ts';

export interface SessionListener {
  /** The log now holds `seq` events; what a host knew beyond that is void. */
  rewound(seq: number, fresh: boolean): void;
  event(event: RunEvent): void;
  progress(progress: Progress): void;
  note(text: string): void;
}

/** Why a signal was aborted: a person stopped the run, or the host has gone. */
export type StopReason = 'cancelled' | 'interrupted';

type End = Omit<EndedMessage, 'type'>;

const STOPS: Readonly<Record<StopReason, Explanation>> = {
  cancelled: {
    code: 'cancelled',
    what: 'The search was stopped.',
    why: 'Someone asked for it.',
    next: 'Resume goes on from the last checkpoint.',
  },
  interrupted: {
    code: 'host-gone',
    what: 'The search was interrupted.',
    why: 'The program that started it ended.',
    next: 'Resume goes on from the last checkpoint.',
  },
};

/**
 * Runs the search of `folder` to its end, taking it up from its checkpoint where there is one. Never throws: every end
 * is returned, and written to the folder if it can be.
 * @param signal abort with a `StopReason` as its reason
 */
export async function runSession(
  folder: RunFolder,
  engine: Engine,
  listener: SessionListener,
  signal: AbortSignal,
): Promise<End> {
  let lock: RunLock | undefined;
  try {
    const header = await folder.readHeader();
    lock = await RunLock.acquire(folder.lock);
    if ((await folder.readResult()) !== undefined) return { state: 'done', code: '' };
    await folder.clearEnding();
    return await work(folder, header, engine, listener, signal);
  } catch (error) {
    return endOf('failed', explain(error, engine, listener));
  } finally {
    await lock?.release().catch(() => undefined);
  }
}

/** The part that holds the lock: from here on the folder is this session's to write. */
async function work(
  folder: RunFolder,
  header: RunHeader,
  engine: Engine,
  listener: SessionListener,
  signal: AbortSignal,
): Promise<End> {
  let log: EventLog | undefined;
  let begun = false;
  try {
    // Stopped before its turn came: nothing is opened for it.
    signal.throwIfAborted();
    const checkpoint = await readCheckpoint(folder, listener);
    begun = checkpoint !== undefined;
    const began = checkpoint === undefined ? undefined : await beginning(folder);
    const backend = began === undefined ? header.backend : backendOf(began, header);
    log = await EventLog.open(folder.log, checkpoint?.seq ?? 0);
    listener.rewound(log.length, checkpoint === undefined);
    const search = await engine.open(header, backend, checkpoint?.state, began);
    begun = true;
    signal.throwIfAborted();
    await carryOut(folder, { search, engine }, log, listener, signal);
    return { state: 'done', code: '' };
  } catch (error) {
    const stopped = signal.aborted && isAbort(error, signal);
    const explanation = stopped ? STOPS[signal.reason as StopReason] : explain(error, engine, listener);
    const end = endOf(stopped ? (signal.reason as StopReason) : 'failed', explanation);
    await writeEnd(folder, log, end, listener);
    return !begun && !stopped && engine.explain(error) !== undefined ? { ...end, refused: true } : end;
  } finally {
    await log?.close();
  }
}

async function carryOut(
  folder: RunFolder,
  { search, engine }: { readonly search: RunningSearch; readonly engine: Engine },
  log: EventLog,
  listener: SessionListener,
  signal: AbortSignal,
): Promise<void> {
  let since = performance.now();
  const found = await search.run({
    emit: async (event) => {
      await folder.expectPresent();
      const timed = withWork(event, (performance.now() - since) / 1000);
      listener.event(await log.append(timed));
      if ('measured' in timed) since = performance.now();
    },
    progress: (progress) => {
      listener.progress(progress);
    },
    keep: async (file, bytes) => {
      await folder.expectPresent();
      await folder.writeNetwork(file, bytes);
    },
    checkpoint: async () => {
      await folder.expectPresent();
      await folder.checkpoints.write({ seq: log.length, state: await search.state() });
    },
    signal,
  });
  await folder.expectPresent();
  const note = (text: string): void => {
    listener.note(text);
  };
  const result = (await engine.confirm?.(found, (network) => folder.weightsOf(network), note, signal)) ?? found;
  // The result comes last: where it stands, everything else is complete.
  await folder.writeResult({ ...result, effort: log.effort });
  await folder.checkpoints.clear();
}

/** What does not measure itself as epochs do, with the seconds since the event that did before: a trial, the end. */
function withWork(event: UnnumberedEvent, seconds: number): UnnumberedEvent {
  return event.type === 'trial' || event.type === 'decoded' || event.type === 'finished'
    ? { ...event, measured: { seconds } }
    : event;
}

/** A damaged checkpoint costs the work, not the run: it begins anew, with the same seed and so the same result. */
async function readCheckpoint(folder: RunFolder, listener: SessionListener): Promise<Checkpoint | undefined> {
  try {
    const checkpoint = await folder.checkpoints.read();
    if (checkpoint !== undefined && (await folder.readEvents()).events.length < checkpoint.seq)
      throw new Error(`${folder.log}: the log is shorter than the checkpoint says`);
    return checkpoint;
  } catch (error) {
    listener.note(
      `${error instanceof RunError ? `${error.path}: ${error.problem.replace(/\.$/, '')}` : messageOf(error)}; the search starts again from the beginning`,
    );
    return undefined;
  }
}

async function beginning(folder: RunFolder): Promise<StartedEvent | undefined> {
  const [first] = (await folder.readEvents()).events;
  return first?.type === 'started' ? first : undefined;
}

/** A run keeps the backend on which it began: another would compute slightly different numbers. */
function backendOf({ backend }: StartedEvent, header: RunHeader): RunHeader['backend'] {
  return BACKENDS.find((name) => name === backend) ?? header.backend;
}

/** An aborted search may end in the signal's reason or in an `AbortError`; anything else is a failure of its own. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

function explain(error: unknown, engine: Engine, listener: SessionListener): Explanation {
  if (error instanceof RunError)
    return {
      code: error.code,
      what: 'The run folder cannot be used.',
      why: `${error.path}: ${error.problem}`,
      next: error.next,
    };
  const known = engine.explain(error);
  if (known !== undefined) return known;
  listener.note(traceOf(error));
  return {
    code: 'internal',
    what: 'The search failed.',
    why: messageOf(error),
    next: 'The log has the details. Please report them.',
  };
}

function endOf(state: Exclude<RunState, 'queued' | 'running' | 'done'>, { code, what, why, next }: Explanation): End {
  return { state, code, failure: { what, why, next, log: [] } };
}

/**
 * Leaves word of the end in the folder. On a full disk that may fail, and then the folder tells of an interrupted run,
 * which is true too.
 */
async function writeEnd(
  folder: RunFolder,
  log: EventLog | undefined,
  end: End,
  listener: SessionListener,
): Promise<void> {
  const { state, code, failure } = end;
  if (state === 'done' || failure === undefined) return;
  try {
    if (state === 'failed' && log !== undefined)
      listener.event(await log.append({ type: 'failed', code, message: failureText(failure) }));
    await folder.writeEnding({ state, code, failure });
  } catch (error) {
    listener.note(messageOf(error));
  }
}
