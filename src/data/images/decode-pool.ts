/**
 * Threads that read, decode and prepare samples, so that the next batch is made while a step is computed. What they
 * make depends on the files alone, not on which thread made it or when.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import type { DecodeAnswer, Decoded, DecodeJob, DecodeTask, Wanted } from './decode-thread.ts';

/** More would only wait for the disk. */
const MOST_THREADS = 8;
/** So many files are decoded between two messages. */
const FILES_A_JOB = 8;

/** The thread's program from its source, bundled once: a loader would take a second of each thread's time. */
let bundled: string | undefined;

function programFromSource(): string {
  const source = new URL('decode-thread.ts', import.meta.url);
  const { buildSync } = createRequire(import.meta.url)('esbuild') as {
    buildSync(options: object): { readonly outputFiles: readonly { readonly text: string }[] };
  };
  bundled ??= buildSync({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    define: { 'import.meta.url': JSON.stringify(source.href) },
  }).outputFiles[0]!.text;
  return bundled;
}

function startThread(task: DecodeTask): Worker {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? new Worker(programFromSource(), { eval: true, workerData: task })
    : new Worker(join(dirname(here), 'decode.cjs'), { workerData: task });
}

/** `UDC_THREADS`, else all; a value that is no number of threads is told of by what opens the backend. */
function cores(): number {
  const said = Number(process.env['UDC_THREADS']);
  return Number.isInteger(said) && said > 0 ? said : availableParallelism();
}

interface Waiting {
  readonly resolve: (samples: readonly Decoded[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Waiting>;
}

export class DecodePool {
  private readonly threads: Thread[] = [];
  private jobs = 0;
  private users = 0;

  /** @param most how many threads there may be; absent: as many as the process may compute on, up to 8 */
  constructor(
    private readonly steps: readonly PrepareStep[],
    private readonly most = Math.min(MOST_THREADS, cores()),
  ) {}

  /** Says that one more reads through these threads; `release` says that it does no longer. */
  retain(): this {
    this.users += 1;
    return this;
  }

  /** Ends the threads when nobody reads through them any more. They start again when they are needed. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users <= 0) await this.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  /**
   * What becomes of each file or part, in their order. All is handed to the threads at once: they go on while a step
   * keeps this one busy.
   * @param normalise what is done to the values after the steps
   * @throws where a thread breaks down
   */
  async decode(wanted: readonly Wanted[], normalise?: Normalisation): Promise<readonly Decoded[]> {
    const size = Math.min(FILES_A_JOB, Math.max(1, Math.ceil(wanted.length / this.most)));
    const parts: Promise<readonly Decoded[]>[] = [];
    for (let from = 0; from < wanted.length; from += size)
      parts.push(this.hand({ id: this.jobs++, wanted: wanted.slice(from, from + size), normalise }));
    return (await Promise.all(parts)).flat();
  }

  /** Gives a job to the thread with the fewest before it, or to a new one while there are too few. */
  private hand(job: DecodeJob): Promise<readonly Decoded[]> {
    const least = this.threads.reduce<Thread | undefined>(
      (best, one) => (best === undefined || one.jobs.size < best.jobs.size ? one : best),
      undefined,
    );
    const thread = least && (least.jobs.size === 0 || this.threads.length >= this.most) ? least : this.start();
    return new Promise((resolve, reject) => {
      if (thread.jobs.size === 0) thread.worker.ref();
      thread.jobs.set(job.id, { resolve, reject });
      thread.worker.postMessage(job);
    });
  }

  private start(): Thread {
    const worker = startThread({ steps: this.steps });
    const thread: Thread = { worker, jobs: new Map() };
    // An idle thread keeps no process alive.
    worker.unref();
    worker.on('message', ({ id, samples }: DecodeAnswer) => {
      const done = thread.jobs.get(id);
      thread.jobs.delete(id);
      // One that is being ended keeps the process alive until it has.
      if (thread.jobs.size === 0 && this.threads.includes(thread)) worker.unref();
      done?.resolve(samples);
    });
    const lost = (error: unknown): void => {
      const at = this.threads.indexOf(thread);
      if (at >= 0) this.threads.splice(at, 1);
      for (const { reject } of thread.jobs.values()) reject(error);
      thread.jobs.clear();
    };
    worker.on('error', lost);
    worker.on('exit', (code) => {
      lost(new Error(`A thread that decodes samples ended with code ${code}.`));
    });
    this.threads.push(thread);
    return thread;
  }
}
