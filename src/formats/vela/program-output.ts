/** Runs a program of the machine: without a shell, within a time limit, and told what went wrong in its last words. */
import { execFile, type ExecFileException } from 'node:child_process';
import { brief } from '../../text/neutral.ts';

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

/** Characters of a program's last words: more is no message. */
const MOST_WORDS = 500;

/** What went wrong, in the program's last words; never the command line, which names folders of this machine. */
function lastWords({ code, killed, signal, message }: ExecFileException, stderr: string, limitMs: number): string {
  // It did not begin, or printed without end.
  if (typeof code === 'string') return message;
  if (killed) return `it was stopped after ${limitMs / 1000} s`;
  if (signal) return `it was ended by ${signal}`;
  const said = stderr.trimEnd().split('\n').at(-1)!.trim();
  return said === '' ? `it ended with ${code} and without a word` : brief(said, MOST_WORDS);
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
      else reject(new Error(lastWords(error, stderr, timeout), { cause: error }));
    });
    // A program that ends without reading is no failure of this one.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
