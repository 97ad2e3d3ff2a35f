/** A sweep as files for a scheduler: its run folders are made, and each of its tasks works on one. */
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeAtomic } from '../../runs/files/atomic-write.ts';
import { makeFolder } from '../../runs/files/make-folder.ts';
import { writeJob } from '../../runs/folder/job-file.ts';
import { deleteRun, slugOf } from '../../runs/folder/run-folder.ts';
import { SettingsError, type ClusterSettings } from '../../runs/launchers/cluster-settings.ts';
import { checkNeeds, exportedFiles } from '../../runs/launchers/exported/exported-sweep.ts';
import { EXPORTERS, type ExporterName } from '../../runs/launchers/exported/exporter-table.ts';
import { udcCommand } from '../../runs/launchers/task-program.ts';
import { missingCells } from '../../runs/sweep/sweep-driver.ts';
import { worksOf, type SweepFolder } from '../../runs/sweep/sweep-folder.ts';
import { near } from '../outcome.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';

export interface WriteOptions {
  readonly settings: ClusterSettings;
  readonly atOnce: number | undefined;
  readonly into: string;
  readonly json: boolean;
}

function toldBySettings(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof SettingsError ? new CommandError(error.message) : error;
  }
}

/** Writes files for what is missing of a sweep. @throws CommandError where settings are missing */
export async function writeSweep(
  open: () => Promise<SweepFolder>,
  place: ExporterName,
  { settings, atOnce, into, json: asJson }: WriteOptions,
  io: Io,
): Promise<number> {
  const exporter = EXPORTERS[place];
  toldBySettings(() => {
    checkNeeds(place, exporter, settings);
  });
  const folder = await open();
  const file = await folder.read();
  const works = await worksOf(folder, file, missingCells(await folder.cells(file)));
  const folders = works.map((work) => work.folder);
  if (folders.length === 0) throw new CommandError(`${near(folder.path)}: nothing is missing of this sweep`);
  // Names of Kubernetes have 63 characters, with the number of a pod.
  const name = `udc-${slugOf(file.name).slice(0, 30)}-${folder.id.slice(-4)}`.replace(/-+/g, '-');
  const target = resolve(into);
  let files;
  try {
    files = exportedFiles(place, exporter, {
      name,
      folder: folder.path,
      runs: folders.map(({ id }) => id),
      udc: udcCommand({ node: 'node', ...settings }),
      atOnce,
      settings,
    });
    await makeFolder(target);
    for (const { name: one, text } of files) {
      await writeAtomic(join(target, one), text);
      if (one.endsWith('.sh')) await chmod(join(target, one), 0o755);
    }
  } catch (error) {
    for (const { folder: one, isNew } of works) if (isNew) await deleteRun(one);
    if (error instanceof SettingsError) throw new CommandError(error.message);
    throw error;
  }
  for (const [at, { path }] of folders.entries())
    await writeJob({ launcher: place, folder: path, id: `${name}-${at}` });
  const names = files.map((one) => join(target, one.name));
  if (asJson) io.out(json({ sweep: folder.path, runs: folders.map(({ path }) => path), files: names }));
  else
    io.out(
      [
        ...names.map((one) => near(one)),
        `sweep folder  ${near(folder.path)}, ${folders.length} ${folders.length === 1 ? 'run' : 'runs'}`,
        '',
        `Next, in ${near(target)}:`,
        `  ${exporter.next}`,
        '',
      ].join('\n'),
    );
  return EXIT.done;
}
