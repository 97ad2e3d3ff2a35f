/**
 * What a worker thread of the `wasm` backend runs: it claims tasks of the job that the main thread has published, and
 * sleeps where there are none.
 */

/**
 * Words of the control block. `ticket` holds the job's number and, in its low bits, the next task to claim; it changes
 * with every job and every claim,
 * so a claim succeeds only while everything that was read before it still belongs to that job.
 */
export const WORD = {
  ticket: 0,
  kernel: 1,
  job: 2,
  first: 3,
  tasks: 4,
  scratch: 5,
  scratchBytes: 6,
  done: 7,
  asleep: 8,
  waiting: 9,
  threads: 10,
  failed: 11,
} as const;
export const CONTROL_WORDS = 16;

/** The low bits of a ticket. A ticket with all of them set is closed: the job's description is being written. */
export const TASK_BITS = 12;
export const TASK_MASK = (1 << TASK_BITS) - 1;

export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  readonly words: typeof WORD;
  readonly taskMask: number;
  /** Names of exports, in the order of the numbers in `WORD.kernel`. */
  readonly kernels: readonly string[];
  /** This thread's number, from 1; the main thread is 0. Threads beyond `WORD.threads` pause. */
  readonly index: number;
  /** So often a thread looks for work before it sleeps. */
  readonly spins: number;
}

/**
 * The thread. Its text is what the worker is given (thread-pool.ts), so it may use nothing from outside but its
 * argument.
 */
export function serve({ module, memory, control, words, taskMask, kernels, index, spins }: ThreadData): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  let idle = 0;
  for (;;) {
    const ticket = Atomics.load(control, words.ticket);
    const threads = Atomics.load(control, words.threads);
    if (threads <= index) {
      Atomics.wait(control, words.threads, threads);
      continue;
    }
    const tasks = Atomics.load(control, words.tasks);
    if ((ticket & taskMask) >= tasks) {
      if (++idle <= spins) continue;
      Atomics.add(control, words.asleep, 1);
      Atomics.wait(control, words.ticket, ticket);
      Atomics.sub(control, words.asleep, 1);
      idle = 0;
      continue;
    }
    const run = exports[kernels[Atomics.load(control, words.kernel)]!] as (
      job: number,
      task: number,
      scratch: number,
    ) => void;
    const job = Atomics.load(control, words.job);
    const task = Atomics.load(control, words.first) + (ticket & taskMask);
    const scratch = Atomics.load(control, words.scratch) + index * Atomics.load(control, words.scratchBytes);
    if (Atomics.compareExchange(control, words.ticket, ticket, ticket + 1) !== ticket) continue;
    idle = 0;
    try {
      run(job, task, scratch);
    } catch {
      Atomics.store(control, words.failed, 1);
    }
    if (Atomics.add(control, words.done, 1) + 1 === tasks && Atomics.load(control, words.waiting) === 1)
      Atomics.notify(control, words.done);
  }
}
