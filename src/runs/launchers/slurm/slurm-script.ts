/** The batch script of an array: each of its tasks works on one run folder. */
import { oneLine, shellWord } from '../../../text/neutral.ts';
import type { ClusterSettings } from '../cluster-settings.ts';

/** Of a script; all paths are absolute. */
export interface ScriptWords {
  /** Letters, digits and `-`. */
  readonly name: string;
  /** The folder that the run folders lie in. */
  readonly runs: string;
  /** A file with the name of a run folder a line; the script's argument is the number of lines before the array's. */
  readonly list: string;
  /** The words that begin a `udc` command. */
  readonly udc: readonly string[];
  readonly settings: ClusterSettings;
}

/** Seconds before the time limit at which a task is told to make its checkpoint. */
const GRACE = 120;
/** How often a task begins again after its time limit, where nobody says. */
export const REQUEUES = 100;
/** Settings that are options of sbatch, by its names. */
const DIRECTIVES = {
  account: 'account',
  partition: 'partition',
  qos: 'qos',
  reservation: 'reservation',
  constraint: 'constraint',
  exclude: 'exclude',
  time: 'time',
  memory: 'mem',
} as const satisfies Partial<Record<keyof ClusterSettings, string>>;

/** @throws Error where a path cannot be written into a script */
export function slurmScript({ name, runs, list, udc, settings }: ScriptWords): string {
  const chosen = Object.entries(DIRECTIVES).flatMap(([key, option]) => {
    const value = settings[key as keyof typeof DIRECTIVES];
    return value === undefined ? [] : [`#SBATCH --${option}=${value}`];
  });
  const { modules = [], prologue = [], cpus = 1, grace = GRACE, requeues = REQUEUES } = settings;
  return `#!/bin/bash
#SBATCH --job-name=udc-${name}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${cpus}
${chosen.map((line) => `${line}\n`).join('')}#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%A_%a.log
#SBATCH --signal=B:USR1@${grace}

# A task of the array works on one run folder: to its end, or to a checkpoint from which it goes on when it is requeued.
runs=${word(runs)}
list=${word(list)}
line=$((\${1:-0} + SLURM_ARRAY_TASK_ID + 1))
name=$(sed -n "\${line}p" "$list")
run="$runs/$name"
if [ -z "$name" ] || [ ! -f "$run/run.json" ]; then
  echo "line $line of $list names no run folder" >&2
  exit 1
fi
id="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
echo "task $id on $(uname -n), start $((\${SLURM_RESTART_COUNT:-0} + 1)): $name"
${modules.map((module) => `module load ${module}\n`).join('')}${prologue.map((line) => `${line}\n`).join('')}
# Slurm gave these cores; nobody else of this user's searches is waited for.
export UDC_THREADS="\${SLURM_CPUS_PER_TASK:-${cpus}}" UDC_PARALLEL="\${SLURM_CPUS_PER_TASK:-${cpus}}" UDC_QUEUE=off

# USR1: the time limit is near, and the task is to be requeued. TERM: it was cancelled, or has to make room for another,
# after which Slurm itself requeues it.
near_end=
pid=
stop() { [ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null; }
trap 'near_end=yes; stop' USR1
trap stop TERM
${udc.map(word).join(' ')} resume "$run" --unattended &
pid=$!
code=0
while kill -0 "$pid" 2>/dev/null; do
  wait "$pid"
  code=$?
done
if [ -n "$near_end" ] && [ ! -f "$run/result.json" ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${requeues} ]; then
  trap - TERM
  scontrol requeue "$id" && sleep 300
fi
exit "$code"
`;
}

/** One of the arrays that many runs are cut into. */
interface ArrayPart {
  /** Runs before its own, and its number of them. */
  readonly first: number;
  readonly count: number;
  /** What `--array` is given. */
  readonly range: string;
}

/** The arrays of so many runs, where none may be larger than `largest`; `atOnce` tasks of each work at once. */
export function arraysFor(runs: number, largest: number, atOnce?: number): readonly ArrayPart[] {
  const parts: ArrayPart[] = [];
  for (let first = 0; first < runs; first += largest) {
    const count = Math.min(largest, runs - first);
    parts.push({ first, count, range: `0-${count - 1}${atOnce === undefined ? '' : `%${atOnce}`}` });
  }
  return parts;
}

/** A path or a word in the script: whatever is in it, it stays one word of one line. */
function word(text: string): string {
  if (oneLine(text) !== text) throw new Error(`${JSON.stringify(text)}: this path cannot be written into a script`);
  return shellWord(text);
}
