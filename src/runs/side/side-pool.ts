/**
 * Threads beside the run's worker that train networks which do not know of each other, one each. A thread that ends
 * without an answer is started again once.
 */
import { dirname, extname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/error-text.ts';
import type { Batch, Dataset } from '../../data/dataset.ts';
import { SideError, type JobName, type Side } from '../../training/side.ts';
import { errorOf } from './side-failure.ts';
import { factsOf, type SideMessage, type SideRequest, type ThreadTask } from './side-messages.ts';

/** Until a thread is there: its program is read, and its backend opened. */
const START_SECONDS = 1;
/** A job that so many threads did not survive is given up. */
const DEATHS = 2;

/** A thread as it is seen from outside; of tests also another. */
export type SideThread = Pick<Worker, 'postMessage' | 'on' | 'terminate'>;

/** `worker.cjs` is this program too; in a checkout the source. */
function openSideThread(task: ThreadTask): SideThread {
  const here = fileURLToPath(import.meta.url);
  const options = { workerData: task, execArgv: [], name: 'udc-side' };
  if (extname(here) !== '.ts') return new Worker(join(dirname(here), 'worker.cjs'), options);
  // tsx given by `execArgv` does not reach into threads of Node 20.
  const urlOf = (file: string): string => JSON.stringify(pathToFileURL(file).href);
  const tsx = urlOf(
    createRequire(here)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  );
  const source = urlOf(join(dirname(here), 'side-thread.ts'));
  const program = `import(${tsx}).then(({ register }) => { register(); return import(${source}); });`;
  return new Worker(program, { ...options, eval: true });
}

interface Task {
  readonly name: string;
  order(): unknown;
  hear(news: unknown): void;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  deaths: number;
}

/** A thread and what it is at. */
interface Seat {
  readonly thread: SideThread;
  task?: Task | undefined;
  /** Of the backend, while it works. */
  threads: number;
  /** Why it will have ended, as far as it said. */
  why?: string;
}

export interface PoolPlan {
  readonly dataset: Dataset;
  /** Networks at once. */
  readonly most: number;
  /** Threads of all backends together. */
  readonly threads: number;
}

export class SidePool implements Side {
  readonly gain: number;
  private readonly seats = new Set<Seat>();
  private readonly queue: Task[] = [];
  private allowed: number;

  constructor(
    private readonly plan: PoolPlan,
    private readonly open: (task: ThreadTask) => SideThread = openSideThread,
  ) {
    this.allowed = plan.most;
    // A backend with n threads is about n^0.75 times as fast as with one (docs/performance.md), and n with one each n.
    this.gain = plan.most ** 0.25;
  }

  get most(): number {
    return this.allowed;
  }

  get startSeconds(): number {
    return this.seats.size > 0 ? 0 : START_SECONDS;
  }

  submit<Order, News, Answer>(
    { name }: JobName<Order, News, Answer>,
    order: () => Order,
    hear: (news: News) => void,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.queue.push({
        name,
        order,
        hear: hear as (news: unknown) => void,
        resolve: resolve as (answer: unknown) => void,
        reject,
        deaths: 0,
      });
      // After all that is submitted with it: how many threads each gets depends on that.
      queueMicrotask(() => {
        this.fill();
      });
    });
  }

  async drop(): Promise<void> {
    this.queue.length = 0;
    const seats = [...this.seats];
    this.seats.clear();
    await Promise.all(seats.map(({ thread }) => thread.terminate()));
  }

  /** Gives work to those who have none. */
  private fill(): void {
    for (;;) {
      const busy = [...this.seats].filter(({ task }) => task);
      const free = this.plan.threads - busy.reduce((sum, { threads }) => sum + threads, 0);
      const atOnce = Math.min(this.queue.length, this.allowed - busy.length);
      if (atOnce < 1 || free < 1) return;
      const seat = [...this.seats].find(({ task }) => !task) ?? this.newSeat();
      seat.task = this.queue.shift()!;
      seat.threads = Math.max(1, Math.floor(free / atOnce));
      this.send(seat, { type: 'job', name: seat.task.name, order: seat.task.order(), threads: seat.threads });
    }
  }

  private send({ thread }: Seat, message: SideRequest, transfer: ArrayBuffer[] = []): void {
    thread.postMessage(message, transfer);
  }

  private newSeat(): Seat {
    const seat: Seat = { thread: this.open({ purpose: 'udc-side', data: factsOf(this.plan.dataset) }), threads: 0 };
    this.seats.add(seat);
    seat.thread.on('message', (message: SideMessage) => {
      if (this.seats.has(seat)) this.take(seat, message);
    });
    seat.thread.on('error', (error: unknown) => {
      seat.why = messageOf(error);
    });
    seat.thread.on('exit', (code: number) => {
      this.lose(seat, seat.why ?? `it ended with code ${code}`);
    });
    return seat;
  }

  private take(seat: Seat, message: SideMessage): void {
    const { task } = seat;
    if (message.type === 'news') task?.hear(message.news);
    else if (message.type === 'want') void this.supply(seat, message);
    else if (message.type === 'failed' && message.memory) {
      // Its memory does not shrink again.
      this.lose(seat, message.error.message);
      void seat.thread.terminate();
    } else {
      seat.task = undefined;
      seat.threads = 0;
      if (message.type === 'done') task?.resolve(message.answer);
      else task?.reject(errorOf(message.error));
      this.fill();
    }
  }

  private async supply(seat: Seat, message: Extract<SideMessage, { type: 'want' }>): Promise<void> {
    const { request, part, size, wanted } = message;
    const { dataset } = this.plan;
    const split = (dataset.sizes?.[size] ?? dataset)[part];
    const { task } = seat;
    try {
      if ('places' in wanted) {
        const batch = await split.gather(wanted.places, wanted.seed);
        if (this.seats.has(seat)) this.send(seat, { type: 'batch', request, batch }, buffersOf(batch));
      } else {
        // Is kept here: the thread gets a copy.
        const batch = await split.slice(wanted.from, wanted.count);
        if (this.seats.has(seat)) this.send(seat, { type: 'batch', request, batch });
      }
    } catch (error) {
      // The error itself tells more than a copy of it.
      if (!this.seats.delete(seat)) return;
      task?.reject(error);
      void seat.thread.terminate();
    }
  }

  /** A thread is gone. What it was at is begun again, and one fewer at once: memory may have been too short. */
  private lose(seat: Seat, why: string): void {
    if (!this.seats.delete(seat)) return;
    this.allowed = Math.max(1, this.allowed - 1);
    const { task } = seat;
    if (task && ++task.deaths < DEATHS) this.queue.unshift(task);
    else task?.reject(new SideError(`A thread that trained a network ended ${DEATHS} times without a result: ${why}.`));
    this.fill();
  }
}

/** What of a gathered batch is the caller's to give away. */
function buffersOf({ images, targets }: Batch): ArrayBuffer[] {
  return [images, ...(targets ? [targets] : [])].map(({ buffer }) => buffer as ArrayBuffer);
}
