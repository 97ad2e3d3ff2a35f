/**
 * The event log of a run: `events.ndjson`, one event a line, appended and never rewritten but for being cut back to a
 * checkpoint.
 */
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { messageOf } from '../../base/error-text.ts';
import { MOST, readRegular, specialKind } from '../../data/files/regular-file.ts';
import type { RunEvent, UnnumberedEvent } from '../../wire/run.ts';
import { EffortCount, type Effort } from '../../wire/effort.ts';
import { currentEvent } from '../../wire/old-runs.ts';
import { runEvent } from '../../wire/run-schema.ts';
import { RunError, asRunError, onDisk, systemCode } from './run-error.ts';

export interface LogContent {
  /** The sound events, `seq` 0 and up. */
  readonly events: readonly RunEvent[];
  /** Where each event's line ends, in bytes: `ends[n - 1]` is the length of a log of n events. */
  readonly ends: readonly number[];
  /** The last line has no end: its writer was stopped in the middle. It is left out. */
  readonly torn: boolean;
  /** What is wrong with the first line that is no event; it and all that follow are left out. */
  readonly damage?: string;
}

const NEWLINE = 10;

/**
 * Reads a log, as far as it is sound. A log that does not exist is empty.
 * @throws RunError where the file cannot be read
 */
export async function readLog(file: string): Promise<LogContent> {
  const bytes = await readRegular(file, MOST.log).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return Buffer.from(new ArrayBuffer(0));
    throw asRunError(error, file);
  });
  const events: RunEvent[] = [];
  const ends: number[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return { events, ends, torn: true };
    try {
      events.push(parseEvent(bytes.toString('utf8', start, end), events.length));
    } catch (error) {
      return { events, ends, torn: false, damage: `${file}:${events.length + 1}: ${messageOf(error)}` };
    }
    ends.push(end + 1);
    start = end + 1;
  }
  return { events, ends, torn: false };
}

function parseEvent(line: string, seq: number): RunEvent {
  const event = runEvent(currentEvent(JSON.parse(line)));
  if (event.seq !== seq) throw new Error(`seq: ${seq} was expected, found ${event.seq}`);
  return event;
}

/** A link would have another file written, a FIFO would wait for a reader. */
async function refuseOther(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  const kind = found?.isSymbolicLink() === true ? 'a link' : found && specialKind(found);
  if (kind !== undefined) throw new RunError('damaged', file, `this is ${kind}, and no log.`, 'Start a new run.');
}

/** The log of a run that is going on. One writer at a time: the holder of the run's lock. */
export class EventLog {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private bytes: number,
    private count: number,
    private readonly sum: EffortCount,
  ) {}

  /**
   * Opens the log and cuts it back to its first `length` events (0: starts anew). What was cut belongs to work after
   * the last checkpoint, which is done again.
   * @throws RunError where the log holds fewer sound events than that
   */
  static async open(file: string, length: number): Promise<EventLog> {
    await refuseOther(file);
    const content = await readLog(file);
    if (content.events.length < length) {
      throw new RunError(
        'damaged',
        file,
        `the log holds ${content.events.length} sound events, the checkpoint was made after ${length}.${content.damage === undefined ? '' : ` (${content.damage})`}`,
        'Start a new run.',
      );
    }
    const bytes = length === 0 ? 0 : content.ends[length - 1]!;
    const handle = await onDisk(file, () => open(file, 'a+'));
    await onDisk(file, () => handle.truncate(bytes));
    const sum = new EffortCount();
    for (const event of content.events.slice(0, length)) sum.add(event);
    return new EventLog(file, handle, bytes, length, sum);
  }

  /** Number of events in the log: the next event's `seq`. */
  get length(): number {
    return this.count;
  }

  /** What the search took up to its last event. */
  get effort(): Effort {
    return this.sum.effort;
  }

  /**
   * Gives the event its place, writes it and waits until it is on the disk. A failure leaves the log as it was.
   * @throws RunError
   */
  async append(event: UnnumberedEvent): Promise<RunEvent> {
    const numbered = runEvent({ seq: this.count, ...event });
    const line = Buffer.from(`${JSON.stringify(numbered)}\n`);
    try {
      for (let written = 0; written < line.length;) written += (await this.handle.write(line, written)).bytesWritten;
      await this.handle.datasync();
    } catch (error) {
      await this.handle.truncate(this.bytes).catch(() => undefined);
      throw asRunError(error, this.file);
    }
    this.bytes += line.length;
    this.count += 1;
    this.sum.add(numbered);
    return numbered;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
