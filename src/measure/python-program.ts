/** Programs in Python that drive somebody else's runtime, in the environment that `npm run setup:runtimes` makes. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import type { Check } from '../base/validate.ts';
import { runtimesPython } from '../devices/folders.ts';
import { programOutput } from '../formats/vela/program-output.ts';
import type { Around, Availability } from './runtime.ts';

/** Names a Python that has the packages of runtimes, instead of the environment in the cache folder. */
export const RUNTIMES_PYTHON = 'UDC_RUNTIMES_PYTHON';

const SET_UP = 'run `npm run setup:runtimes`, or "UDC: Set Up Runtimes" in the editor';
const LIMITS = { version: 60_000, job: 600_000 } as const;

/** The Python to ask, or why there is none. */
function pythonOf({ environment }: Around): string | { readonly reason: string } {
  const named = environment[RUNTIMES_PYTHON];
  if (named !== undefined && named !== '') return /[\\/]/.test(named) ? resolve(named) : named;
  const python = runtimesPython();
  return existsSync(python) ? python : { reason: `it is not set up: ${SET_UP}` };
}

/** Python takes no modules from the working directory, and no settings of the user. */
const ISOLATED = ['-I', '-B'];

const VERSION = 'import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))';

/** Is a package of Python's index there? */
export async function packageAvailable(name: string, around: Around): Promise<Availability> {
  const python = pythonOf(around);
  if (typeof python !== 'string') return python;
  try {
    const text = await programOutput(python, [...ISOLATED, '-c', VERSION, name], around, LIMITS.version);
    return { version: text.trim() };
  } catch (error) {
    return { reason: `${python} has no package ${name} (${messageOf(error)}): ${SET_UP}` };
  }
}

/** What every program begins with: the job it reads, and the seconds of a function's runs. */
const PRELUDE = `import json, sys, time
job = json.load(sys.stdin)

def timed(run):
    for _ in range(3):
        run()
    times, end = [], time.perf_counter() + job["seconds"]
    while len(times) < 10 or (len(times) < 2000 and time.perf_counter() < end):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times

def answer(**found):
    print("\\n" + json.dumps(found), flush=True)
`;

/**
 * What a program answers to a job: a line of JSON, its last. It runs in the temporary folder.
 * @throws Error in the program's last words; ValidationError where it is no such answer
 */
export async function askPython<T>(
  program: string,
  job: Readonly<Record<string, unknown>>,
  check: Check<T>,
  around: Around,
): Promise<T> {
  const python = pythonOf(around);
  if (typeof python !== 'string') throw new Error(python.reason);
  const file = join(around.folder, 'program.py');
  await writeFile(file, `${PRELUDE}\n${program}`);
  const input = JSON.stringify({ seconds: around.seconds, ...job });
  const text = await programOutput(python, [...ISOLATED, file], around, LIMITS.job, input);
  return check(JSON.parse(text.trim().split('\n').at(-1) ?? ''), 'answer');
}
