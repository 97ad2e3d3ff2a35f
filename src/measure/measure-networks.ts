/** Networks × devices, one after another: two at once would disturb each other's clock. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { filterShape } from '../network/operation-counts.ts';
import type { Operation } from '../network/types.ts';
import { oneLine } from '../text/neutral.ts';
import type { MeasureReport, Measurement } from '../wire/measurements.ts';
import type { Column } from './choose-columns.ts';
import { deviceOrders } from './device-orders.ts';
import type { Around, Availability, Reading, Runtime } from './runtime.ts';
import type { Subject } from './subject/subject.ts';

export interface MeasureOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** For which each clock runs, at least. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/** Is each of the runtimes there? Each is asked once, all at the same time: nothing is timed yet. */
export async function availabilities(
  runtimes: readonly Runtime[],
  options: MeasureOptions,
): Promise<ReadonlyMap<Runtime, Availability>> {
  const asked = [...new Set(runtimes)].map(
    async (runtime) => [runtime, await inFolder(options, (around) => runtime.available(around))] as const,
  );
  return new Map(await Promise.all(asked));
}

async function inFolder<T>(options: MeasureOptions, work: (around: Around) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'udc-measure-'));
  try {
    return await work({ folder, ...options });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes of the weights at their bits, each operation from a byte of its own, without biases and zeros left out. */
const packedBytes = (operations: readonly Operation[]): number =>
  operations.reduce((sum, operation) => {
    const weights = filterShape(operation)?.reduce((product, size) => product * size, 1) ?? 0;
    return sum + Math.ceil((weights * operation.bits) / 8);
  }, 0);

/** One cell; whatever goes wrong is its reason. */
async function measureOne(
  subject: Subject,
  { runtime, device }: Column,
  available: Availability,
  options: MeasureOptions,
): Promise<Measurement> {
  const names = { runtime: runtime.id, device: device.id };
  if ('reason' in available) return { ...names, mark: 'unknown', reason: available.reason };
  const { version } = available;
  let reading: Reading;
  try {
    reading = await inFolder(options, (around) => runtime.measure(subject, device, around));
  } catch (error) {
    reading = { reason: oneLine(messageOf(error)) };
  }
  return { ...names, mark: reading.reason === undefined ? runtime.mark : 'unknown', version, ...reading };
}

/**
 * Measures each network on each device. `tell` hears each cell as it is there.
 * @throws Error where the signal stops it
 */
export async function measureNetworks(
  subjects: readonly Subject[],
  columns: readonly Column[],
  options: MeasureOptions,
  tell: (subject: Subject, cell: Measurement) => void = () => undefined,
): Promise<MeasureReport> {
  const when = new Date().toISOString();
  const available = await availabilities(
    columns.map(({ runtime }) => runtime),
    options,
  );
  const rows: Measurement[][] = [];
  for (const subject of subjects) {
    const row: Measurement[] = [];
    rows.push(row);
    for (const column of columns) {
      options.signal?.throwIfAborted();
      const cell = await measureOne(subject, column, available.get(column.runtime)!, options);
      options.signal?.throwIfAborted();
      row.push(cell);
      tell(subject, cell);
    }
  }
  return {
    when,
    machine: cpus()[0]?.model.trim() ?? 'unknown processor',
    columns: columns.map(({ runtime, device }) => ({
      runtime: runtime.id,
      device: device.id,
      title: `${runtime.title}, ${device.title}`,
    })),
    networks: subjects.map(({ name, hash, weights, run, worth, network }, i) => ({
      ...{ name, network: hash, weights, weightBytes: packedBytes(network.architecture.operations), cells: rows[i]! },
      ...(run !== undefined && { run }),
      ...(worth && { worth }),
    })),
    orders: deviceOrders(rows),
  };
}
