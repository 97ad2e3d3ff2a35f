/** `udc resume`: goes on with a run from its last checkpoint. */
import { BY_HAND } from '../../runs/launchers/launcher.ts';
import { resumeRun } from '../../runs/supervisor.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { launcherFor, PARALLEL_OPTION } from '../parallel-option.ts';
import { follow, reportDone } from '../follow.ts';
import type { LiveIo } from '../terminal/io.ts';
import { findRun } from '../places.ts';

export const usage = usageOf(
  'resume',
  { RUN: "a run folder, the beginning of a run's id, or `latest`" },
  {
    now: { type: 'boolean', about: 'does not wait for other searches of this machine, which it slows down' },
    ...PARALLEL_OPTION,
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const launcher = launcherFor(values.parallel);
  const folder = await findRun(positionals[0]!);
  await folder.readHeader();
  const options = { json: values.json ?? false };
  if ((await folder.readResult()) !== undefined) return reportDone(folder, io, options);
  const { events } = await folder.readEvents();
  const place = { ...BY_HAND, ...(values.now && { now: true }) };
  return follow((listener) => resumeRun(folder.path, listener, launcher, place), io, { ...options, before: events });
}
