/** Progress between events: at most four messages a second, with the time left. */
import type { Progress } from '../wire/run.ts';
import type { SearchHooks } from './problem.ts';

const INTERVAL_MS = 250;

export class ProgressMeter {
  private reported = 0;
  private steps = 0;
  private readonly began = performance.now();

  constructor(private readonly hooks: Pick<SearchHooks, 'progress'>) {}

  /**
   * Call after every step.
   * @param stepsLeft steps to the end of the search, for the time left at the mean pace since this meter began
   */
  tell(progress: Omit<Progress, 'type' | 'secondsLeft'>, stepsLeft: number): void {
    this.steps++;
    const now = performance.now();
    if (now - this.reported < INTERVAL_MS) return;
    this.reported = now;
    this.hooks.progress({
      type: 'progress',
      ...progress,
      secondsLeft: ((now - this.began) / 1000 / this.steps) * stepsLeft,
    });
  }
}
