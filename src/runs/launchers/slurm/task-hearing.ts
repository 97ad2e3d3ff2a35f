/** Hears a run through its folder: what its log holds more than the last time. */
import type { RunEvent } from '../../../wire/run.ts';
import type { RunFolder } from '../../folder/run-folder.ts';
import type { RunListener } from '../launcher.ts';

export class TaskHearing {
  private told: readonly RunEvent[] = [];

  constructor(
    private readonly folder: RunFolder,
    private readonly listener: RunListener,
  ) {}

  /** No search has opened its data yet. */
  get neverBegan(): boolean {
    return !this.told.some(({ type }) => type === 'started');
  }

  /** Tells what is new. A log that was cut back, as by a run that goes on from its checkpoint, is told of as such. */
  async hear(): Promise<void> {
    const content = await this.folder.readEvents().catch(() => undefined);
    if (content === undefined) return;
    const { events } = content;
    const same = sharedBeginning(this.told, events);
    const first = this.told.length === 0 && events.length > 0;
    if (first || same < this.told.length) this.listener.rewound?.(same, same === 0);
    for (const event of events.slice(same)) this.listener.event?.(event);
    this.told = events;
  }
}

/** Number of events that are the same at the beginning of both. */
function sharedBeginning(before: readonly RunEvent[], now: readonly RunEvent[]): number {
  const most = Math.min(before.length, now.length);
  // A log only grows, but where it was cut back: then what was written anew was measured anew.
  let same = most;
  while (same > 0 && JSON.stringify(before[same - 1]) !== JSON.stringify(now[same - 1])) same -= 1;
  return same;
}
