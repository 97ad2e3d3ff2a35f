/** How long a search will take, from a few of its own training steps: it is begun aside, timed, and thrown away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shareDone } from '../../wire/progress-text.ts';
import type { RunRequest } from '../folder/run-folder.ts';
import type { Launcher, RunEnd } from '../launchers/launcher.ts';
import { startRun } from '../supervisor.ts';

/** How long steps are watched. */
export interface Watch {
  /** From the first step that is told of, which has warmed everything up. */
  readonly seconds: number;
  /** In all, for steps that take very long. */
  readonly most: number;
}

const WATCH: Watch = { seconds: 3, most: 90 };

interface Sight {
  readonly at: number;
  /** Share of the search, 0..1. */
  readonly done: number;
}

/** A search that cannot even begin. */
export class EstimateError extends Error {
  override readonly name = 'EstimateError';
}

/**
 * Seconds that a search takes on so many cores, if nothing else is at work.
 * @throws EstimateError where it ends in a failure, the signal's reason when it is aborted
 */
export async function secondsOf(
  request: RunRequest,
  cores: number,
  launcher: Launcher,
  signal: AbortSignal,
  watch: Watch = WATCH,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'udc-time-'));
  try {
    return await timed(folder, request, cores, launcher, signal, watch);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function timed(
  folder: string,
  request: RunRequest,
  cores: number,
  launcher: Launcher,
  signal: AbortSignal,
  watch: Watch,
): Promise<number> {
  const began = performance.now();
  const now = (): number => (performance.now() - began) / 1000;
  const sights: Sight[] = [];
  let enough: () => void = () => undefined;
  const watched = new Promise<'watched'>((resolve) => {
    enough = () => {
      resolve('watched');
    };
  });
  const handle = await startRun(
    folder,
    request,
    {
      progress: (progress) => {
        sights.push({ at: now(), done: shareDone(progress) });
        if (now() - sights[0]!.at >= watch.seconds && sights.length > 1) enough();
      },
    },
    launcher,
    { lane: 'hand', cores, now: true },
  );
  const late = setTimeout(enough, watch.most * 1000);
  signal.addEventListener('abort', enough, { once: true });
  const first = await Promise.race([watched, handle.ended]);
  clearTimeout(late);
  signal.removeEventListener('abort', enough);
  if (first === 'watched') {
    handle.kill();
    await handle.ended;
  }
  signal.throwIfAborted();
  return first === 'watched' ? extrapolated(sights, now()) : wholeTime(first, now());
}

function wholeTime({ state, failure }: RunEnd, seconds: number): number {
  if (state === 'done') return seconds;
  throw new EstimateError(failure ? `${failure.what} ${failure.why} ${failure.next}`.trim() : `the search is ${state}`);
}

/** What was before the first step is not repeated, the pace since then is. */
function extrapolated(sights: readonly Sight[], elapsed: number): number {
  const [first, last] = [sights[0], sights.at(-1)];
  if (first === undefined || last === undefined || last.done <= first.done)
    throw new EstimateError(`not two training steps were done in ${Math.round(elapsed)} s`);
  return first.at + ((last.at - first.at) / (last.done - first.done)) * (1 - first.done);
}

/** Seconds until all are done, the longest not waiting for others, so many at a time. */
export function sideBySide(seconds: readonly number[], parallel: number): number {
  const lanes = new Array<number>(Math.max(1, parallel)).fill(0);
  for (const one of seconds) {
    const soonest = lanes.indexOf(Math.min(...lanes));
    lanes[soonest] = lanes[soonest]! + one;
  }
  return Math.max(...lanes);
}
