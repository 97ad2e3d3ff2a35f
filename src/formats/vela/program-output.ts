/** Runs a program of the machine: without a shell, within a time limit, and told what went wrong in its last words. */
import { execFile } from 'node:child_process';

/**
 * What running it needs; `folder` is the working directory, from which Python would take modules: one that only we
 * write to.
 */
export interface Surroundings {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly limitMs?: number;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

/** What went wrong, in the program's last words. */
function lastWords(error: unknown, limitMs: number): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string; message?: string };
  if (killed) return `it was stopped after ${limitMs / 1000} s`;
  const said = stderr?.trim().split('\n').at(-1);
  return said === undefined || said === '' ? (message ?? String(error)) : said;
}

/**
 * What the program prints.
 * @param usualMs time limit where the surroundings have none
 * @param input what it reads, nothing by default
 * @throws Error in the program's last words, or where the time is over
 */
export function programOutput(
  program: string,
  args: readonly string[],
  { folder, environment, limitMs, signal }: Surroundings,
  usualMs: number,
  input = '',
): Promise<string> {
  const timeout = limitMs ?? usualMs;
  const options = {
    cwd: folder,
    env: environment,
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
    encoding: 'utf8',
    windowsHide: true,
    ...(signal && { signal }),
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal?.aborted === true) reject(new Error('it was stopped', { cause: error }));
      else reject(new Error(lastWords(Object.assign(error, { stderr }), timeout), { cause: error }));
    });
    // A program that ends without reading is no failure of this one.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
