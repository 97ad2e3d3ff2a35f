/** `udc resume`: goes on with a run from its last checkpoint. */
import { resumeRun } from '../../runs/supervisor.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { follow, reportDone } from '../follow.ts';
import type { LiveIo } from '../terminal/io.ts';
import { findRun } from '../places.ts';

export const usage = usageOf('resume', { RUN: "a run folder, the beginning of a run's id, or `latest`" }, {});

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const folder = await findRun(positionals[0]!);
  await folder.readHeader();
  const options = { json: values.json ?? false };
  if ((await folder.readResult()) !== undefined) return reportDone(folder, io, options);
  const { events } = await folder.readEvents();
  return follow((listener) => resumeRun(folder.path, listener), io, { ...options, before: events });
}
