/** `udc runs`: lists, sorts and filters the runs of a workspace, names them, notes of them, and deletes some. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findRunFolders } from '../../runs/folder/find-run-folders.ts';
import { deleteRun, listRuns, runsFolderOf, type RunFolder, type RunListing } from '../../runs/folder/run-folder.ts';
import { writeLabel } from '../../runs/folder/run-label.ts';
import { languageOf } from '../../language/language-table.ts';
import { limitOn, weightLimit } from '../../wire/limits.ts';
import { RUN_ORDERS, fitsFilter, sortRuns, type RunLine } from '../../wire/run-list.ts';
import { strategyTitle } from '../../wire/strategies.ts';
import { slurmJobs } from '../../runs/launchers/slurm/slurm-launcher.ts';
import { cancelJobs } from '../sweep/on-slurm.ts';
import { formatBytes } from '../../text/format.ts';
import { brief } from '../../text/neutral.ts';
import { headlineOf } from '../../wire/result-networks.ts';
import { formatMeasured } from '../../wire/tasks/metrics.ts';
import { misused, oneOfOption, readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { near } from '../outcome.ts';
import { findRun, runsFolderNear } from '../places.ts';
import { plain, table } from '../terminal/table.ts';

export const usage = usageOf(
  'runs',
  { '[FOLDER]': 'a workspace, a definition or a folder of runs; by default the present folder' },
  {
    sort: { type: 'string', value: RUN_ORDERS.join('|'), about: 'by default the newest first; metric: the best first' },
    filter: { type: 'string', value: 'WORDS', about: 'only runs that have all of these words somewhere' },
    cancel: { type: 'string', value: 'RUN', about: 'stops that run where it is a task of Slurm, after a checkpoint' },
    delete: { type: 'string', value: 'RUN,RUN', about: 'deletes these runs with their logs, weights and results' },
    label: { type: 'string', value: 'RUN', about: 'gives that run a name (--name) or a note (--note)' },
    name: { type: 'string', value: 'TEXT', about: "with --label: what it is called; '' takes the name away" },
    note: { type: 'string', value: 'TEXT', about: "with --label: what is noted of it; '' takes the note away" },
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const { name, note } = values;
  const order = oneOfOption('--sort', values.sort ?? 'date', RUN_ORDERS);
  const places = await placesOf(positionals[0]);
  if (values.label !== undefined) {
    if (name === undefined && note === undefined) throw misused(usage, '--label needs --name or --note');
    const folder = await findRun(values.label, ...places);
    const label = await writeLabel(folder.path, {
      ...(name !== undefined && { name }),
      ...(note !== undefined && { note }),
    });
    io.out(values.json ? json({ run: folder.path, ...label }) : `${near(folder.path)}: ${labelText(label)}\n`);
    return EXIT.done;
  }
  if (name !== undefined || note !== undefined) throw misused(usage, '--name and --note need --label RUN');
  if (values.delete !== undefined) return deleteAll(values.delete.split(','), places, values.json ?? false, io);
  if (values.cancel !== undefined) return cancel(await findRun(values.cancel, ...places), values.json ?? false, io);
  const all = (await Promise.all(places.map(listRuns))).flat();
  const told = all.map((run) => ({ run, line: lineOf(run) }));
  const runs = sortRuns(told, order, ({ line }) => line).filter(({ line }) => fitsFilter(line, values.filter ?? ''));
  if (values.json) io.out(json(runs.map(({ run: { folder, ...rest } }) => ({ ...rest, path: folder.path }))));
  else if (runs.length > 0) io.out(listing(runs));
  else if (all.length > 0) io.out(`none of the ${all.length} runs has all of these words\n`);
  else io.out(`${near(places[0]!)}: there are no runs; \`udc search MODEL\` makes one\n`);
  return EXIT.done;
}

const labelText = ({ name, note }: { readonly name?: string; readonly note?: string }): string =>
  [
    name === undefined ? 'without a name of its own' : `called ${name}`,
    ...(note === undefined ? [] : [`noted: ${note}`]),
  ].join('; ');

/** Finds all before it deletes any. @throws CommandError, RunError; what was deleted before that is told */
async function deleteAll(
  names: readonly string[],
  places: readonly string[],
  asJson: boolean,
  io: Io,
): Promise<number> {
  const folders = [];
  for (const one of names) folders.push(await findRun(one.trim(), ...places));
  const deleted: string[] = [];
  for (const folder of folders) {
    await deleteRun(folder);
    deleted.push(folder.path);
    if (!asJson) io.out(`${near(folder.path)}: deleted\n`);
  }
  if (asJson) io.out(json({ deleted: deleted.length === 1 ? deleted[0] : deleted }));
  return EXIT.done;
}

/** @throws CommandError where it is no task of Slurm */
async function cancel(folder: RunFolder, asJson: boolean, io: Io): Promise<number> {
  const { state } = await folder.readListing();
  const jobs = state === 'done' ? [] : await slurmJobs([folder.path]);
  if (jobs.length === 0)
    throw new CommandError(
      `${near(folder.path)}: this run is ${state ?? 'unreadable'} and no task of Slurm; a search is stopped where it was started`,
    );
  const left = await cancelJobs(jobs);
  const now = await folder.readState();
  if (asJson) io.out(json({ run: folder.path, state: now, stillEnding: left > 0 }));
  else io.out(`${near(folder.path)}: ${left > 0 ? 'it still makes its checkpoint' : now}\n`);
  return EXIT.done;
}

/**
 * The folders of runs that are meant: of a workspace and of the folders below it, of the workspace of a definition, or
 * one itself.
 * @throws CommandError where there is nothing of that name
 */
async function placesOf(argument: string | undefined): Promise<readonly string[]> {
  const path = resolve(argument ?? '.');
  const kind = await stat(path).catch(() => {
    throw new CommandError(`${argument}: there is no such file or folder`);
  });
  if (!kind.isDirectory()) return [runsFolderNear(dirname(path))];
  if (path === runsFolderOf(dirname(dirname(path)))) return [path];
  const own = argument === undefined ? runsFolderNear(path) : runsFolderOf(path);
  const below = await findRunFolders(path);
  if (existsSync(own) || below.length > 0 || argument === undefined) return [...new Set([own, ...below])];
  return (await holdsRuns(path)) ? [path] : [own];
}

/** Is there a run in it, or what was one? */
async function holdsRuns(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.some((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'run.json')));
}

function lineOf({ id, header, state, result, label }: RunListing): RunLine {
  return {
    name: label?.name ?? result?.name ?? (header && nameOf(header.definitionText, header.definitionPath)) ?? id,
    created: header?.created ?? '',
    budget: (header && limitOn(header.limits, 'weights')) ?? 0,
    strategy: header ? strategyTitle(header.strategy) : '',
    state: state ?? 'unreadable',
    definition: header?.definitionPath ?? '',
    seed: header?.seed ?? 0,
    ...(result && {
      metric: { name: result.metric, value: headlineOf(result).measured.value },
      bytes: headlineOf(result).bytes,
    }),
    ...(label?.note !== undefined && { note: label.note }),
  };
}

const nameOf = (text: string, path: string): string | undefined => languageOf(path).read(text).definition?.name;

/** Characters of a name and of a note in the table. */
const SHOWN = { name: 30, note: 40 } as const;

function listing(runs: readonly { readonly run: RunListing; readonly line: RunLine }[]): string {
  const rows = runs.map(({ run: { id, header, result, ending, problem }, line }) => {
    const { name, created, strategy, state, note } = line;
    if (header === undefined) return [id, '', '', '', '', 'unreadable', '', '', problem ?? ''];
    const won = result && headlineOf(result);
    return [
      id,
      brief(name, SHOWN.name),
      created.slice(0, 16).replace('T', ' '),
      strategy,
      String(header.seed),
      state,
      won === undefined ? '' : `${won.prefix}${formatMeasured(result!.metric, won.measured)}`,
      won === undefined
        ? formatBytes(weightLimit(header.limits))
        : `${formatBytes(won.bytes)} of ${formatBytes(weightLimit(header.limits))}`,
      [
        ...(note === undefined ? [] : [brief(note, SHOWN.note)]),
        ...(ending?.state === 'failed' ? [ending.failure.why] : []),
      ].join('; '),
    ];
  });
  return plain(
    table(
      [
        { title: 'run' },
        { title: 'name' },
        { title: 'date (UTC)' },
        { title: 'by' },
        { title: 'seed', align: 'right' },
        { title: 'state' },
        { title: 'metric', align: 'right' },
        { title: 'size', align: 'right' },
        { title: 'note' },
      ],
      rows,
    ),
  );
}
