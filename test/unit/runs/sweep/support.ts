/** Sweeps of the fake engine. */
import { join } from 'node:path';
import { resumeRun, startRun } from '../../../../src/runs/supervisor.ts';
import type { Launcher } from '../../../../src/runs/launchers/launcher.ts';
import { SweepDrive, type SweepHost } from '../../../../src/runs/sweep/sweep-driver.ts';
import { SweepFolder, type SweepRequest } from '../../../../src/runs/sweep/sweep-folder.ts';
import type { SweepPlan } from '../../../../src/wire/sweep-plan.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';
import type { FakePlan } from '../fake-engine.ts';
import { fakeLauncher } from '../support.ts';

export const PLAN: SweepPlan = { budgets: [1000, 2000], seeds: [1, 2], strategies: ['fake'], targets: ['one'] };

export function sweepRequest(plan: FakePlan, change: Partial<SweepRequest> = {}): SweepRequest {
  const definitionText = JSON.stringify(plan);
  return {
    name: 'fake',
    definitionPath: '/models/fake.udc.yaml',
    definitionText,
    plan: PLAN,
    targets: [{ name: 'one', definitionText, limits: limitsOf(1000) }],
    leftOut: [],
    backend: 'auto',
    baselines: [],
    ...change,
  };
}

export const sweepIn = (folder: string, request: SweepRequest): Promise<SweepFolder> =>
  SweepFolder.create(join(folder, '.udc', 'sweeps'), request);

/** Drives a sweep with fake workers. */
export function drive(
  folder: SweepFolder,
  parallel: number,
  host: Partial<SweepHost> = {},
  launcher: Launcher = fakeLauncher(),
): Promise<SweepDrive> {
  return SweepDrive.start(
    folder,
    { parallel, cores: 1 },
    {
      begin: (work, _, place) =>
        'path' in work
          ? resumeRun(work.path, {}, launcher, place)
          : startRun(work.runsFolder, work.request, {}, launcher, place),
      ...host,
    },
  );
}
