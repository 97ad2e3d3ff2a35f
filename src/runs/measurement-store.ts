/**
 * Measurements of a workspace: `.udc/measurements.ndjson`, a measurement a line, the newest last. Lines that no version
 * here reads are left alone.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MOST, readRegular } from '../data/files/regular-file.ts';
import { storedMeasurement, type MeasureReport, type StoredMeasurement } from '../wire/measurements.ts';
import { onDisk, systemCode } from './folder/run-error.ts';
import { ignoreInGit } from './folder/run-folder.ts';

/** The store beside the runs of a workspace. @param runsFolder `.udc/runs` */
export const measurementsFile = (runsFolder: string): string => join(dirname(runsFolder), 'measurements.ndjson');

/** What a report found out, as the store keeps it; cells without a number are none of it. */
export const storedOf = ({ when, machine, networks }: MeasureReport): readonly StoredMeasurement[] =>
  networks.flatMap(({ name, network, weights, cells }) =>
    cells
      .filter(({ mark }) => mark !== 'unknown')
      .map((cell): StoredMeasurement => ({ network, name, weights, when, machine, ...cell })),
  );

/** Adds lines to the store, which is made where it is missing. @throws RunError */
export async function storeMeasurements(runsFolder: string, added: readonly StoredMeasurement[]): Promise<void> {
  if (added.length === 0) return;
  const file = measurementsFile(runsFolder);
  await onDisk(file, async () => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, added.map((one) => `${JSON.stringify(one)}\n`).join(''));
  });
  await ignoreInGit(runsFolder);
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
