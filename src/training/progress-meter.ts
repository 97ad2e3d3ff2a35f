/** Progress between events: at most four messages a second, with the time left and the share that is done. */
import type { Progress } from '../wire/run.ts';
import type { SearchHooks } from './problem.ts';
import type { WorkClock, WorkLeft } from './work-clock.ts';

const INTERVAL_MS = 250;

export class ProgressMeter {
  private reported = 0;

  /** @param whole all work of the search */
  constructor(
    private readonly hooks: Pick<SearchHooks, 'progress'>,
    private readonly clock: WorkClock,
    private readonly whole: WorkLeft,
  ) {}

  /** Call after every step. @param left work to the end of the search */
  tell(progress: Omit<Progress, 'type' | 'secondsLeft' | 'done'>, left: WorkLeft): void {
    const now = performance.now();
    if (now - this.reported < INTERVAL_MS) return;
    this.reported = now;
    const done = 1 - this.clock.weighed(left) / Math.max(1, this.clock.weighed(this.whole));
    this.hooks.progress({
      type: 'progress',
      ...progress,
      secondsLeft: this.clock.secondsLeft(left),
      done: Math.min(1, Math.max(0, done)),
    });
  }
}
