/** Files for schedulers: of the form that each takes, and nothing of a path is obeyed on the way. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { EXIT } from '../../../../src/cli/terminal/io.ts';
import { SettingsError, type ClusterSettings } from '../../../../src/runs/launchers/cluster-settings.ts';
import {
  exportedFiles,
  memoryBytes,
  timeSeconds,
  type ExportedSweep,
} from '../../../../src/runs/launchers/exported/exported-sweep.ts';
import { EXPORTERS, type ExporterName } from '../../../../src/runs/launchers/exported/exporter-table.ts';
import { inFolder } from '../../../scratch.ts';

const SETTINGS: ClusterSettings = {
  image: 'registry.example/udc:1',
  claim: 'shared',
  mount: '/shared',
  storage: 's3://bucket/udc',
  udc: '/opt/udc/cli.cjs',
  memory: '4G',
  cpus: 2,
};
const HOSTILE = '/shared/a \'b\' "c" $(touch hit) `touch hit` $$(UDC_THREADS) ö';

const sweep = (change: Partial<ExportedSweep> = {}): ExportedSweep => ({
  name: 'udc-kws-ab12',
  folder: '/shared/.udc/sweeps/one',
  runs: ['run-a', 'run-b', 'run-c'],
  udc: ['node', '/opt/udc/cli.cjs'],
  settings: SETTINGS,
  ...change,
});

const filesOf = (place: ExporterName, what = sweep()): Readonly<Record<string, string>> =>
  Object.fromEntries(exportedFiles(place, EXPORTERS[place], what).map(({ name, text }) => [name, text]));

interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly podFailurePolicy: { readonly rules: readonly Readonly<Record<string, unknown>>[] };
    readonly template: {
      readonly spec: Readonly<Record<string, unknown>> & {
        readonly containers: readonly [Readonly<Record<string, unknown>> & { readonly command: readonly string[] }];
      };
    };
  };
}

describe('a sweep for Kubernetes', () => {
  it('is an Indexed Job that takes our exit codes for what they are', () => {
    const job = parse(filesOf('kubernetes', sweep({ atOnce: 2 }))['job.yaml']!) as Job;
    assert.deepEqual([job.apiVersion, job.kind], ['batch/v1', 'Job']);
    const { completionMode, completions, parallelism, podFailurePolicy, template } = job.spec;
    assert.deepEqual([completionMode, completions, parallelism], ['Indexed', 3, 2]);
    // A failure policy is only taken with this.
    assert.equal(template.spec['restartPolicy'], 'Never');
    const [disrupted, final] = podFailurePolicy.rules;
    assert.equal(disrupted!['action'], 'Ignore');
    assert.deepEqual(final, {
      action: 'FailIndex',
      onExitCodes: { containerName: 'udc', operator: 'In', values: [EXIT.input, EXIT.usage, EXIT.budget] },
    });
    const [container] = template.spec.containers;
    assert.equal(container['name'], 'udc');
    assert.deepEqual(container['resources'], {
      requests: { cpu: '2', memory: '4Gi' },
      limits: { cpu: '2', memory: '4Gi' },
    });
  });

  it('gives each index its run, whatever the folder is called', function () {
    if (process.platform === 'win32') this.skip();
    const told = parse(filesOf('kubernetes', sweep({ folder: HOSTILE, udc: ['printf', '%s\\n'] }))['job.yaml']!) as Job;
    const { command } = told.spec.template.spec.containers[0];
    // As Kubernetes does: `$$` is `$`, and a name in `$(…)` that is set is its value.
    const expanded = command.map((word) =>
      word.replace(/\$\$|\$\(([A-Z_]+)\)/g, (all) => (all === '$$' ? '$' : 'EXPANDED')),
    );
    for (const [index, run] of sweep().runs.entries()) {
      const env = { ...process.env, JOB_COMPLETION_INDEX: String(index) };
      const out = execFileSync(expanded[0]!, expanded.slice(1), { env, encoding: 'utf8' });
      assert.deepEqual(out.trimEnd().split('\n'), ['resume', `${HOSTILE}/${run}`, '--unattended']);
    }
  });
});

describe('a sweep for SkyPilot', () => {
  it('is a task on a bucket, launched once for each run', () => {
    const files = filesOf('skypilot', sweep({ settings: { ...SETTINGS, memory: '1500M' } }));
    const task = parse(files['task.yaml']!) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    assert.deepEqual(task['file_mounts'], { '/shared': { source: 's3://bucket/udc', mode: 'MOUNT_CACHED' } });
    assert.deepEqual([task['resources']!['cpus'], task['resources']!['memory']], ['2+', '2+']);
    assert.equal(
      task['run'] as unknown,
      'node /opt/udc/cli.cjs resume /shared/.udc/sweeps/one/"$UDC_RUN" --unattended\n',
    );
    const launches = files['launch.sh']!.match(/^sky jobs launch .*$/gm)!;
    assert.deepEqual(
      launches.map((line) => /--env UDC_RUN=(\S+) task\.yaml$/.exec(line)?.[1]),
      sweep().runs,
    );
  });
});

describe('a sweep for Ray', () => {
  it('is a body of the jobs API for each run, posted by a script', function () {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (folder) => {
      const files = filesOf('ray', sweep({ folder: HOSTILE, udc: ['printf', '%s\\n'] }));
      const bodies = files['jobs.ndjson']!.trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal(new Set(bodies.map((body) => body['submission_id'])).size, 3);
      for (const [at, body] of bodies.entries()) {
        assert.deepEqual([body['entrypoint_num_cpus'], body['entrypoint_memory']], [2, 4 * 2 ** 30]);
        assert.deepEqual(body['runtime_env'], { env_vars: { UDC_THREADS: '2', UDC_PARALLEL: '2', UDC_QUEUE: 'off' } });
        const out = execFileSync('/bin/sh', ['-c', body['entrypoint'] as string], { cwd: folder, encoding: 'utf8' });
        assert.deepEqual(out.trimEnd().split('\n'), ['resume', `${HOSTILE}/${sweep().runs[at]}`, '--unattended']);
      }
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      writeFileSync(join(bin, 'curl'), `#!/bin/sh\necho "$*" >>'${folder}/asked'\ncat >>'${folder}/posted'\n`, {
        mode: 0o755,
      });
      const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, RAY_ADDRESS: 'http://head:8265/' };
      const posted = spawnSync('sh', [join(folder, 'submit.sh')], { env, encoding: 'utf8' });
      assert.equal(posted.status, 0, posted.stderr);
      assert.equal(readFileSync(join(folder, 'posted'), 'utf8'), files['jobs.ndjson']!.replaceAll('\n', ''));
      assert.match(readFileSync(join(folder, 'asked'), 'utf8'), /http:\/\/head:8265\/api\/jobs\/$/m);
      assert.notEqual(spawnSync('sh', [join(folder, 'submit.sh')], { env: { PATH: env.PATH } }).status, 0);
    });
  });
});

describe('exported sweeps', () => {
  it('say what is missing, and refuse what no script can hold', () => {
    for (const place of Object.keys(EXPORTERS) as ExporterName[]) {
      for (const key of EXPORTERS[place].needs)
        assert.throws(
          () => filesOf(place, sweep({ settings: { ...SETTINGS, [key]: undefined } })),
          (error: unknown) => error instanceof SettingsError && error.message.includes(`\`${key}\``),
        );
      for (const change of [{ folder: '/shared/a\nb' }, { runs: ['a b'] }, { runs: ['$(id)'] }])
        assert.throws(() => filesOf(place, sweep(change)), SettingsError, JSON.stringify(change));
    }
    for (const place of ['kubernetes', 'skypilot'] as const)
      assert.throws(() => filesOf(place, sweep({ folder: '/sharedness/x' })), /does not lie in `mount`/);
  });

  it('count memory and time as Slurm does', () => {
    assert.deepEqual(['4G', '512M', '1K', '2T'].map(memoryBytes), [2 ** 32, 2 ** 29, 1024, 2 ** 41]);
    assert.deepEqual(
      ['90', '90:30', '4:00:00', '1-12', '1-12:30', '1-12:30:15'].map(timeSeconds),
      [5400, 5430, 14_400, 129_600, 131_400, 131_415],
    );
  });

  it('are YAML that says what was put in, whatever the path', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (path) => {
        const folder = `/shared/${path}x`;
        let text: string;
        try {
          text = filesOf('kubernetes', sweep({ folder }))['job.yaml']!;
        } catch (error) {
          assert.ok(error instanceof SettingsError);
          return;
        }
        const [container] = (parse(text) as Job).spec.template.spec.containers;
        assert.equal(container.command[4]!.replaceAll('$$', '$'), folder);
      }),
    );
  });
});
