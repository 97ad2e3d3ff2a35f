/**
 * A Slurm for tests, at the border where its programs are called: takes arrays, works on their run folders in this
 * process, and answers in the words of one version or another.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunFolder } from '../../../../../src/runs/folder/run-folder.ts';
import type { Answer, CallSlurm, SlurmProgram } from '../../../../../src/runs/launchers/slurm/slurm-commands.ts';
import { workHere } from '../../support.ts';

export interface FakeTask {
  readonly id: string;
  readonly folder: string;
  state: string;
  /** What it is when its processes are gone. */
  last?: string | undefined;
  stop: AbortController;
}

export interface FakeOptions {
  /** How squeue answers: JSON of 22.05, JSON of 24.05, or only lines. */
  readonly version?: 'old json' | 'new json' | 'lines';
  readonly largestArray?: number;
  /** Tasks are held: they wait until `release`. */
  readonly hold?: boolean;
  /** What sbatch complains of from its n-th call on (from 0). */
  readonly refuseFrom?: number;
}

const ok = (out = ''): Answer => ({ code: 0, out, err: '' });
const bad = (err: string): Answer => ({ code: 1, out: '', err: `${err}\n` });

export class FakeSlurm {
  readonly tasks = new Map<string, FakeTask>();
  readonly calls: (readonly [SlurmProgram, ...string[]])[] = [];
  private arrays = 100;
  private submissions = 0;

  constructor(private readonly options: FakeOptions = {}) {}

  readonly call: CallSlurm = async (program, args) => {
    this.calls.push([program, ...args]);
    switch (program) {
      case 'sbatch':
        return this.sbatch(args);
      case 'squeue':
        return this.squeue(args);
      case 'scancel':
        return this.scancel(args);
      case 'scontrol':
        return this.scontrol(args);
    }
  };

  private sbatch(args: readonly string[]): Answer {
    if (this.submissions++ >= (this.options.refuseFrom ?? Infinity))
      return bad('sbatch: error: Batch job submission failed: Invalid account or account/partition combination');
    const value = (name: string): string => args.find((arg) => arg.startsWith(`--${name}=`))!.slice(name.length + 3);
    const [, last] = /^0-(\d+)(?:%\d+)?$/.exec(value('array'))!;
    const [file, first] = args.slice(-2);
    const place = value('chdir');
    if (dirname(file!) !== place) throw new Error('the script lies elsewhere');
    const names = readFileSync(join(place, 'runs.txt'), 'utf8').split('\n');
    const array = ++this.arrays;
    for (let task = 0; task <= Number(last); task += 1) {
      const folder = join(place, '..', '..', names[Number(first) + task]!);
      const entry = { id: `${array}_${task}`, folder, state: 'PENDING', stop: new AbortController() };
      this.tasks.set(entry.id, entry);
      if (this.options.hold !== true) void this.work(entry);
    }
    return ok(`${array}\n`);
  }

  /** Has a task begin, or begin again. */
  async work(task: FakeTask): Promise<void> {
    task.state = 'RUNNING';
    task.last = undefined;
    task.stop = new AbortController();
    const end = await workHere(new RunFolder(task.folder), {}, task.stop.signal);
    task.state = task.last ?? (end.state === 'done' ? 'COMPLETED' : 'FAILED');
  }

  private squeue(args: readonly string[]): Answer {
    const { version = 'new json' } = this.options;
    const wanted = args
      .find((arg) => arg.startsWith('--jobs='))!
      .slice(7)
      .split(',');
    const tasks = [...this.tasks.values()].filter(({ id }) => wanted.includes(id.split('_')[0]!));
    if (args.includes('--json') && version === 'lines') return bad("squeue: unrecognized option '--json'");
    if (tasks.length === 0) return bad('slurm_load_jobs error: Invalid job id specified');
    if (!args.includes('--json')) return ok(tasks.map(({ id, state }) => `${id}|${state}|None\n`).join(''));
    const number = (value: string): unknown =>
      version === 'old json' ? Number(value) : { set: true, infinite: false, number: Number(value) };
    const jobs = tasks.map(({ id, state }) => ({
      array_job_id: number(id.split('_')[0]!),
      array_task_id: number(id.split('_')[1]!),
      array_task_string: '',
      job_state: version === 'old json' ? state : [state],
      state_reason: 'None',
    }));
    return ok(JSON.stringify({ meta: {}, errors: [], jobs }));
  }

  private scancel(args: readonly string[]): Answer {
    const killed = args.includes('--signal=KILL');
    for (const id of args.filter((arg) => !arg.startsWith('--'))) {
      const task = this.tasks.get(id);
      if (task === undefined) return bad(`scancel: error: Kill job error on job id ${id}: Invalid job id specified`);
      if (task.state === 'PENDING') task.state = 'CANCELLED';
      else if (task.state === 'RUNNING') this.end(id, 'CANCELLED', killed ? 'interrupted' : 'cancelled');
    }
    return ok();
  }

  private scontrol(args: readonly string[]): Answer {
    if (args[0] === 'show')
      return ok(`MaxArraySize            = ${this.options.largestArray ?? 1001}\nMaxJobCount = 9\n`);
    const task = this.tasks.get(args[1]!);
    if (task === undefined) return bad('Invalid job id specified');
    void this.work(task);
    return ok();
  }

  /** Ends the work of a task as the cluster does: after a checkpoint, with a state of its own. */
  end(id: string, state: string, reason = 'cancelled'): void {
    const task = this.tasks.get(id)!;
    task.state = 'COMPLETING';
    task.last = state;
    task.stop.abort(reason);
  }
}
