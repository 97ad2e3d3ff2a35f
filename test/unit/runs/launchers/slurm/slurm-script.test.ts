/** The script of an array, run by bash: whatever stands in paths, nothing of it is obeyed. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { slurmScript } from '../../../../../src/runs/launchers/slurm/slurm-script.ts';
import { inFolder } from '../../../../scratch.ts';

const HOSTILE = ["a 'b' $(touch hit) `touch hit`", 'x"; touch hit; "', '-rf $HOME *', 'ö & touch hit #', "a\\'b"];

/** A task's environment, with a stand-in for `udc` that says what it was called with. */
function prepare(folder: string, name: string, body = 'printf "%s\\n" "$@"\n'): { script: string; run: string } {
  const runs = join(folder, name);
  const run = join(runs, 'one');
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, 'run.json'), '{}');
  const list = join(runs, 'list');
  writeFileSync(list, 'zero\none\n');
  const udc = join(runs, 'u d c');
  writeFileSync(udc, body);
  const script = join(folder, 'task.sh');
  writeFileSync(script, slurmScript({ name: 'x', runs, list, udc: ['bash', udc], settings: { cpus: 3 } }));
  return { script, run };
}

const ENV = { ...process.env, SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_JOB_ID: '5' };

describe('the script of an array', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const name of HOSTILE)
    it(`works on the run of its line, in ${name}`, () =>
      inFolder(async (folder) => {
        const { script, run } = prepare(folder, name);
        const out = execFileSync('bash', [script, '1'], { cwd: folder, env: ENV, encoding: 'utf8' });
        assert.deepEqual(out.trim().split('\n').slice(1), ['resume', run, '--unattended']);
        assert.ok(!existsSync(join(folder, 'hit')));
        const beyond = spawnSync('bash', [script, '2'], { cwd: folder, env: ENV, encoding: 'utf8' });
        assert.equal(beyond.status, 1);
        assert.match(beyond.stderr, /line 3 of .* names no run folder/);
      }));

  it('keeps any path one word, or refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), (path) => {
        const words = { name: 'x', runs: `/${path}`, list: '/l', udc: ['udc'], settings: {} };
        let script: string;
        try {
          script = slurmScript(words);
        } catch {
          return;
        }
        const line = script.split('\n').find((one) => one.startsWith('runs='))!;
        const told = spawnSync('bash', ['-c', `${line}; printf %s "$runs"`], { encoding: 'utf8' });
        assert.equal(told.stdout, `/${path}`);
      }),
      { numRuns: 25 },
    );
  }).timeout(60_000);

  it('ends with the code of the search, passes its end on, and asks to be requeued when its time is up', () =>
    inFolder(async (folder) => {
      const wait = 'trap "echo stopped; exit 130" TERM\necho begun\nwhile :; do sleep 0.05; done\n';
      const { script } = prepare(folder, 'runs', wait);
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      writeFileSync(join(bin, 'scontrol'), `#!/bin/bash\necho "$@" > ${folder}/asked\nexit 1\n`, { mode: 0o755 });
      const env = { ...ENV, PATH: `${bin}:${process.env['PATH']}` };
      for (const [signal, asked] of [
        ['SIGTERM', false],
        ['SIGUSR1', true],
      ] as const) {
        const task = spawn('bash', [script, '1'], { env });
        let out = '';
        task.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        const ended = new Promise((resolve) => task.on('close', resolve));
        while (!out.includes('begun')) await sleep(20);
        task.kill(signal);
        assert.equal(await ended, 130, signal);
        assert.match(out, /stopped/);
        assert.equal(existsSync(join(folder, 'asked')), asked, signal);
      }
      assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'requeue 5_0\n');
    })).timeout(60_000);
});
