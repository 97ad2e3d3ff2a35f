/** `udc runs`: lists the runs of a workspace, or deletes one. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { deleteRun, listRuns, runsFolderOf, type RunListing } from '../../runs/folder/run-folder.ts';
import { weightLimit } from '../../wire/limits.ts';
import { formatBytes } from '../../text/format.ts';
import { formatMeasured, integerMeasured } from '../../wire/tasks/metrics.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { near } from '../outcome.ts';
import { findRun, runsFolderNear } from '../places.ts';
import { plain, table } from '../terminal/table.ts';

export const usage = usageOf(
  'runs',
  { '[FOLDER]': 'a workspace, a definition or a folder of runs; by default the present folder' },
  { delete: { type: 'string', value: 'RUN', about: 'deletes that run with its log, weights and result' } },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const runsFolder = await placeOf(positionals[0]);
  if (values.delete !== undefined) {
    const folder = await findRun(values.delete, runsFolder);
    await deleteRun(folder);
    io.out(values.json ? json({ deleted: folder.path }) : `${near(folder.path)}: deleted\n`);
    return EXIT.done;
  }
  const runs = await listRuns(runsFolder);
  if (values.json) io.out(json(runs.map(({ folder, ...told }) => ({ ...told, path: folder.path }))));
  else
    io.out(
      runs.length === 0 ? `${near(runsFolder)}: there are no runs; \`udc search MODEL\` makes one\n` : listing(runs),
    );
  return EXIT.done;
}

/**
 * The folder of runs that is meant: of a workspace, of the workspace of a definition, or itself.
 * @throws CommandError where there is nothing of that name
 */
async function placeOf(argument: string | undefined): Promise<string> {
  if (argument === undefined) return runsFolderNear(process.cwd());
  const path = resolve(argument);
  const kind = await stat(path).catch(() => {
    throw new CommandError(`${argument}: there is no such file or folder`);
  });
  if (!kind.isDirectory()) return runsFolderNear(dirname(path));
  const inside = runsFolderOf(path);
  if (path === runsFolderOf(dirname(dirname(path)))) return path;
  return existsSync(inside) || !(await holdsRuns(path)) ? inside : path;
}

/** Is there a run in it, or what was one? */
async function holdsRuns(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.some((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'run.json')));
}

function listing(runs: readonly RunListing[]): string {
  const rows = runs.map(({ id, header, state, result, ending, problem }) =>
    header === undefined
      ? [id, 'unreadable', '', '', problem ?? '']
      : [
          id,
          state ?? '',
          result === undefined ? '' : formatMeasured(result.metric, integerMeasured(result.networks[0])),
          result === undefined
            ? formatBytes(weightLimit(header.limits))
            : `${formatBytes(result.networks[0].totals.totalBytes)} of ${formatBytes(weightLimit(header.limits))}`,
          ending?.state === 'failed' ? ending.failure.why : '',
        ],
  );
  return plain(
    table(
      [
        { title: 'run' },
        { title: 'state' },
        { title: 'metric', align: 'right' },
        { title: 'size', align: 'right' },
        { title: '' },
      ],
      rows,
    ),
  );
}
