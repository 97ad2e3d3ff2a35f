/** Slurm's own programs: each is called without a shell, and what it complains of is told. */
import { execFile } from 'node:child_process';
import { systemCode } from '../../folder/run-error.ts';
import { LINE_FORMAT, parseLines, parseQueue, type SlurmTasks } from './slurm-queue.ts';

export type SlurmProgram = 'sbatch' | 'squeue' | 'scontrol' | 'scancel';

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Calls a program. @throws SlurmError where there is none of that name */
export type CallSlurm = (program: SlurmProgram, args: readonly string[]) => Promise<Answer>;

/** Slurm did not do what it was asked for; the message holds its own words. */
export class SlurmError extends Error {
  override readonly name = 'SlurmError';
}

/** A controller that does not answer is waited for by its programs themselves, for some minutes. */
const TIMEOUT_MS = 300_000;
/** Some versions tell of all jobs of the cluster, whichever are asked for. */
const MOST_OUTPUT = 2 ** 28;

const callSlurm: CallSlurm = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { maxBuffer: MOST_OUTPUT, timeout: TIMEOUT_MS }, (error, out, err) => {
      if (error === null) resolve({ code: 0, out, err });
      else if (typeof error.code === 'number') resolve({ code: error.code, out, err });
      else if (systemCode(error) === 'ENOENT')
        reject(
          new SlurmError(`\`${program}\` was not found: this works where Slurm's commands are, as on its login nodes`),
        );
      else reject(new SlurmError(`\`${program}\` could not be called: ${error.message}`));
    });
  });

/** Slurm's first complaint, without its program's name. */
function complaint({ out, err, code }: Answer): string {
  const lines = `${err}\n${out}`.split('\n').map((line) => line.trim());
  const line = lines.find((one) => /error|fatal/i.test(one)) ?? lines.find((one) => one !== '');
  return (
    line?.replace(/^(sbatch|squeue|scontrol|scancel): (error: |fatal: )*/, '').slice(0, 400) ?? `exit code ${code}`
  );
}

const FORGOTTEN = /Invalid job id/i;

export class Slurm {
  /** Whether this squeue knows JSON; unknown before it was asked. */
  private json: boolean | undefined;

  constructor(private readonly call: CallSlurm = callSlurm) {}

  /** Most tasks of one array. @throws SlurmError */
  async largestArray(): Promise<number> {
    const answer = await this.call('scontrol', ['show', 'config']);
    if (answer.code !== 0) throw new SlurmError(`scontrol show config: ${complaint(answer)}`);
    const size = Number(/^MaxArraySize\s*=\s*(\d+)\s*$/m.exec(answer.out)?.[1] ?? Number.NaN);
    if (!Number.isInteger(size))
      throw new SlurmError('scontrol show config tells no MaxArraySize: give it (`arraySize` in the cluster file)');
    if (size === 0) throw new SlurmError('this cluster takes no arrays of jobs (MaxArraySize is 0)');
    return size;
  }

  /** Submits an array and returns its number. @throws SlurmError */
  async submit(args: readonly string[]): Promise<string> {
    const answer = await this.call('sbatch', ['--parsable', ...args]);
    // `--parsable` adds the cluster's name where there are several.
    const [, array] = /^(\d+)(?:;[\w.-]+)?\s*$/m.exec(answer.out) ?? [];
    if (answer.code !== 0 || array === undefined) throw new SlurmError(`sbatch: ${complaint(answer)}`);
    return array;
  }

  /**
   * The tasks of these arrays that Slurm still knows, those that ended a while ago included.
   * @throws SlurmError where it cannot be asked
   */
  async tasks(arrays: readonly string[]): Promise<SlurmTasks> {
    if (arrays.length === 0) return new Map();
    const which = ['--states=all', `--jobs=${[...new Set(arrays)].join(',')}`];
    if (this.json !== false) {
      const answer = await this.call('squeue', ['--json', ...which]);
      if (answer.code !== 0 && FORGOTTEN.test(answer.err)) return new Map();
      const read = answer.code === 0 ? attempt(() => parseQueue(answer.out)) : undefined;
      if (read !== undefined) {
        this.json = true;
        return read;
      }
    }
    const answer = await this.call('squeue', ['--noheader', '--array', ...which, `--format=${LINE_FORMAT}`]);
    if (answer.code !== 0) {
      if (FORGOTTEN.test(answer.err)) return new Map();
      throw new SlurmError(`squeue: ${complaint(answer)}`);
    }
    // JSON that failed once may have failed for the moment; only where text is understood is it given up.
    this.json ??= false;
    return parseLines(answer.out);
  }

  /** Has tasks begin again. @throws SlurmError */
  async requeue(task: string): Promise<void> {
    const answer = await this.call('scontrol', ['requeue', task]);
    if (answer.code !== 0) throw new SlurmError(`scontrol requeue ${task}: ${complaint(answer)}`);
  }

  /** Ends tasks, with time for a checkpoint unless by `signal`; of those that have ended nothing is said. */
  async cancel(tasks: readonly string[], signal?: 'KILL'): Promise<void> {
    const how = signal === undefined ? [] : [`--signal=${signal}`, '--full'];
    const answer = await this.call('scancel', [...how, ...tasks]);
    if (answer.code !== 0 && !/Invalid job id|already completing or completed/i.test(answer.err))
      throw new SlurmError(`scancel: ${complaint(answer)}`);
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
