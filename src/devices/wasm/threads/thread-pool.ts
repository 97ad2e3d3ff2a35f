/**
 * Threads that share the tasks of a kernel. The main thread publishes a job in a control block and works on it itself;
 * whoever is free claims the next task.
 * Which thread ran a task leaves no trace: how a kernel is split, and in which order its parts are added, depends on
 * shapes alone.
 */
import { Worker } from 'node:worker_threads';
import { CONTROL_WORDS, serve, TASK_BITS, TASK_MASK, WORD, type ThreadData } from './thread.ts';

/**
 * About a tenth of a millisecond: longer than the pause between two kernels of a training step, since to wake a thread
 * costs the waker more than the pause itself.
 * Longer still would take from others what an idle thread does not need.
 */
const SPINS = 5000;

export type Task = (job: number, task: number, scratch: number) => void;

export interface PoolModule {
  readonly module: WebAssembly.Module;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  /** Names of the exports that may be run, and the main thread's instances of them. */
  readonly kernels: readonly string[];
  readonly tasks: readonly Task[];
}

/**
 * One job: `kernel` is an index into the pool's kernels; thread i has `scratchBytes` of memory at scratch + i ·
 * scratchBytes.
 */
export interface Job {
  readonly kernel: number;
  readonly address: number;
  readonly tasks: number;
  readonly scratch: number;
  readonly scratchBytes: number;
}

export class ThreadPool {
  private readonly source: PoolModule;
  private readonly control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  private workers = 0;
  private jobs = 0;

  constructor(source: PoolModule) {
    this.source = source;
    this.control[WORD.threads] = 1;
  }

  /** Threads that may work, the main thread included. */
  get threads(): number {
    return Atomics.load(this.control, WORD.threads);
  }

  /**
   * Threads beyond this number pause, missing ones are started. They keep no process alive; one that cannot start is
   * only missed in speed.
   */
  set threads(count: number) {
    while (this.workers + 1 < count) this.start(++this.workers);
    Atomics.store(this.control, WORD.threads, count);
    Atomics.notify(this.control, WORD.threads);
  }

  private start(index: number): void {
    const { module, memory, kernels } = this.source;
    const workerData: ThreadData = {
      module,
      memory,
      control: this.control,
      words: WORD,
      taskMask: TASK_MASK,
      kernels,
      index,
      spins: SPINS,
    };
    // From its text, because a thread has no file that is in the same place in a checkout, under a loader and in a
    // bundle; the main thread's loaders are not wanted in it.
    const worker = new Worker(`(${serve.toString()})(require('node:worker_threads').workerData)`, {
      eval: true,
      workerData,
      execArgv: [],
      name: `udc-kernels-${index}`,
    });
    worker.on('error', () => undefined);
    worker.unref();
  }

  /** Runs all tasks of a job. Throws where one failed, after all have ended. */
  run(job: Job): void {
    for (let first = 0; first < job.tasks; first += TASK_MASK)
      this.runSome(job, first, Math.min(job.tasks - first, TASK_MASK));
  }

  private runSome(job: Job, first: number, tasks: number): void {
    const { control } = this;
    const open = ++this.jobs << TASK_BITS;
    Atomics.store(control, WORD.ticket, open | TASK_MASK);
    const { kernel, address, scratch, scratchBytes } = job;
    for (const [word, value] of [
      [WORD.kernel, kernel],
      [WORD.job, address],
      [WORD.first, first],
      [WORD.tasks, tasks],
      [WORD.scratch, scratch],
      [WORD.scratchBytes, scratchBytes],
      [WORD.done, 0],
    ] as const) {
      Atomics.store(control, word, value);
    }
    Atomics.store(control, WORD.ticket, open);
    if (Atomics.load(control, WORD.asleep) > 0) Atomics.notify(control, WORD.ticket, tasks - 1);
    const { own, error } = this.work(job, first, tasks);
    if (Atomics.add(control, WORD.done, own) + own < tasks) this.await(tasks);
    if (error !== undefined) throw error;
    if (Atomics.exchange(control, WORD.failed, 0) === 1)
      throw new Error(`The kernel ${this.source.kernels[kernel]!} failed in a thread.`);
  }

  /** Claims tasks until none is left. */
  private work({ kernel, address, scratch }: Job, first: number, tasks: number): { own: number; error?: unknown } {
    const { control } = this;
    const task = this.source.tasks[kernel]!;
    let own = 0;
    let failure: { error?: unknown } = {};
    for (;;) {
      const ticket = Atomics.load(control, WORD.ticket);
      const index = ticket & TASK_MASK;
      if (index >= tasks) return { own, ...failure };
      if (Atomics.compareExchange(control, WORD.ticket, ticket, ticket + 1) !== ticket) continue;
      ++own;
      try {
        task(address, first + index, scratch);
      } catch (error) {
        failure = { error };
      }
    }
  }

  /** Until the tasks that other threads have claimed are done. */
  private await(tasks: number): void {
    const { control } = this;
    for (let i = 0; i < SPINS; ++i) if (Atomics.load(control, WORD.done) === tasks) return;
    Atomics.store(control, WORD.waiting, 1);
    for (let done = Atomics.load(control, WORD.done); done !== tasks; done = Atomics.load(control, WORD.done))
      Atomics.wait(control, WORD.done, done);
    Atomics.store(control, WORD.waiting, 0);
  }
}
