/** Where runs lie, and which run an argument means. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { listRuns, RunFolder, runsFolderOf, type RunListing } from '../runs/folder/run-folder.ts';
import { CommandError } from './terminal/io.ts';

/** `.udc/runs` of the nearest folder above that has `.udc`, else of `folder` itself. */
export function runsFolderNear(folder: string): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, '.udc'))) return runsFolderOf(at);
    if (dirname(at) === at) return runsFolderOf(resolve(folder));
  }
}

/** The name that means the newest run. */
const LATEST = 'latest';

/**
 * The run that an argument names: the path of a run folder, `latest`, or the beginning of an id, looked up in
 * `folders`, the first of
 * them that has such a run.
 * @throws CommandError that says where it looked, and the runs there are
 */
export async function findRun(argument: string, ...folders: readonly string[]): Promise<RunFolder> {
  const places = [...new Set(folders.length === 0 ? [runsFolderNear(process.cwd())] : folders)];
  const path = resolve(argument);
  if (
    await stat(join(path, 'run.json')).then(
      () => true,
      () => false,
    )
  )
    return new RunFolder(path);
  const looked: string[] = [];
  for (const place of places) {
    const runs = await listRuns(place);
    const found = runOf(argument, runs);
    if (found !== undefined) return found;
    looked.push(`${place} (${runs.length === 0 ? 'which holds no runs' : `which holds ${names(runs)}`})`);
  }
  throw new CommandError(`'${argument}' is no run: not a run folder, and not in ${looked.join(', nor in ')}`);
}

/** The run of a list that an argument means; undefined where none is. @throws CommandError where several are */
function runOf(argument: string, runs: readonly RunListing[]): RunFolder | undefined {
  const found =
    argument === LATEST
      ? runs.slice(0, 1)
      : runs.filter(({ id }) => id === argument || (argument !== '' && id.startsWith(argument)));
  const exact = found.find(({ id }) => id === argument) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact.folder;
  if (found.length > 1)
    throw new CommandError(`'${argument}' begins the names of ${found.length} runs: ${names(found)}`);
  return undefined;
}

function names(runs: readonly RunListing[]): string {
  const shown = runs.slice(0, 5).map(({ id }) => id);
  return shown.join(', ') + (runs.length > shown.length ? `, and ${runs.length - shown.length} more` : '');
}
