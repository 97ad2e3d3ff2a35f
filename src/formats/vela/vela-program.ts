/**
 * Arm's compiler Vela where it is installed: found, asked for its version, and run, without a shell and within a time
 * limit.
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

export interface Vela {
  readonly program: string;
  /** What comes before Vela's own arguments. */
  readonly before: readonly string[];
  /** '5.2.0'. */
  readonly version: string;
}

/**
 * What running it needs; `folder` is the working directory, from which Python would take modules: one that only we
 * write to.
 */
export interface Surroundings {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly limitMs?: number;
}

/** Names a Python that has Vela; nothing else is tried then. */
export const PYTHON_VARIABLE = 'UDC_VELA_PYTHON';

const MODULE = ['-m', 'ethosu.vela'];
/** Where Vela is looked for, in this order. */
const USUAL = [
  { program: 'python3', before: MODULE },
  { program: 'python', before: MODULE },
  { program: 'vela', before: [] },
] as const;
/** A start takes seconds where Python's caches are cold, a large network minutes. */
const LIMITS = { version: 30_000, compile: 300_000 } as const;

const VERSION = /^(\d+\.\d+\S*)$/m;

/** What went wrong, in the program's last words. */
function lastWords(error: unknown, limitMs: number): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string; message?: string };
  if (killed) return `it was stopped after ${limitMs / 1000} s`;
  const said = stderr?.trim().split('\n').at(-1);
  return said === undefined || said === '' ? (message ?? String(error)) : said;
}

async function output(
  program: string,
  args: readonly string[],
  { folder, environment, limitMs }: Surroundings,
  usualMs: number,
): Promise<string> {
  const timeout = limitMs ?? usualMs;
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd: folder,
      env: environment,
      timeout,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 28,
      encoding: 'utf8',
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    throw new Error(lastWords(error, timeout), { cause: error });
  }
}

/** The first Vela that answers; a text says why there is none. */
export async function findVela(surroundings: Surroundings): Promise<Vela | string> {
  const named = surroundings.environment[PYTHON_VARIABLE];
  if (named !== undefined && named !== '') {
    // A path is meant from where the command was typed; a bare name is looked up.
    const program = /[\\/]/.test(named) ? resolve(named) : named;
    const found = await answering({ program, before: MODULE }, surroundings);
    return typeof found === 'string' ? `${PYTHON_VARIABLE} names ${named}, which has no Vela: ${found}` : found;
  }
  for (const candidate of USUAL) {
    const found = await answering(candidate, surroundings);
    if (typeof found !== 'string') return found;
  }
  return `Vela was not found: install it (pip install ethos-u-vela), or name a Python that has it in ${PYTHON_VARIABLE}`;
}

async function answering(
  { program, before }: Omit<Vela, 'version'>,
  surroundings: Surroundings,
): Promise<Vela | string> {
  try {
    const text = await output(program, [...before, '--version'], surroundings, LIMITS.version);
    const version = VERSION.exec(text.trim())?.[1];
    return version === undefined ? 'it does not tell a version' : { program, before, version };
  } catch (error) {
    return (error as Error).message;
  }
}

/** What Vela prints. @throws Error in its last words, or where the time is over */
export function runVela(
  { program, before }: Vela,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  return output(program, [...before, ...args], surroundings, LIMITS.compile);
}
