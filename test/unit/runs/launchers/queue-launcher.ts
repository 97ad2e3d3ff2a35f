/**
 * A launcher for tests that is to the local one what a cluster is to a machine: it takes jobs into a queue, works on
 * one at a time elsewhere (here: in this process, through the run folder alone), and is asked again and again how far
 * they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RunFolder } from '../../../../src/runs/folder/run-folder.ts';
import { deleteRun } from '../../../../src/runs/folder/run-folder.ts';
import type { Job, Launcher, RunEnd, RunListener, Work } from '../../../../src/runs/launchers/launcher.ts';
import type { RunState } from '../../../../src/wire/run.ts';
import { workHere } from '../support.ts';

type Session = Awaited<ReturnType<typeof workHere>>;

/** What a cluster knows of a job. */
interface Entry {
  readonly job: Job;
  readonly isNew: boolean;
  readonly stop: AbortController;
  state: RunState;
  end?: Session;
}

/** The cluster itself: other programs ask it too. */
const CLUSTER = new Map<string, Entry>();
let running: Promise<void> = Promise.resolve();
let arrays = 0;

const POLL_MS = 5;

export class QueueLauncher implements Launcher {
  readonly name = 'queue';

  async submit(works: readonly Work[]): Promise<readonly Job[]> {
    const array = ++arrays;
    return works.map(({ folder, isNew }, task) => {
      const job = { launcher: this.name, folder: folder.path, id: `${array}_${task}` };
      const entry: Entry = { job, isNew, stop: new AbortController(), state: 'queued' };
      CLUSTER.set(job.id, entry);
      running = running.then(() => workOn(entry));
      return job;
    });
  }

  async states(jobs: readonly Job[]): Promise<readonly RunState[]> {
    return jobs.map(({ id }) => CLUSTER.get(id)!.state);
  }

  async cancel({ id }: Job): Promise<void> {
    CLUSTER.get(id)?.stop.abort('cancelled');
  }

  kill({ id }: Job): void {
    CLUSTER.get(id)?.stop.abort('interrupted');
  }

  async collect(job: Job, listener: RunListener): Promise<RunEnd> {
    const entry = CLUSTER.get(job.id)!;
    const folder = new RunFolder(job.folder);
    let told = 0;
    for (;;) {
      const ended = entry.end;
      const { events } = await folder.readEvents();
      if (told === 0 && events.length > 0) listener.rewound?.(0, true);
      for (const event of events.slice(told)) listener.event?.(event);
      told = events.length;
      if (ended !== undefined) {
        const gone = entry.isNew && ended.refused === true;
        if (gone) await deleteRun(folder);
        const { state, code, failure } = ended;
        return { state, code, ...(failure && { failure }), ...(gone && { refused: true }) };
      }
      await sleep(POLL_MS);
    }
  }
}

async function workOn(entry: Entry): Promise<void> {
  entry.state = 'running';
  entry.end = await workHere(new RunFolder(entry.job.folder), {}, entry.stop.signal);
  entry.state = entry.end.state;
}
