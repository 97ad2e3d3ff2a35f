/** A worker's turn on its machine: it waits for cores before it opens anything, and computes on those that it gets. */
import { wantedThreads } from '../../devices/threads.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { RunLock } from '../folder/run-lock.ts';
import type { Place } from '../launchers/launcher.ts';
import { CoreQueue, type Held } from './core-queue.ts';

export interface TurnListener {
  waiting(text: string): void;
  begun(cores: number): void;
  note(text: string): void;
}

const NOTHING_HELD = { release: (): Promise<void> => Promise.resolve() };

/**
 * Waits until the run may begin, and has this process compute on as many threads as it got cores. Aborted: gives
 * nothing, and the session that follows says that it was stopped. Never throws.
 */
export async function takePlace(
  folder: RunFolder,
  { lane, cores, now }: Place,
  signal: AbortSignal,
  listener: TurnListener,
  queue = new CoreQueue(),
): Promise<Pick<Held, 'release'>> {
  const wished = cores ?? usualThreads();
  if (now === true) {
    if (cores !== undefined) computeOn(cores);
    listener.begun(wished);
    return NOTHING_HELD;
  }
  // Another process may wait for the same run; then the session's own lock decides, and says so.
  const lock = await RunLock.acquire(folder.waiting).catch(() => undefined);
  try {
    const held = await queue.enter({ lane, cores: wished, title: folder.id }, signal, {
      waiting: (text) => {
        listener.waiting(text);
      },
      unusable: (why) => {
        listener.note(`the queue of this machine's searches cannot be used, so the search begins at once: ${why}`);
      },
    });
    // A wish for more threads than there are cores is the user's own.
    if (cores !== undefined || held.cores < Math.min(wished, queue.cores)) computeOn(held.cores);
    listener.begun(held.cores);
    return held;
  } catch {
    return NOTHING_HELD;
  } finally {
    await lock?.release().catch(() => undefined);
  }
}

function computeOn(cores: number): void {
  process.env['UDC_THREADS'] = String(cores);
}

/** A value of UDC_THREADS that is no number of threads is told of by what opens the backend. */
function usualThreads(): number {
  const wanted = wantedThreads();
  return Number.isInteger(wanted) && wanted >= 1 ? wanted : 1;
}
