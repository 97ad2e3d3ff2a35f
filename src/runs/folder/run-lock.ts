/** One worker at a time on a run: a lock file that a crash does not leave in the way. */
import { link, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { MOST, readRegularText } from '../../data/files/regular-file.ts';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { count, object, string, type Check } from '../../base/validate.ts';
import { RunError, onDisk, systemCode } from './run-error.ts';
import { processIdentity } from '../worker/process-identity.ts';

interface Holder {
  readonly pid: number;
  readonly identity: string;
  readonly host: string;
}
const holder: Check<Holder> = object<Holder>({ pid: count, identity: string, host: string });

/** The holder shows that it lives by touching the file; only what runs on another machine is judged by that. */
const BEAT_MS = 10_000;
const SILENT_MS = 120_000;
/** Its writer needs no longer for the hundred bytes of a lock. */
const WRITING_MS = 2_000;
const UNKNOWN: Holder = { pid: 0, identity: '', host: '' };

/**
 * The text of the lock and its holder, or undefined where there is no lock. A lock that cannot be understood has no
 * holder.
 */
async function readLock(file: string): Promise<{ text: string; holder?: Holder } | undefined> {
  const text = await readRegularText(file, MOST.names).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return { text, holder: holder(JSON.parse(text) as unknown) };
  } catch {
    return { text };
  }
}

/** The live process that holds the lock, or undefined. */
async function liveHolder(file: string, found: { holder?: Holder }): Promise<Holder | undefined> {
  const age = async (): Promise<number> =>
    stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => Infinity,
    );
  // A lock that says nothing was created a moment ago and is still being written, or it is damaged; clocks may differ
  // either way.
  if (found.holder === undefined) return Math.abs(await age()) > WRITING_MS ? undefined : UNKNOWN;
  if (found.holder.host !== hostname()) return (await age()) > SILENT_MS ? undefined : found.holder;
  return (await processIdentity(found.holder.pid)) === found.holder.identity ? found.holder : undefined;
}

/** Whether a live process holds the lock. */
export async function isLocked(file: string): Promise<boolean> {
  const found = await readLock(file).catch(() => undefined);
  return found !== undefined && (await liveHolder(file, found)) !== undefined;
}

export class RunLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(
    private readonly file: string,
    private readonly text: string,
  ) {
    this.beat = setInterval(() => {
      utimes(file, new Date(), new Date()).catch(() => undefined);
    }, BEAT_MS);
    this.beat.unref();
  }

  /** Takes the lock for this process. @throws RunError 'locked' where a live process holds it */
  static async acquire(file: string): Promise<RunLock> {
    const identity = await processIdentity(process.pid);
    const text = JSON.stringify({
      pid: process.pid,
      identity: identity ?? '',
      host: hostname(),
      nonce: randomBytes(8).toString('hex'),
    });
    return onDisk(file, async () => {
      // Each round either takes the lock, removes a stale one, or finds a live holder.
      for (let round = 0; round < 500; round++) {
        if (await create(file, text)) return new RunLock(file, text);
        const found = await readLock(file);
        if (found === undefined) continue;
        const live = await liveHolder(file, found);
        if (live === UNKNOWN) {
          await new Promise((resolve) => {
            setTimeout(resolve, WRITING_MS / 8);
          });
          continue;
        }
        if (live !== undefined) {
          const who = live.host === hostname() ? `process ${live.pid}` : `process ${live.pid} on ${live.host}`;
          throw new RunError('locked', file, `this run is in the hands of ${who}.`, 'Wait for it or stop it first.');
        }
        await removeStale(file, found.text);
      }
      throw new RunError('locked', file, 'other processes keep taking this run.', 'Try again.');
    });
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    clearInterval(this.beat);
    const found = await readLock(this.file).catch(() => undefined);
    if (found?.text === this.text) await rm(this.file, { force: true });
  }
}

/**
 * Creates the lock with its content in one step: written beside, then linked under its name, which fails where there is
 * one.
 */
async function create(file: string, text: string): Promise<boolean> {
  const own = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeFile(own, text, { flag: 'wx' });
    await link(own, file).catch(async (error: unknown) => {
      // File systems without hard links (FAT, some network ones) still create a file only once.
      if (systemCode(error) === 'EEXIST') throw error;
      await writeFile(file, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Removes the lock if it still is the stale one. One process at a time may: between reading it and removing it another
 * could have taken its place, and would be removed instead.
 */
async function removeStale(file: string, text: string): Promise<void> {
  const removing = `${file}.removing`;
  try {
    await writeFile(removing, '', { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const { mtimeMs } = await stat(removing).catch(() => ({ mtimeMs: Date.now() }));
    // Its process died in the middle of two system calls.
    if (Math.abs(Date.now() - mtimeMs) > WRITING_MS) await rm(removing, { force: true });
    else
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    return;
  }
  try {
    if ((await readLock(file))?.text === text) await rm(file, { force: true });
  } finally {
    await rm(removing, { force: true });
  }
}
