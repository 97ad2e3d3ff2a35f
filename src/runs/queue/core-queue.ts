/**
 * The queue for the cores of a machine that all searches of a user share, whichever program started them: a folder with
 * a file for each search that works or waits, held by its process. What a killed process held is free at once.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error-text.ts';
import { MOST, readRegularText } from '../../data/files/regular-file.ts';
import { cacheFolder } from '../../devices/folders.ts';
import { coresForSearches } from '../../devices/threads.ts';
import { isTemporary, writeAtomic } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { RunError } from '../folder/run-error.ts';
import { RunLock } from '../folder/run-lock.ts';
import { isThere, processIdentity } from '../worker/process-identity.ts';
import { grants, ticket, waitingText, type Lane, type Ticket } from './tickets.ts';

/** How those who wait look whether it is their turn. */
export interface Pace {
  readonly lookMs: number;
  /** So long a process may keep the folder to itself before the queue is given up: no search waits for a broken one. */
  readonly patienceMs: number;
}

const PACE: Pace = { lookMs: 300, patienceMs: 30_000 };
/** A file that cannot be read is being written, or it is damaged: after this time it is removed. */
const WRITING_MS = 5_000;
const SUFFIX = '.ticket.json';

/** What a search asks for. */
export interface Wish {
  readonly lane: Lane;
  /** Cores that it can make use of. */
  readonly cores: number;
  readonly title: string;
}

/** Cores to work on until they are given back. */
export interface Held {
  readonly cores: number;
  release(): Promise<void>;
}

export interface WaitListener {
  /** It is not its turn: what for it waits, in a sentence. Again when that changes. */
  waiting?(text: string): void;
  /** The queue cannot be used, and why; the search begins without. */
  unusable?(why: string): void;
}

/**
 * Of this user on this machine. UDC_QUEUE names another folder; `off`: searches begin at once, however many there are.
 * Homes may be shared by machines, so the machine is in the name.
 */
function queueFolder(): string | undefined {
  const named = process.env['UDC_QUEUE'];
  if (named === 'off') return undefined;
  if (named !== undefined && named !== '') return named;
  return join(cacheFolder(), 'udc', `queue-${hostname().replace(/[^\w.-]+/g, '-')}`);
}

export class CoreQueue {
  constructor(
    private readonly folder: string | undefined = queueFolder(),
    readonly cores: number = coresForSearches(),
    private readonly pace: Pace = PACE,
  ) {}

  /**
   * Waits until cores are free, and holds them. Where the queue cannot be used, the search begins as if it were alone.
   * @throws the signal's reason when it is aborted
   */
  async enter(wish: Wish, signal: AbortSignal, listener: WaitListener = {}): Promise<Held> {
    const wanted = Math.max(1, Math.min(wish.cores, this.cores));
    const alone: Held = { cores: wanted, release: () => Promise.resolve() };
    const { folder } = this;
    if (folder === undefined) return alone;
    let own: Ticket | undefined;
    try {
      await makeFolder(folder);
      own = await this.draw(folder, { ...wish, cores: wanted }, signal);
      const cores = await this.turn(folder, own, signal, listener);
      const { id } = own;
      return { cores, release: () => rm(fileOf(folder, id), { force: true }).catch(() => undefined) };
    } catch (error) {
      if (own) await rm(fileOf(folder, own.id), { force: true }).catch(() => undefined);
      signal.throwIfAborted();
      listener.unusable?.(messageOf(error));
      return alone;
    }
  }

  /** Searches that work or wait now; none where there is no queue. */
  async tickets(): Promise<readonly Ticket[]> {
    return this.folder === undefined ? [] : readTickets(this.folder).catch(() => []);
  }

  /** Takes a place at the end of its lane. */
  private draw(folder: string, { lane, cores, title }: Wish, signal: AbortSignal): Promise<Ticket> {
    return this.exclusively(folder, signal, async () => {
      const others = await readTickets(folder);
      const own: Ticket = {
        format: 1,
        id: `${process.pid}-${randomBytes(6).toString('hex')}`,
        pid: process.pid,
        identity: (await processIdentity(process.pid)) ?? '',
        lane,
        turn: 1 + Math.max(0, ...others.map(({ turn }) => turn)),
        wanted: cores,
        held: 0,
        title,
      };
      await writeAtomic(fileOf(folder, own.id), JSON.stringify(own));
      return own;
    });
  }

  private async turn(folder: string, own: Ticket, signal: AbortSignal, listener: WaitListener): Promise<number> {
    let said: string | undefined;
    for (;;) {
      signal.throwIfAborted();
      // A look without the lock: it is taken only where there seems to be room.
      const seen = await readTickets(folder);
      if (grants(seen, this.cores).has(own.id)) {
        const cores = await this.exclusively(folder, signal, () => this.take(folder, own));
        if (cores !== undefined) return cores;
      }
      const text = waitingText(own, seen, this.cores);
      if (text !== said) listener.waiting?.(text);
      said = text;
      await sleep(this.pace.lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async take(folder: string, own: Ticket): Promise<number | undefined> {
    const tickets = await readTickets(folder);
    // Somebody may have emptied the folder: what is not there is put back.
    const all = tickets.some(({ id }) => id === own.id) ? tickets : [...tickets, own];
    const held = grants(all, this.cores).get(own.id);
    if (held !== undefined)
      await writeAtomic(fileOf(folder, own.id), JSON.stringify({ ...own, held } satisfies Ticket));
    return held;
  }

  /** One process at a time decides. */
  private async exclusively<T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.pace.patienceMs;
    for (;;) {
      signal.throwIfAborted();
      try {
        const lock = await RunLock.acquire(join(folder, 'lock.json'));
        try {
          return await work();
        } finally {
          await lock.release();
        }
      } catch (error) {
        if (!(error instanceof RunError) || error.code !== 'locked' || performance.now() > until) throw error;
        await sleep(10 + 40 * Math.random(), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

const fileOf = (folder: string, id: string): string => join(folder, `${id}${SUFFIX}`);

/** All whose processes live; the others' files are removed. */
async function readTickets(folder: string): Promise<readonly Ticket[]> {
  const found: Ticket[] = [];
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (isTemporary(name)) await removeOld(file);
    if (!name.endsWith(SUFFIX)) continue;
    const read = await readTicket(file);
    if (read === undefined || fileOf(folder, read.id) !== file) await removeOld(file);
    else if (!(await lives(read))) await rm(file, { force: true });
    else found.push(read);
  }
  return found;
}

/** When a process was last known to be the one of its ticket. */
const seen = new Map<string, number>();
/** To ask for more than whether there is such a process takes another process on some systems. */
const TRUSTED_MS = process.platform === 'linux' ? 0 : 10_000;

async function lives({ id, pid, identity }: Ticket): Promise<boolean> {
  if (performance.now() - (seen.get(id) ?? -Infinity) < TRUSTED_MS) return isThere(pid);
  const same = (await processIdentity(pid)) === identity;
  if (same && TRUSTED_MS > 0) seen.set(id, performance.now());
  return same;
}

async function readTicket(file: string): Promise<Ticket | undefined> {
  try {
    return ticket(JSON.parse(await readRegularText(file, MOST.names)) as unknown);
  } catch {
    return undefined;
  }
}

async function removeOld(file: string): Promise<void> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  if (Math.abs(Date.now() - mtimeMs) > WRITING_MS)
    await rm(file, { recursive: true, force: true }).catch(() => undefined);
}
