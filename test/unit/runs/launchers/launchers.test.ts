/** What every launcher does: the same run wherever it is worked on, stopped and gone on with, told to its end. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunFolder } from '../../../../src/runs/folder/run-folder.ts';
import type { Job, Launcher, RunListener } from '../../../../src/runs/launchers/launcher.ts';
import { LAUNCHERS, type LauncherName } from '../../../../src/runs/launchers/launcher-table.ts';
import { Slurm } from '../../../../src/runs/launchers/slurm/slurm-commands.ts';
import { resumeRun, startRun } from '../../../../src/runs/supervisor.ts';
import type { RunEvent } from '../../../../src/wire/run.ts';
import { inFolder } from '../../../scratch.ts';
import type { FakePlan } from '../fake-engine.ts';
import { request } from '../request.ts';
import { comparable, fakeLauncher, program, uninterrupted } from '../support.ts';
import { QueueLauncher } from './queue-launcher.ts';
import { FakeSlurm } from './slurm/fake-slurm.ts';

const plan: FakePlan = { epochs: 4, stepMs: 1 };

/** One of each member of the table, on a worker or a cluster that only tests have. */
function openers(): Readonly<Record<LauncherName, () => Launcher>> {
  // One cluster for all: what one launcher submits, another asks for.
  const cluster = new FakeSlurm();
  return {
    local: () => LAUNCHERS.local({ path: program('fake-worker') }),
    slurm: () => LAUNCHERS.slurm({ slurm: new Slurm(cluster.call), pollMs: 5 }),
  };
}

const MEMBERS: Readonly<Record<string, () => Launcher>> = {
  ...openers(),
  'a queue that is polled': () => new QueueLauncher(),
};

class Heard implements RunListener {
  readonly events: RunEvent[] = [];
  rewound(seq: number): void {
    this.events.length = Math.min(this.events.length, seq);
  }
  event(event: RunEvent): void {
    this.events.push(event);
  }
}

/** Waits until a job is in one of the states. */
async function untilState(launcher: Launcher, job: Job, wanted: readonly string[]): Promise<string> {
  for (;;) {
    const [state] = await launcher.states([job]);
    if (wanted.includes(state!)) return state!;
    await sleep(5);
  }
}

for (const [name, open] of Object.entries(MEMBERS)) {
  describe(`a launcher: ${name}`, () => {
    it('works on what is submitted together, each job with an identity that is plain data', () =>
      inFolder(async (runs) => {
        const launcher = open();
        const folders = await Promise.all([1, 2, 3].map((seed) => RunFolder.create(runs, request(plan, seed))));
        const jobs = await launcher.submit(folders.map((folder) => ({ folder, isNew: true })));
        assert.deepEqual(
          jobs.map(({ folder }) => folder),
          folders.map(({ path }) => path),
        );
        assert.equal(new Set(jobs.map(({ id }) => id)).size, 3);
        assert.deepEqual(JSON.parse(JSON.stringify(jobs)), jobs);
        for (const state of await launcher.states(jobs)) assert.ok(['queued', 'running', 'done'].includes(state));
        // Who listens late hears everything all the same.
        await sleep(50);
        const heard = jobs.map(() => new Heard());
        const ends = await Promise.all(jobs.map((job, i) => launcher.collect(job, heard[i]!)));
        for (const [i, end] of ends.entries()) {
          assert.deepEqual(end, { state: 'done', code: '' });
          assert.deepEqual(comparable(heard[i]!.events), await uninterrupted(runs, plan, i + 1));
        }
        assert.deepEqual(await launcher.states(jobs), ['done', 'done', 'done']);
      })).timeout(30_000);

    it('stops a job with a checkpoint, from which it is gone on with', () =>
      inFolder(async (runs) => {
        const launcher = open();
        const long = { epochs: 12, stepMs: 5 };
        const heard = new Heard();
        const run = await startRun(runs, request(long), heard, launcher);
        await untilState(launcher, run.job, ['running']);
        while (heard.events.length < 3) await sleep(5);
        const end = await run.cancel();
        assert.deepEqual([end.state, end.code], ['cancelled', 'cancelled']);
        assert.deepEqual(await launcher.states([run.job]), ['cancelled']);
        await launcher.cancel(run.job);
        const other = open();
        const again = await resumeRun(run.folder.path, heard, other);
        assert.deepEqual(await again.ended, { state: 'done', code: '' });
        assert.deepEqual(await other.states([again.job]), ['done']);
        const { events } = await run.folder.readEvents();
        assert.deepEqual(comparable(events), await uninterrupted(runs, long));
      })).timeout(30_000);

    it('says why a job failed, and leaves no folder of one that could not begin', () =>
      inFolder(async (runs) => {
        const launcher = open();
        const failing = await startRun(runs, request({ ...plan, at: 2, then: 'throw' }), {}, launcher);
        const end = await failing.ended;
        assert.deepEqual([end.state, end.failure?.why], ['failed', 'a tensor has the wrong shape']);
        assert.deepEqual(await launcher.states([failing.job]), ['failed']);
        const refused = await startRun(runs, request({ ...plan, then: 'refuse-to-open' }), {}, launcher);
        const { state, refused: gone } = await refused.ended;
        assert.deepEqual([state, gone], ['failed', true]);
        assert.equal(existsSync(refused.folder.path), false);
        assert.deepEqual(await launcher.states([refused.job]), ['failed']);
      })).timeout(30_000);

    it('ends a job at once where its host has to go', () =>
      inFolder(async (runs) => {
        const launcher = open();
        const heard = new Heard();
        const run = await startRun(runs, request({ epochs: 1000, stepMs: 5 }), heard, launcher);
        while (heard.events.length < 2) await sleep(5);
        run.kill();
        assert.equal((await run.ended).state, 'interrupted');
        assert.deepEqual(await launcher.states([run.job]), ['interrupted']);
      })).timeout(30_000);
  });
}

describe('the local launcher', () => {
  it('tells the state of a job that another started, and does not stop it', () =>
    inFolder(async (runs) => {
      const [mine, other] = [fakeLauncher(), fakeLauncher()];
      const run = await startRun(runs, request({ epochs: 1000, stepMs: 5 }), {}, mine);
      assert.equal(await untilState(other, run.job, ['running']), 'running');
      await assert.rejects(other.cancel(run.job), /in the hands of another program: stop it there/);
      assert.equal((await other.collect(run.job, {})).failure?.what, 'This run cannot be followed from here.');
      assert.equal((await run.cancel()).state, 'cancelled');
      assert.deepEqual(await other.states([run.job]), ['cancelled']);
      assert.equal((await other.collect(run.job, {})).code, 'cancelled');
    })).timeout(30_000);
});
