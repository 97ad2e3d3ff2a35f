/**
 * The worker's side of the channel: takes orders from the host, tells it what happens, and stops when the host has
 * gone.
 */
import { constants, setPriority } from 'node:os';
import type { Engine } from '../engine.ts';
import { RunFolder } from '../folder/run-folder.ts';
import { hostMessage, type WorkerMessage } from './worker-messages.ts';
import { BY_HAND, type Place } from '../launchers/launcher.ts';
import { takePlace } from '../queue/take-place.ts';
import { runSession, type StopReason } from '../session.ts';

/** At most ten progress messages a second. */
const PROGRESS_MS = 100;
/** How long a search may take to reach a checkpoint after it was told to stop, when nobody is left to kill it. */
const LAST_WORDS_MS = 120_000;

/** Serves one run in this process, which must have been forked, and ends the process after it. */
export function serveWorker(engine: Engine): void {
  if (process.send === undefined) {
    process.stderr.write('This program is started by UDC and does nothing by itself; run `udc search` instead.\n');
    process.exitCode = 2;
    return;
  }
  yieldToOthers();
  const stop = new AbortController();
  let started = false;

  const stopFor = (reason: StopReason): void => {
    if (!started) process.exit(0);
    stop.abort(reason);
  };
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), LAST_WORDS_MS).unref();
    stopFor('interrupted');
  });
  process.on('SIGTERM', () => {
    stopFor('cancelled');
  });
  // A terminal sends Ctrl-C to everyone in it; the host decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('message', (value) => {
    const message = hostMessage(value);
    if (message.type === 'cancel') stopFor('cancelled');
    else if (!started) {
      started = true;
      void work(new RunFolder(message.folder), message.place ?? BY_HAND, engine, stop.signal);
    }
  });
}

/** A search takes hours: whatever people do at the machine meanwhile comes first. */
function yieldToOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where a system does not let it, the search is as important as anything.
  }
}

async function work(folder: RunFolder, place: Place, engine: Engine, signal: AbortSignal): Promise<void> {
  let lastProgress = 0;
  const held = await takePlace(folder, place, signal, {
    waiting: (text) => {
      void tell({ type: 'waiting', text });
    },
    begun: (cores) => {
      void tell({ type: 'begun', cores });
    },
    note: (text) => {
      void tell({ type: 'note', text });
    },
  });
  const end = await runSession(
    folder,
    engine,
    {
      rewound: (seq, fresh) => {
        void tell({ type: 'rewound', seq, fresh });
      },
      event: (event) => {
        void tell({ type: 'event', event });
      },
      progress: (progress) => {
        if (Date.now() - lastProgress < PROGRESS_MS) return;
        lastProgress = Date.now();
        void tell(progress);
      },
      note: (text) => {
        void tell({ type: 'note', text });
      },
    },
    signal,
  );
  await held.release();
  await tell({ type: 'ended', ...end });
  process.exit(0);
}

/** Resolves when the message has left, or when there is nobody to send it to. */
function tell(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else
      process.send!(message, undefined, undefined, () => {
        resolve();
      });
  });
}
