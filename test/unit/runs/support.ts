/** Run folders for tests: made in a fresh place, worked on by the fake engine, in this process or in a real worker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFolder, type RunRequest } from '../../../src/runs/folder.ts';
import { runSession, type SessionListener } from '../../../src/runs/session.ts';
import { startRun, type RunHandle, type RunListener, type WorkerProgram } from '../../../src/runs/supervisor.ts';
import type { RunEvent } from '../../../src/shared/run.ts';
import { fakeEngine, type FakePlan } from './fake-engine.ts';

export const fakeWorker: WorkerProgram = { path: join(process.cwd(), 'test/unit/runs/fake-worker.ts'), execArgv: ['--import', 'tsx'] };

export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'udc-runs-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function request(plan: FakePlan, seed = 1): RunRequest {
  return { name: 'Fake run!', definitionText: JSON.stringify(plan), definitionPath: '/models/fake.udc.yaml', budgetBytes: 1000, seed, backend: 'auto', baselines: false, version: '0.0.0' };
}

export function startFake(runsFolder: string, plan: FakePlan, listener: RunListener = {}, seed = 1): Promise<RunHandle> {
  return startRun(runsFolder, request(plan, seed), listener, fakeWorker);
}

export const SILENT: SessionListener = { rewound: () => undefined, event: () => undefined, progress: () => undefined, note: () => undefined };

/** Works on a run in this process. */
export function workHere(folder: RunFolder, listener: Partial<SessionListener> = {}, signal = new AbortController().signal): ReturnType<typeof runSession> {
  return runSession(folder, fakeEngine, { ...SILENT, ...listener }, signal);
}

/** The events of an uninterrupted run, without what differs between repetitions. */
export async function uninterrupted(runsFolder: string, plan: FakePlan, seed = 1): Promise<unknown[]> {
  const folder = await RunFolder.create(runsFolder, request({ ...plan, stepMs: 0 }, seed));
  await workHere(folder);
  return comparable((await folder.readEvents()).events);
}

export function comparable(events: readonly RunEvent[]): unknown[] {
  return events.map((event) => ('measured' in event ? { ...event, measured: undefined } : event));
}
