/**
 * Adds measurements to those of a workspace: `.udc/measurements.ndjson`, a measurement a line, the newest last.
 */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { MeasureReport, StoredMeasurement } from '../wire/measurements.ts';
import { onDisk } from './folder/run-error.ts';
import { measurementsFile } from './folder/read-measurements.ts';
import { ignoreInGit } from './folder/run-folder.ts';

/** What a report found out, as the store keeps it; cells without a number are none of it. */
export const storedOf = ({ when, machine, columns, networks }: MeasureReport): readonly StoredMeasurement[] =>
  networks.flatMap(({ name, network, weights, run, cells }) =>
    cells.flatMap((cell, i): readonly StoredMeasurement[] => {
      if (cell.mark === 'unknown' || cell.published) return [];
      const { title } = columns[i]!;
      return [{ network, name, weights, title, when, machine, ...(run !== undefined && { run }), ...cell }];
    }),
  );

/** What has to come before the next line: a process that was killed may have left half a line at the end. */
async function seamOf(store: FileHandle): Promise<string> {
  const { size } = await store.stat();
  if (size === 0) return '';
  const { buffer } = await store.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString('latin1') === '\n' ? '' : '\n';
}

/** Adds lines to the store, which is made where it is missing. @throws RunError */
export async function storeMeasurements(runsFolder: string, added: readonly StoredMeasurement[]): Promise<void> {
  if (added.length === 0) return;
  const file = measurementsFile(runsFolder);
  await onDisk(file, async () => {
    await mkdir(dirname(file), { recursive: true });
    const store = await open(file, 'a+');
    try {
      const lines = added.map((one) => `${JSON.stringify(one)}\n`);
      await store.appendFile((await seamOf(store)) + lines.join(''));
    } finally {
      await store.close();
    }
  });
  await ignoreInGit(runsFolder);
}
