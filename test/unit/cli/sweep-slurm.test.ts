/** `udc sweep --on slurm` as a person uses it, with stand-ins for Slurm's programs on the path. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inFolder } from '../../scratch.ts';
import { MODEL, udc } from './support.ts';

function modelIn(folder: string): string {
  const file = join(folder, 'small.udc.yaml');
  mkdirSync(join(folder, '.udc'));
  writeFileSync(file, MODEL);
  return file;
}

const SWEEP = ['--budgets', '600B,1KiB', '--seeds', '3,4'];

/** Programs that write down how they were called and answer as told. */
async function withPrograms(
  folder: string,
  answers: Readonly<Record<string, string>>,
  body: (calls: () => string) => Promise<void>,
): Promise<void> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  for (const [name, answer] of Object.entries(answers))
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${calls}'\n${answer}\n`, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  try {
    await body(() => readFileSync(calls, 'utf8'));
  } finally {
    process.env['PATH'] = path;
  }
}

const WORKING = {
  scontrol: 'echo "MaxArraySize = 3"',
  sbatch: 'echo 77',
  squeue: 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1',
  scancel: 'exit 0',
};

describe('udc sweep --on slurm', function () {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('prints the script of a dry run, and makes nothing', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const settings = join(folder, 'cluster.yaml');
      writeFileSync(settings, 'partition: short\nmodules: [nodejs/20]\narraySize: 3\n');
      const args = ['--on', 'slurm', '--cluster', settings, '--time', '2:00:00', '--parallel', '2', '--dry-run'];
      const { code, out, err } = await udc('sweep', model, ...SWEEP, ...args);
      assert.equal(code, 0, err);
      assert.match(out, /^#!\/bin\/bash\n/);
      for (const line of ['--partition=short', '--time=2:00:00', '--cpus-per-task=1', '--requeue'])
        assert.ok(out.includes(`#SBATCH ${line}\n`), line);
      assert.match(out, /^module load nodejs\/20$/m);
      assert.match(
        out,
        /^# sbatch --parsable --array=0-2%2 .* task\.sh 0\n# sbatch --parsable --array=0-0%2 .* task\.sh 3$/m,
      );
      assert.deepEqual(readdirSync(join(folder, '.udc')), []);
      const json = await udc('sweep', model, ...SWEEP, ...args, '--json');
      assert.equal(`${(JSON.parse(json.out) as { script: string }).script}`, out);
    }));

  it('refuses what it cannot read, naming option or file', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const file = (text: string): string => {
        const path = join(folder, 'cluster.yaml');
        writeFileSync(path, text);
        return path;
      };
      const table: readonly (readonly [readonly string[], number, RegExp])[] = [
        [['--on', 'slrum'], 2, /--on needs one of local, slurm, kubernetes, skypilot, ray/],
        [['--time', '4:00:00'], 2, /--time says something of a cluster: add --on slurm/],
        [['--on', 'slurm', '--partition', 'a;b'], 2, /options: `partition` needs names of partitions/],
        [['--on', 'slurm', '--cluster', join(folder, 'none')], 1, /none: /],
        [['--on', 'slurm', '--cluster', file('a: [')], 1, /cluster\.yaml: this is no YAML/],
      ];
      for (const [args, wanted, message] of table) {
        const { code, err } = await udc('sweep', model, ...SWEEP, ...args);
        assert.match(err, message, args.join(' '));
        assert.equal(code, wanted, args.join(' '));
      }
      const { err } = await udc('sweep', model, ...SWEEP, '--on', 'slurm', '--cluster', file('partiton: x'));
      assert.match(err, /cluster\.yaml: there is no setting `partiton`; did you mean `partition`/);
      assert.deepEqual(readdirSync(join(folder, '.udc')), []);
    }));

  it('submits what is missing once, says how it stands and cancels it', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      await withPrograms(folder, WORKING, async (calls) => {
        const submitted = await udc('sweep', model, ...SWEEP, '--on', 'slurm', '--json');
        assert.equal(submitted.code, 0, submitted.err);
        const { sweep, submitted: tasks } = JSON.parse(submitted.out) as {
          sweep: string;
          submitted: readonly { task: string; run: string }[];
        };
        assert.deepEqual(
          tasks.map(({ task }) => task),
          ['77_0', '77_1', '77_2', '77_0'],
        );
        assert.match(calls(), /sbatch --parsable --array=0-2 .* 0\nsbatch --parsable --array=0-0 .* 3\n/);
        const waiting = await udc('runs', folder, '--json');
        const states = (JSON.parse(waiting.out) as readonly { state: string }[]).map(({ state }) => state);
        assert.deepEqual(states, ['queued', 'queued', 'queued', 'queued']);
        // Slurm says that it knows nothing of them any more.
        const status = await udc('sweep', '--status', sweep, '--json');
        const told = JSON.parse(status.out) as { tasks: unknown[]; runs: readonly { state: string; reason: string }[] };
        assert.deepEqual(told.tasks, []);
        assert.equal(told.runs[0]!.state, 'interrupted');
        assert.match(told.runs[0]!.reason, /Slurm does not know it any more/);
        assert.match((await udc('sweep', '--cancel', sweep)).out, /Slurm has no runs of this sweep/);
      });
    }));

  it('says why Slurm did not take it, and leaves no runs behind', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const refusing = { ...WORKING, sbatch: 'echo "sbatch: error: invalid partition specified: x" >&2; exit 1' };
      await withPrograms(folder, refusing, async () => {
        const { code, err } = await udc('sweep', model, ...SWEEP, '--on', 'slurm');
        assert.equal(code, 1);
        assert.match(err, /sbatch: invalid partition specified: x/);
        assert.deepEqual(JSON.parse((await udc('runs', folder, '--json')).out), []);
      });
    }));

  it('goes on here only where Slurm has nothing of it, or where that is asked for', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const running = { ...WORKING, squeue: 'case "$*" in *json*) exit 1;; esac; echo "77_0|RUNNING|None"' };
      await withPrograms(folder, running, async () => {
        const args = ['sweep', model, '--budgets', '1KiB', '--seeds', '3'];
        const told = await udc(...args, '--on', 'slurm', '--json');
        const { sweep } = JSON.parse(told.out) as { sweep: string };
        const { code, err } = await udc('sweep', '--resume', sweep);
        assert.equal(code, 1);
        assert.match(err, /1 of the runs of this sweep are in Slurm: wait .* --on local/);
        const again = await udc('sweep', '--resume', sweep, '--on', 'slurm');
        assert.match(again.out, /nothing to submit: 1 run is in Slurm/);
        const status = await udc('sweep', '--status', sweep);
        assert.match(status.out, /In Slurm:\n.*\n.*\n77_0 +running/);
        const dry = await udc('sweep', '--resume', sweep, '--dry-run', '--on', 'local');
        assert.match(dry.out, /0 of 1 runs are missing/);
      });
    }));

  it('writes files for other schedulers, whose runs wait until they are begun', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const into = join(folder, 'out');
      const args = ['sweep', model, ...SWEEP, '--on', 'kubernetes', '--write', into];
      const bare = await udc(...args);
      assert.equal(bare.code, 1);
      assert.match(bare.err, /kubernetes needs `image`, `claim`, `mount`, `udc` in the cluster file/);
      assert.deepEqual(readdirSync(join(folder, '.udc')), []);
      const settings = join(folder, 'cluster.yaml');
      writeFileSync(settings, `image: udc\nclaim: shared\nudc: /opt/udc/cli.cjs\nmount: ${folder}\n`);
      const { code, out, err } = await udc(...args, '--cluster', settings, '--memory', '2G');
      assert.equal(code, 0, err);
      assert.match(out, /kubectl apply -f job\.yaml/);
      const text = readFileSync(join(into, 'job.yaml'), 'utf8');
      assert.match(text, /completions: 4\n/);
      const told = JSON.parse((await udc('runs', folder, '--json')).out) as readonly { id: string; state: string }[];
      assert.deepEqual(new Set(told.map(({ state }) => state)), new Set(['queued']));
      for (const { id } of told) assert.ok(text.includes(id));
      const half = await udc('sweep', model, '--on', 'ray');
      assert.match(half.err, /--write FOLDER and --on kubernetes\|skypilot\|ray need each other/);
    }));

  it('takes a single search too', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      await withPrograms(folder, WORKING, async (calls) => {
        const { code, out, err } = await udc('search', model, '--on', 'slurm', '--partition', 'p', '--json');
        assert.equal(code, 0, err);
        const { run, task } = JSON.parse(out) as { run: string; task: string };
        assert.equal(task, '77_0');
        assert.match(calls(), /sbatch --parsable --array=0-0 /);
        const [place] = readdirSync(join(run, '..', '.slurm'));
        assert.match(readFileSync(join(run, '..', '.slurm', place!, 'task.sh'), 'utf8'), /^#SBATCH --partition=p$/m);
        const cancelled = await udc('runs', folder, '--cancel', run);
        assert.match(cancelled.out, /: cancelled$/m);
        const stray = await udc('search', model, '--partition', 'p');
        assert.match(stray.err, /--partition says something of a cluster: add --on slurm/);
      });
    }));
});
