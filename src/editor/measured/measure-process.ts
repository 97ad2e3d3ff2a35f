/** `udc measure --json` as a process beside the editor: told of progress, and stopped when somebody wants it. */
import { fork } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as vscode from 'vscode';
import { object, string, type Check } from '../../base/validate.ts';
import { hostEnvironment } from '../../runs/launchers/local-worker.ts';
import { tsxLoader } from '../../runs/launchers/tsx-loader.ts';

/** After which a process that was asked to stop is ended, in milliseconds. */
const PATIENCE = 10_000;

/** Bundled, or as source. */
function programOf(): { readonly path: string; readonly execArgv: string[] } {
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? { path: join(dirname(here), '../../cli/beside-editor.ts'), execArgv: ['--import', tsxLoader()] }
    : { path: join(dirname(here), 'networks.cjs'), execArgv: [] };
}

const progressMessage = object<{ readonly progress: string }>({ progress: string });
const refusal = object<{ readonly error: { readonly message: string } }>({ error: object({ message: string }) });

/** Exit code of a command that was stopped. */
const STOPPED = 130;

export interface MeasureProcess {
  /** Its working directory: measurements are kept in the `.udc` that is nearest above. */
  readonly home: string;
  /** What it says beside its answer, when it is done. */
  readonly note: (text: string) => void;
  readonly progress?: (text: string) => void;
  readonly cancelled?: vscode.CancellationToken;
}

/** What a process has said and how it ended. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function started(args: readonly string[], { home, progress, cancelled }: MeasureProcess): Promise<Ended> {
  const { path, execArgv } = programOf();
  const child = fork(path, [...args, '--json'], {
    cwd: home,
    silent: true,
    execArgv,
    env: hostEnvironment(process.env),
  });
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.on('message', (message) => {
    progress?.(progressMessage(message).progress);
  });
  let insisting: NodeJS.Timeout | undefined;
  const stopping = cancelled?.onCancellationRequested(() => {
    if (child.connected) child.send('stop');
    insisting = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  });
  return new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
  }).finally(() => {
    clearTimeout(insisting);
    stopping?.dispose();
  });
}

/**
 * What `udc measure` answers; undefined where it was stopped.
 * @param args without `--json`
 * @throws Error in the program's words; ValidationError where it is no such answer
 */
export async function askMeasure<T>(
  args: readonly string[],
  check: Check<T>,
  process: MeasureProcess,
): Promise<T | undefined> {
  const { code, out, err } = await started(args, process);
  if (process.cancelled?.isCancellationRequested === true || code === STOPPED) return undefined;
  if (code !== 0)
    throw new Error(refusalOf(out) ?? lastLine(err) ?? vscode.l10n.t('udc measure ended with {0}', String(code)));
  if (err.trim() !== '') process.note(err.trim());
  return check(JSON.parse(out));
}

function refusalOf(out: string): string | undefined {
  try {
    return refusal(JSON.parse(out)).error.message;
  } catch {
    return undefined;
  }
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1) || undefined;
