/** `udc sweep` as a person uses it: refusals, a real sweep beside single searches, and the same command again. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../src/cli/program.ts';
import { planText } from '../../../src/cli/sweep/plan-sweep-command.ts';
import { planSweep } from '../../../src/runs/sweep/plan-sweep.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { inFolder } from '../../scratch.ts';
import { npy } from '../data/fixtures.ts';
import { MODEL, udc } from './support.ts';
import { timeless } from '../../timeless.ts';

const QUICK = MODEL.replace(
  'layers:',
  'training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 32 }\nlayers:',
);

function modelIn(folder: string, text = QUICK): string {
  const file = join(folder, 'small.udc.yaml');
  writeFileSync(file, text);
  return file;
}

interface Swept {
  readonly sweep: string;
  readonly runs: readonly {
    readonly budget: number;
    readonly seed: number;
    readonly state: string;
    readonly run: string;
    readonly networks: readonly { readonly encodedSha256: string; readonly integerMetric: number }[];
  }[];
}

describe('udc sweep', () => {
  it('refuses what it cannot read, naming the option', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const wrong = [
        [['--budgets', 'x'], /--budgets: `x` is not a number of bytes/],
        [['--seeds', '1..x'], /--seeds: `1\.\.x` is no seed/],
        [['--strategies', 'udk'], /--strategies needs one of udc/],
        [['--targets', 'ethos-u55-129'], /ethos-u55-128/],
        [['--parallel', '0'], /--parallel/],
        [['--resume', folder], /give it alone/],
      ] as const;
      for (const [args, message] of wrong) {
        const { code, err } = await udc('sweep', model, ...args);
        assert.equal(code, 2, args.join(' '));
        assert.match(err, message);
      }
      assert.equal((await udc('sweep')).code, 2);
      const { code, err } = await udc('sweep', '--resume', folder);
      assert.equal(code, 1);
      assert.match(err, /no folder of a sweep/);
      assert.deepEqual(readdirSync(folder), ['small.udc.yaml'], 'nothing was made');
    }));

  it('says before anything starts which cells cannot be, and ends with 3 where none can', () =>
    inFolder(async (folder) => {
      const { code, err } = await udc('sweep', modelIn(folder), '--budgets', '10,20', '--seeds', '1..2');
      assert.equal(code, 3);
      assert.match(err, /10 B on ethos-u55-128: the budget of 10 B for weights cannot be met: the smallest/);
      assert.deepEqual(readdirSync(folder), ['small.udc.yaml']);
    }));

  it('sweeps to the results of single searches, bit for bit, and goes on with nothing when it is done', () =>
    inFolder(async (folder) => {
      const model = modelIn(folder);
      const args = ['sweep', model, '--budgets', '20,600B', '--seeds', '3', '--backend', 'wasm', '--json'];
      const swept = await udc(...args);
      assert.equal(swept.code, 0, swept.err);
      assert.match(swept.err, /left out/);
      const { sweep, runs } = JSON.parse(swept.out) as Swept;
      assert.deepEqual(
        runs.map(({ state }) => state),
        ['left out', 'done'],
      );
      for (const { budget, seed, run, networks } of runs.slice(1)) {
        const alone = await udc(
          'search',
          model,
          '--budget',
          `${budget}`,
          '--seed',
          `${seed}`,
          '--backend',
          'wasm',
          '--json',
        );
        assert.equal(alone.code, 0, alone.err);
        const told = JSON.parse(alone.out) as { readonly run: string };
        const weights = (path: string): Buffer => readFileSync(join(path, 'weights.safetensors'));
        const own = join(sweep, run);
        const [here, there] = [new RunFolder(own), new RunFolder(told.run)];
        assert.deepEqual(timeless(await here.readResult()), timeless(await there.readResult()));
        assert.ok(weights(own).equals(weights(told.run)));
        assert.ok(networks[0]!.encodedSha256.length === 64);
      }
      const again = await udc(...args);
      assert.match(again.err, /this sweep is there already/);
      assert.deepEqual(JSON.parse(again.out), JSON.parse(swept.out));
      const resumed = await udc('sweep', '--resume', sweep);
      assert.equal(resumed.code, 0);
      assert.match(resumed.out, /1 of 1 runs done, 1 left out/);
      const listed = await udc('runs', folder);
      assert.match(listed.out, new RegExp(runs[1]!.run));
    })).timeout(240_000);

  it('ends with 1 where a run fails before it has done anything, and goes on when its data are back', () =>
    inFolder(async (folder) => {
      const labels = Int32Array.from({ length: 24 }, (_, i) => i % 6);
      const images = Uint8Array.from({ length: 24 * 32 * 16 }, (_, i) => 40 * labels[Math.floor(i / 512)]! + (i % 7));
      const write = (name: string, content: Uint8Array): void => writeFileSync(join(folder, name), content);
      for (const part of ['train', 'test']) {
        write(`x_${part}.npy`, npy('|u1', [24, 32, 16, 1], images));
        write(`y_${part}.npy`, npy('<i4', [24], labels));
      }
      const model = modelIn(folder, QUICK.replace(/dataset: .*/, 'dataset: { format: npy, path: . }'));
      const whole = await udc('sweep', model, '--budgets', '600B', '--seeds', '1', '--backend', 'wasm', '--json');
      assert.equal(whole.code, 0, whole.err);
      const { sweep, runs } = JSON.parse(whole.out) as Swept;
      rmSync(join(sweep, runs[0]!.run), { recursive: true });
      write('x_train.npy', npy('|u1', [24, 32, 16, 1], images).subarray(0, 200));
      const broken = await udc('sweep', '--resume', sweep);
      assert.equal(broken.code, 1);
      assert.match(broken.err, /failed: .*x_train\.npy: byte 200: the file ends too early/);
      write('x_train.npy', npy('|u1', [24, 32, 16, 1], images));
      const mended = await udc('sweep', '--resume', sweep, '--json');
      assert.equal(mended.code, 0, mended.err);
      const [before, after] = [runs, (JSON.parse(mended.out) as Swept).runs];
      assert.equal(after[0]!.networks[0]!.encodedSha256, before[0]!.networks[0]!.encodedSha256);
    })).timeout(240_000);

  it('lists what is run before it begins, and nothing that cannot be', () => {
    const text = `${MODEL}\n`;
    const request = planSweep({
      name: 'small',
      definitionPath: 'small.udc.yaml',
      definitionText: text,
      plan: { budgets: [20, 600, 4096], seeds: [1, 2], strategies: ['udc'], targets: ['ethos-u55-128', 'max78000'] },
      given: {},
      backend: 'wasm',
      baselines: [],
    });
    const told = planText(request, 2, 1).replaceAll('\u00a0', ' ');
    assert.match(told, /^small: 4 runs, 2 side by side/);
    assert.match(told, /\n {2}budgets {5}600 B, 4 KiB\n {2}seeds {7}1, 2\n/);
    assert.match(told, /\n {2}targets {5}ethos-u55-128\n/);
  });

  it('asks before it takes longer than half an hour, and starts nothing unasked where nobody is there', () =>
    inFolder(async (folder) => {
      const long = QUICK.replace('samples: 120', 'samples: 2000').replace('search: 1', 'search: 100000');
      const model = modelIn(folder, long);
      const { code, err } = await udc('sweep', model, '--budgets', '2KiB', '--backend', 'wasm');
      assert.equal(code, 2);
      assert.match(err, /more than half an hour: add --yes/);
      const asked: string[] = [];
      const quiet = { out: () => undefined, err: () => undefined };
      const answer = await main(['sweep', model, '--budgets', '2KiB', '--backend', 'wasm'], {
        ...quiet,
        confirm: (question) => {
          asked.push(question);
          return Promise.resolve(false);
        },
      });
      assert.equal(answer, 130);
      assert.match(asked[0]!, /about .* Start it\?/);
      assert.deepEqual(readdirSync(folder), ['small.udc.yaml']);
    })).timeout(120_000);

  it('tells why a run cannot begin before a sweep is made', () =>
    inFolder(async (folder) => {
      const model = modelIn(
        folder,
        QUICK.replace('format: generated, generator: tones, samples: 120', 'format: npy, path: none'),
      );
      const { code, err } = await udc('sweep', model, '--budgets', '2KiB');
      assert.equal(code, 1);
      assert.match(err, /small\.udc\.yaml:\d+:\d+: /);
      assert.deepEqual(readdirSync(folder), ['small.udc.yaml']);
    }));
});
