/** Reads the measurements of a workspace. Lines that this version does not read are left out. */
import { dirname, join } from 'node:path';
import { MOST, readRegular } from '../../data/files/regular-file.ts';
import { storedMeasurement, type StoredMeasurement } from '../../wire/measurements.ts';
import { systemCode } from './run-error.ts';

/** The store beside the runs of a workspace. @param runsFolder `.udc/runs` */
export const measurementsFile = (runsFolder: string): string => join(dirname(runsFolder), 'measurements.ndjson');

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
