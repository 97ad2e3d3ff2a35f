/** Others who train networks, in this thread: what they are given and what they give back is copied. */
import type { Dataset } from '../../../src/data/dataset.ts';
import { SIDE_JOBS } from '../../../src/runs/side/side-jobs.ts';
import type { JobName, Side } from '../../../src/training/side.ts';

/** Does so many jobs at a time in this thread, a copy of each order, the last begun first where it may. */
export class Helpers implements Side {
  readonly gain = 1;
  readonly startSeconds = 0;
  readonly begun: string[] = [];
  dropped = 0;
  private readonly queue: (() => Promise<void>)[] = [];
  private free: number;

  constructor(
    readonly most: number,
    private readonly dataset: Dataset,
  ) {
    this.free = most;
  }

  submit<O, N, A>({ name }: JobName<O, N, A>, order: () => O, hear: (news: N) => void): Promise<A> {
    return new Promise((resolve, reject) => {
      this.queue.push(async () => {
        const job = SIDE_JOBS.find((one) => one.name === name)!;
        const tell = (news: unknown): void => {
          hear(structuredClone(news) as N);
        };
        const place = { dataset: this.dataset, tell, breathe: () => new Promise<void>(setImmediate) };
        this.begun.push(name);
        await job.run(structuredClone(order()), place).then((answer) => {
          resolve(structuredClone(answer) as A);
        }, reject);
      });
      queueMicrotask(() => {
        this.fill();
      });
    });
  }

  drop(): Promise<void> {
    this.dropped++;
    this.queue.length = 0;
    return Promise.resolve();
  }

  private fill(): void {
    while (this.free > 0 && this.queue.length > 0) {
      this.free--;
      void this.queue.shift()!().then(() => {
        this.free++;
        this.fill();
      });
    }
  }
}
