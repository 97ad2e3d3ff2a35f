/**
 * Sweeps on a real Slurm of one node: submitted, one cancelled, another requeued in mid-run, and the results are those
 * of a local sweep, bit for bit.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJob } from '../../src/runs/folder/job-file.ts';
import { RunFolder } from '../../src/runs/folder/run-folder.ts';
import { scratchFolder } from '../scratch.ts';
import { MODEL, udc } from '../unit/cli/support.ts';
import { SlurmCluster, obstacle } from './slurm-cluster.ts';
import { timeless } from '../timeless.ts';

const QUICK = MODEL.replace(
  'layers:',
  'training: { warmup: 1, search: 40, race: 2, sparsify: 1, settle: 1, batch: 32 }\nlayers:',
);
const SWEEP = ['--budgets', '600B,1KiB', '--seeds', '3,4', '--backend', 'wasm', '--yes', '--json'];

interface Swept {
  readonly sweep: string;
  readonly runs: readonly { readonly index: number; readonly state: string; readonly run: string }[];
  readonly tasks?: readonly unknown[];
}

/** A command that has to succeed, and what it says. */
async function told<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await udc(...args);
  assert.equal(code, 0, `udc ${args.join(' ')}: ${err}${out}`);
  return JSON.parse(out) as T;
}

/** A definition in a folder of its own, so that its runs lie there. */
function modelIn(folder: string): string {
  mkdirSync(join(folder, '.udc'), { recursive: true });
  const file = join(folder, 'small.udc.yaml');
  writeFileSync(file, QUICK);
  return file;
}

/** Waits until a run has told of so many epochs. */
async function untilEpochs(folder: RunFolder, count: number): Promise<void> {
  for (let look = 0; look < 1200; look += 1) {
    const { events } = await folder.readEvents();
    if (events.filter(({ type }) => type === 'epoch').length >= count) return;
    const state = await folder.readState();
    assert.ok(state === 'queued' || state === 'running', `the run is ${state} too early`);
    await sleep(100);
  }
  assert.fail('no epoch in two minutes');
}

describe('Slurm', function () {
  this.timeout(300_000);
  let cluster: SlurmCluster | undefined;
  const folder = scratchFolder('slurm');

  before(async function () {
    const why = obstacle();
    if (why !== undefined) {
      console.log(`Slurm tests skipped: ${why}`);
      this.skip();
    }
    const place = join(folder, 'slurm');
    mkdirSync(place);
    try {
      // Arrays of three: four runs need two of them.
      cluster = await SlurmCluster.start(place, 3);
    } catch (error) {
      console.log(`Slurm tests skipped: ${error instanceof Error ? error.message : String(error)}`);
      this.skip();
    }
    process.env['SLURM_CONF'] = cluster.conf;
  });

  after(async () => {
    delete process.env['SLURM_CONF'];
    await cluster?.stop();
  });

  it('sweeps to the results of a local sweep, though one run was cancelled and another requeued in mid-run', async () => {
    const submitted = await told<{ sweep: string; submitted: readonly { task: string; run: string }[] }>(
      'sweep',
      modelIn(join(folder, 'there')),
      ...SWEEP,
      '--on',
      'slurm',
      '--time',
      '30',
    );
    const { sweep, submitted: tasks } = submitted;
    assert.equal(tasks.length, 4);
    assert.equal(new Set(tasks.map(({ task }) => task.split('_')[0])).size, 2, 'two arrays');
    for (const { task, run } of tasks) assert.equal((await readJob(run))?.id, task);

    const [first, second] = tasks.map(({ run }) => new RunFolder(run));
    await untilEpochs(first!, 4);
    const again = cluster!.ask('scontrol', ['requeue', tasks[0]!.task]);
    assert.equal(again, '', 'scontrol says nothing where it does as it is asked');
    await untilEpochs(second!, 2);
    const cancelled = await told<{ state: string; stillEnding: boolean }>('runs', '--cancel', second!.path, '--json');
    assert.deepEqual([cancelled.state, cancelled.stillEnding], ['cancelled', false]);
    const before = (await second!.readEvents()).events.length;

    // What was cancelled alone is submitted again; the others are in Slurm's hands, or done.
    const more = await told<{ submitted: readonly { run: string }[] }>(
      'sweep',
      '--resume',
      sweep,
      '--on',
      'slurm',
      '--json',
    );
    assert.deepEqual(
      more.submitted.map(({ run }) => run),
      [second!.path],
    );
    const refused = await udc('sweep', '--resume', sweep);
    assert.match(refused.err, /of the runs of this sweep are in Slurm/);

    const swept = await told<Swept>('sweep', '--resume', sweep, '--on', 'slurm', '--wait', '--json');
    assert.deepEqual(
      swept.runs.map(({ state }) => state),
      ['done', 'done', 'done', 'done'],
    );
    const logs = readdirSync(join(sweep, '.slurm')).flatMap((name) =>
      readdirSync(join(sweep, '.slurm', name))
        .filter((file) => file.endsWith('.log'))
        .map((file) => readFileSync(join(sweep, '.slurm', name, file), 'utf8')),
    );
    assert.ok(
      logs.some((text) => /, start 2: /.test(text) && /resuming after event [1-9]/.test(text)),
      `no task was requeued and went on: ${logs.join('\n')}`,
    );
    assert.ok(before > 2 && (await second!.readEvents()).events.length > before);

    const local = await told<Swept>('sweep', modelIn(join(folder, 'here')), ...SWEEP);
    assert.equal(local.runs.length, 4);
    for (const [at, { run, state }] of local.runs.entries()) {
      assert.equal(state, 'done');
      const [here, there] = [join(local.sweep, run), join(sweep, swept.runs[at]!.run)];
      const [one, other] = [new RunFolder(there), new RunFolder(here)];
      assert.deepEqual(timeless(await one.readResult()), timeless(await other.readResult()));
      const weights = (path: string): Buffer => readFileSync(join(path, 'weights.safetensors'));
      assert.ok(weights(there).equals(weights(here)), `weights of run ${at}`);
    }
    const status = await told<Swept>('sweep', '--status', sweep, '--json');
    assert.deepEqual(status.tasks, []);
  });

  it('cancels what waits and what runs of a sweep, and says what Slurm complains of', async () => {
    const model = modelIn(join(folder, 'stopped'));
    const { sweep } = await told<{ sweep: string }>('sweep', model, ...SWEEP, '--on', 'slurm');
    const { cancelled } = await told<{ cancelled: readonly string[] }>('sweep', '--cancel', sweep, '--json');
    assert.equal(cancelled.length, 4);
    const { runs, tasks } = await told<Swept>('sweep', '--status', sweep, '--json');
    assert.deepEqual(tasks, []);
    for (const { state } of runs) assert.equal(state, 'cancelled');
    const wrong = await udc('sweep', '--resume', sweep, '--on', 'slurm', '--partition', 'nowhere');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /sbatch: .*partition/i);
  });

  it('has a task whose time is up begin again by itself', async () => {
    const model = modelIn(join(folder, 'timed'));
    // A minute is Slurm's shortest limit: the checkpoint is asked for soon after the beginning.
    const settings = join(folder, 'cluster.yaml');
    writeFileSync(settings, 'time: 1\ngrace: 55\nrequeues: 1\n');
    const long = join(folder, 'timed', 'small.udc.yaml');
    writeFileSync(long, QUICK.replace('search: 40', 'search: 100000'));
    const args = ['--budgets', '1KiB', '--backend', 'wasm', '--json', '--on', 'slurm', '--cluster', settings];
    const { sweep, submitted } = await told<{ sweep: string; submitted: readonly { task: string; run: string }[] }>(
      'sweep',
      model,
      ...args,
    );
    const [{ task, run }] = submitted as [{ task: string; run: string }];
    const log = (): string =>
      readdirSync(join(sweep, '.slurm')).map((name) => {
        const file = join(sweep, '.slurm', name, `${task}.log`);
        try {
          return readFileSync(file, 'utf8');
        } catch {
          return '';
        }
      })[0]!;
    for (let look = 0; look < 1200 && !/, start 2: /.test(log()); look += 1) await sleep(100);
    assert.match(log(), /start 1: [^]*DUE TO JOB REQUEUE[^]*start 2: /);
    await told('runs', '--cancel', run, '--json');
  });
});
