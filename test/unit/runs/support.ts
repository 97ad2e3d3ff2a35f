/** Run folders for tests: made in a fresh place, worked on by the fake engine, in this process or in a real worker. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { runSession, type SessionListener } from '../../../src/runs/session.ts';
import type { Launcher, RunListener } from '../../../src/runs/launchers/launcher.ts';
import { LAUNCHERS } from '../../../src/runs/launchers/launcher-table.ts';
import type { WorkerProgram } from '../../../src/runs/launchers/local-worker.ts';
import { startRun, type RunHandle } from '../../../src/runs/supervisor.ts';
import { scratchFolder } from '../../scratch.ts';
import { fakeEngine, type FakePlan } from './fake-engine.ts';
import { request } from './request.ts';
import { comparable } from '../../timeless.ts';

const bundles = scratchFolder('programs');

/** Bundles a program of this folder, once, so that each of the many processes starts quickly. */
export function program(name: string): string {
  const outfile = join(bundles, `${name}.mjs`);
  if (!existsSync(outfile))
    buildSync({
      entryPoints: [join('test/unit/runs', `${name}.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
  return outfile;
}

/** Starts workers of the fake engine. */
export const fakeLauncher = (other: Partial<WorkerProgram> = {}): Launcher =>
  LAUNCHERS.local({ path: program('fake-worker'), ...other });

/** Number of the process that a local run is worked on by. */
export const pidOf = ({ job }: RunHandle): number => Number(job.id);

export function startFake(
  runsFolder: string,
  plan: FakePlan,
  listener: RunListener = {},
  seed = 1,
): Promise<RunHandle> {
  return startRun(runsFolder, request(plan, seed), listener, fakeLauncher());
}

export const SILENT: SessionListener = {
  rewound: () => undefined,
  event: () => undefined,
  progress: () => undefined,
  note: () => undefined,
};

/** Works on a run in this process. */
export function workHere(
  folder: RunFolder,
  listener: Partial<SessionListener> = {},
  signal = new AbortController().signal,
): ReturnType<typeof runSession> {
  return runSession(folder, fakeEngine, { ...SILENT, ...listener }, signal);
}

/** The events of an uninterrupted run, without what differs between repetitions. */
export async function uninterrupted(runsFolder: string, plan: FakePlan, seed = 1): Promise<unknown[]> {
  const folder = await RunFolder.create(runsFolder, request({ ...plan, stepMs: 0 }, seed));
  await workHere(folder);
  return comparable((await folder.readEvents()).events);
}

export { comparable };
