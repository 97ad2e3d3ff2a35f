/** What `squeue` tells of tasks: its JSON of any version, or lines of text of one that has none (before 21.08). */
import { isRecord } from '../../../base/validate.ts';
import { phaseOf, type TaskPhase } from './task-states.ts';

/** One task of an array as Slurm knows it. */
export interface SlurmTask {
  /** `<array>_<task>`. */
  readonly id: string;
  readonly phase: TaskPhase;
  /** Why it waits, in Slurm's word: `Resources`, `Priority`; '' where none is told. */
  readonly reason: string;
}

/** The array of a task's id. */
export const arrayOf = (id: string): string => id.split('_')[0]!;

export type SlurmTasks = ReadonlyMap<string, SlurmTask>;

/** `--format` of the lines that `parseLines` reads. */
export const LINE_FORMAT = '%F_%K|%T|%r';

/** No cluster has larger arrays (MaxArraySize is at most 4,000,001). */
const MOST_TASKS = 4_000_001;

/** Reads the JSON of `squeue --json`. @throws SyntaxError where it is none, or of no form that is known */
export function parseQueue(text: string): SlurmTasks {
  const answer: unknown = JSON.parse(text);
  const jobs = isRecord(answer) ? answer['jobs'] : undefined;
  if (!Array.isArray(jobs)) throw new SyntaxError('squeue told no list of jobs');
  return byId(jobs.flatMap((job: unknown) => (isRecord(job) ? tasksOf(job) : [])));
}

function tasksOf(job: Readonly<Record<string, unknown>>): SlurmTask[] {
  const array = numberOf(job['array_job_id']);
  const states = statesOf(job['job_state']);
  if (array === undefined || array === 0 || states.length === 0) return [];
  const reason = wordOf(job['state_reason']);
  const phase = phaseOf(states);
  // Tasks that have not begun may stand together in one record: '3,5-9%2'.
  const together = typeof job['array_task_string'] === 'string' ? job['array_task_string'] : '';
  const own = numberOf(job['array_task_id']);
  const tasks = together === '' ? (own === undefined ? [] : [own]) : expandTasks(together);
  return tasks.map((task) => ({ id: `${array}_${task}`, phase, reason }));
}

/** Reads lines of `squeue --array --noheader --format=LINE_FORMAT`; a line that is none is passed over. */
export function parseLines(text: string): SlurmTasks {
  return byId(
    text.split('\n').flatMap((line) => {
      const [, array, list, state, reason] = /^\s*(\d+)_([^|]+)\|([^|]*)\|(.*)$/.exec(line) ?? [];
      if (array === undefined || list === undefined || state === undefined) return [];
      const phase = phaseOf([state.trim()]);
      return expandTasks(list).map((task) => ({ id: `${array}_${task}`, phase, reason: wordOf(reason?.trim()) }));
    }),
  );
}

/** Numbers of `[0-3,7,10-20:5%2]`; nothing of what is no such list. */
export function expandTasks(text: string): readonly number[] {
  const list = text
    .trim()
    .replace(/^\[|\]$/g, '')
    .replace(/%\d+$/, '');
  const found: number[] = [];
  for (const part of list.split(',')) {
    const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part.trim()) ?? [];
    if (from === undefined) continue;
    const last = Math.min(Number(to ?? from), MOST_TASKS);
    for (let task = Number(from); task <= last; task += Math.max(1, Number(step ?? 1))) found.push(task);
  }
  return found;
}

/** A number, as plain JSON (before 23.02) or as `{ set, infinite, number }`. */
function numberOf(value: unknown): number | undefined {
  if (isRecord(value)) return value['set'] === true ? numberOf(value['number']) : undefined;
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** A state, or several (from 23.11 on). */
const statesOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter((state) => typeof state === 'string');

const wordOf = (value: unknown): string =>
  typeof value === 'string' && value !== 'None' ? value.replace(/[^\w (),.:-]/g, '').slice(0, 60) : '';

const byId = (tasks: readonly SlurmTask[]): SlurmTasks => new Map(tasks.map((task) => [task.id, task]));
