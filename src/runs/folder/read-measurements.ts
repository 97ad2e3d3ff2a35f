/** Reads the measurements of a workspace. Lines that this version does not read are left out. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MOST, readRegular } from '../../data/files/regular-file.ts';
import { storedMeasurement, type StoredMeasurement } from '../../wire/measurements.ts';
import { systemCode } from './run-error.ts';
import { runsFolderOf } from './run-folder.ts';

/** The store beside the runs of a workspace. @param runsFolder `.udc/runs` */
export const measurementsFile = (runsFolder: string): string => join(dirname(runsFolder), 'measurements.ndjson');

/** The folder that a run's `.udc` is in, whether the run is of a sweep or not; without one, the run's own. */
export function homeOfRun(runFolder: string): string {
  for (let at = runFolder; ; at = dirname(at)) {
    if (basename(at) === '.udc') return dirname(at);
    if (dirname(at) === at) return dirname(runFolder);
  }
}

/** The sound lines of the store in their order; none where there is no store. @throws what the system does */
export async function readMeasurements(file: string): Promise<readonly StoredMeasurement[]> {
  const bytes = await readRegular(file, MOST.log).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return [];
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [storedMeasurement(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}

/** Stores by their file, read again when time or size of it has changed. */
export class KnownMeasurements {
  private readonly known = new Map<string, { readonly version: string; readonly all: readonly StoredMeasurement[] }>();

  /** Of the folder that has `.udc`, the newest last. Nothing where there is no store, or it cannot be read. */
  async of(home: string): Promise<readonly StoredMeasurement[]> {
    const file = measurementsFile(runsFolderOf(home));
    try {
      const { mtimeMs, size } = await stat(file);
      const version = `${mtimeMs} ${size}`;
      const before = this.known.get(file);
      if (before?.version === version) return before.all;
      const all = await readMeasurements(file);
      this.known.set(file, { version, all });
      return all;
    } catch {
      return [];
    }
  }
}
