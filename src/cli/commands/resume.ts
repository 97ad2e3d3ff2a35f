/** `udc resume`: goes on with a run from its last checkpoint. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFolder } from '../../runs/folder/run-folder.ts';
import { BY_HAND } from '../../runs/launchers/launcher.ts';
import { resumeRun } from '../../runs/supervisor.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { launcherFor, WORKER_OPTIONS } from '../worker-options.ts';
import { follow, reportDone } from '../follow.ts';
import type { LiveIo } from '../terminal/io.ts';
import { findRun } from '../places.ts';

export const usage = usageOf(
  'resume',
  { RUN: "a run folder, the beginning of a run's id, or `latest`" },
  {
    now: { type: 'boolean', about: 'does not wait for other searches of this machine, which it slows down' },
    unattended: {
      type: 'boolean',
      about: 'as a task of a cluster: begins at once, and waits until what a killed task left is free',
    },
    ...WORKER_OPTIONS,
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const launcher = launcherFor(values);
  const folder = await findRun(positionals[0]!);
  await folder.readHeader();
  const options = { json: values.json ?? false };
  if ((await folder.readResult()) !== undefined) return reportDone(folder, io, options);
  if (values.unattended) await untilFree(folder, io);
  const { events } = await folder.readEvents();
  const place = { ...BY_HAND, ...((values.now || values.unattended) && { now: true }) };
  return follow((listener) => resumeRun(folder.path, listener, launcher, place), io, { ...options, before: events });
}

/** A lock of another machine counts for two minutes after its holder fell silent. */
const FREE_MS = 150_000;
const LOOK_MS = 2_000;

/** A run that is still held after that is in living hands, and the search will say so. */
async function untilFree(folder: RunFolder, io: LiveIo): Promise<void> {
  const since = performance.now();
  if (!(await folder.isLocked())) return;
  io.err('another task holds this run; waiting until it is gone\n');
  while ((await folder.isLocked()) && performance.now() - since < FREE_MS) await sleep(LOOK_MS);
}
