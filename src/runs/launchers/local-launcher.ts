/** Runs on this machine: each in a process of its own, which ends with a checkpoint when this one goes. */
import type { RunState } from '../../wire/run.ts';
import { RunFolder } from '../folder/run-folder.ts';
import type { Job, Launcher, Patience, RunEnd, RunListener, Work } from './launcher.ts';
import { defaultWorker, LocalWorker, type WorkerProgram } from './local-worker.ts';

export class LocalLauncher implements Launcher {
  readonly name = 'local';
  private readonly workers = new Map<string, LocalWorker>();
  private readonly ends = new Map<string, RunEnd>();
  private submitted = 0;

  constructor(private readonly program: WorkerProgram = defaultWorker()) {}

  submit(works: readonly Work[]): Promise<readonly Job[]> {
    return Promise.resolve(works.map((work) => this.start(work)));
  }

  private start(work: Work): Job {
    const worker = new LocalWorker(work, this.program);
    // What could not be started has no number, and is told from others all the same.
    const job = { launcher: this.name, folder: work.folder.path, id: `${worker.pid ?? `none-${++this.submitted}`}` };
    this.workers.set(keyOf(job), worker);
    void worker.ended.then((end) => this.ends.set(keyOf(job), end));
    return job;
  }

  states(jobs: readonly Job[]): Promise<readonly RunState[]> {
    return Promise.all(
      jobs.map(async (job) => {
        const end = this.ends.get(keyOf(job));
        if (end !== undefined) return end.state;
        const told = await new RunFolder(job.folder).readState();
        // Between its start and its lock a worker has left no trace in the folder.
        return this.workers.has(keyOf(job)) && told !== 'running' && told !== 'done' ? 'queued' : told;
      }),
    );
  }

  async cancel(job: Job, patience?: Patience): Promise<void> {
    const worker = this.workers.get(keyOf(job));
    if (worker !== undefined) {
      if (!this.ends.has(keyOf(job))) worker.cancel(patience);
    } else if (await new RunFolder(job.folder).isLocked())
      throw new Error(`${job.folder}: this run is in the hands of another program: stop it there`);
  }

  kill(job: Job): void {
    this.workers.get(keyOf(job))?.kill();
  }

  async collect(job: Job, listener: RunListener): Promise<RunEnd> {
    const worker = this.workers.get(keyOf(job));
    if (worker === undefined) return endTold(job);
    worker.listen(listener);
    const end = await worker.ended;
    this.workers.delete(keyOf(job));
    return end;
  }
}

const keyOf = ({ folder, id }: Job): string => `${id} ${folder}`;

/** Of a job that this launcher does not hear: its folder tells how it ended, if it has. */
async function endTold({ folder: path }: Job): Promise<RunEnd> {
  const folder = new RunFolder(path);
  const { state, ending, problem } = await folder.readListing();
  if (state === 'done') return { state, code: '' };
  if (ending !== undefined) return { state: ending.state, code: ending.code, failure: ending.failure };
  return {
    state: 'interrupted',
    code: 'host-gone',
    failure: {
      what: 'This run cannot be followed from here.',
      why: problem ?? `Another program started the process that works on ${path}, or it ended without a word.`,
      next: 'Where that program has ended, resume goes on from the last checkpoint.',
      log: [],
    },
  };
}
