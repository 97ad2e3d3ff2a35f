/** Arrays of Slurm: cut at the cluster's limit, refused, requeued, cancelled; asked by whoever comes tomorrow. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJob } from '../../../../../src/runs/folder/job-file.ts';
import { RunFolder, deleteRun, listFolder } from '../../../../../src/runs/folder/run-folder.ts';
import { Slurm, SlurmError } from '../../../../../src/runs/launchers/slurm/slurm-commands.ts';
import { SlurmLauncher, slurmJobs, type SlurmOptions } from '../../../../../src/runs/launchers/slurm/slurm-launcher.ts';
import { inFolder } from '../../../../scratch.ts';
import type { FakePlan } from '../../fake-engine.ts';
import { request } from '../../request.ts';
import { comparable, uninterrupted } from '../../support.ts';
import { FakeSlurm } from './fake-slurm.ts';

const plan: FakePlan = { epochs: 4, stepMs: 1 };

const foldersIn = (runs: string, count: number, what = plan): Promise<RunFolder[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => RunFolder.create(runs, request(what, i + 1))));

const launcherOn = (cluster: FakeSlurm, options: SlurmOptions = {}): SlurmLauncher =>
  new SlurmLauncher({ slurm: new Slurm(cluster.call), pollMs: 5, ...options });

const works = (folders: readonly RunFolder[]): { folder: RunFolder; isNew: boolean }[] =>
  folders.map((folder) => ({ folder, isNew: true }));

/** Waits until a run has told of so many events. */
async function untilEvents(folder: RunFolder, count: number): Promise<void> {
  while ((await folder.readEvents()).events.length < count) await sleep(5);
}

describe('the Slurm launcher', () => {
  it('submits one script in arrays no larger than the cluster takes, and names each task in its folder', () =>
    inFolder(async (runs) => {
      const cluster = new FakeSlurm({ largestArray: 3, hold: true });
      const folders = await foldersIn(runs, 7);
      const jobs = await launcherOn(cluster, { atOnce: 2 }).submit(works(folders));
      const submitted = cluster.calls.filter(([program]) => program === 'sbatch');
      assert.deepEqual(
        submitted.map((call) => [call[2], call.at(-1)]),
        [
          ['--array=0-2%2', '0'],
          ['--array=0-2%2', '3'],
          ['--array=0-0%2', '6'],
        ],
      );
      assert.equal(new Set(submitted.map((call) => call.at(-2))).size, 1, 'one script');
      for (const [i, { path }] of folders.entries()) {
        assert.equal(cluster.tasks.get(jobs[i]!.id)!.folder, path);
        assert.deepEqual(await readJob(path), jobs[i]);
      }
      // What lies beside the runs is none.
      const listed = await listFolder(runs);
      assert.deepEqual(new Set(listed.map(({ state }) => state)), new Set(['queued']));
      assert.equal(listed.length, 7);
      await assert.rejects(deleteRun(folders[0]!), /a cluster was asked to work on this run/);
    }));

  it('takes the limit that is given instead of asking, and says what Slurm complains of', () =>
    inFolder(async (runs) => {
      const cluster = new FakeSlurm({ refuseFrom: 1 });
      const folders = await foldersIn(runs, 3);
      await assert.rejects(
        launcherOn(cluster, { settings: { arraySize: 2 } }).submit(works(folders)),
        (error: unknown) =>
          error instanceof SlurmError &&
          /Invalid account or account\/partition combination \(2 of 3 were submitted before\)/.test(error.message),
      );
      assert.ok(!cluster.calls.some(([program]) => program === 'scontrol'));
      assert.deepEqual(await Promise.all(folders.map(async ({ path }) => (await readJob(path)) !== undefined)), [
        true,
        true,
        false,
      ]);
    }));

  for (const version of ['old json', 'new json', 'lines'] as const)
    it(`tells the states of jobs to a process that did not submit them (${version})`, () =>
      inFolder(async (runs) => {
        const cluster = new FakeSlurm({ version, hold: true });
        const [first, second, third] = await foldersIn(runs, 3);
        await launcherOn(cluster).submit(works([first!, second!, third!]));
        const jobs = await slurmJobs([first!.path, second!.path, third!.path]);
        const other = launcherOn(cluster);
        assert.deepEqual(await other.states(jobs), ['queued', 'queued', 'queued']);
        await cluster.work(cluster.tasks.get(jobs[0]!.id)!);
        cluster.tasks.get(jobs[1]!.id)!.state = 'RUNNING';
        assert.deepEqual(await other.states(jobs), ['done', 'running', 'queued']);
        await other.cancel(jobs[2]!);
        assert.equal(await third!.readState(), 'cancelled');
        // Slurm forgets what has ended; the folders do not.
        cluster.tasks.clear();
        assert.deepEqual(await other.states(jobs), ['done', 'interrupted', 'cancelled']);
      }));

  for (const state of ['TIMEOUT', 'PREEMPTED', 'NODE_FAIL'])
    it(`has a task begin again that ended by ${state}, which goes on from its checkpoint`, () =>
      inFolder(async (runs) => {
        const cluster = new FakeSlurm();
        const long = { epochs: 12, stepMs: 5 };
        const [folder] = await foldersIn(runs, 1, long);
        const launcher = launcherOn(cluster);
        const [job] = await launcher.submit(works([folder!]));
        const collected = launcher.collect(job!, {});
        await untilEvents(folder!, 3);
        cluster.end(job!.id, state);
        assert.deepEqual(await collected, { state: 'done', code: '' });
        assert.ok(cluster.calls.some((call) => call.join(' ') === `scontrol requeue ${job!.id}`));
        const { events } = await folder!.readEvents();
        assert.deepEqual(comparable(events), await uninterrupted(runs, long));
      })).timeout(30_000);

  it('says why a task ended that nobody begins again', () =>
    inFolder(async (runs) => {
      const table = [
        ['TIMEOUT', 'interrupted', 'time-limit'],
        ['OUT_OF_MEMORY', 'failed', 'out-of-memory'],
        ['CANCELLED', 'cancelled', 'cancelled'],
        ['BOOT_FAIL', 'interrupted', 'node-failed'],
        ['FAILED', 'interrupted', 'died'],
      ] as const;
      for (const [state, told, code] of table) {
        const cluster = new FakeSlurm({ hold: true });
        const [folder] = await foldersIn(runs, 1);
        const launcher = launcherOn(cluster, { settings: { requeues: 0 } });
        const [job] = await launcher.submit(works([folder!]));
        cluster.tasks.get(job!.id)!.state = state;
        const end = await launcher.collect(job!, {});
        assert.deepEqual([end.state, end.code], [told, code]);
        const listing = await folder!.readListing();
        assert.deepEqual([listing.state, listing.ending?.code], [told, code]);
      }
    }));

  it('goes on asking while the controller does not answer', () =>
    inFolder(async (runs) => {
      const cluster = new FakeSlurm();
      const [folder] = await foldersIn(runs, 1);
      let silent = 3;
      const launcher = launcherOn(cluster, {
        slurm: new Slurm((program, args) =>
          program === 'squeue' && silent-- > 0
            ? Promise.resolve({ code: 1, out: '', err: 'slurm_load_jobs error: Unable to contact slurm controller\n' })
            : cluster.call(program, args),
        ),
      });
      const [job] = await launcher.submit(works([folder!]));
      const notes: string[] = [];
      assert.deepEqual(await launcher.collect(job!, { note: (text) => notes.push(text) }), { state: 'done', code: '' });
      assert.match(notes.join('\n'), /Unable to contact slurm controller/);
    })).timeout(30_000);

  it('says which program is missing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await assert.rejects(
        new Slurm().largestArray(),
        /`scontrol` was not found: this works where Slurm's commands are/,
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('leaves nothing but script and list beside the runs', () =>
    inFolder(async (runs) => {
      const folders = await foldersIn(runs, 2);
      await launcherOn(new FakeSlurm({ hold: true })).submit(works(folders));
      const [place] = readdirSync(join(runs, '.slurm'));
      assert.deepEqual(readdirSync(join(runs, '.slurm', place!)).sort(), ['runs.txt', 'task.sh']);
      assert.equal(
        readFileSync(join(runs, '.slurm', place!, 'runs.txt'), 'utf8'),
        folders.map(({ id }) => `${id}\n`).join(''),
      );
      assert.ok(existsSync(folders[0]!.path));
    }));
});
