import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { searchEngine } from '../../../src/runs/search-engine.ts';
import { runSession } from '../../../src/runs/session.ts';
import { TrainingError } from '../../../src/training/problem.ts';
import type { Limit } from '../../../src/wire/limits.ts';
import { inFolder } from '../../scratch.ts';
import { SILENT, comparable } from './support.ts';
import { limitsOf, mainNetwork } from '../../fixtures/run-parts.ts';
import { timeless } from '../../timeless.ts';

const MODEL = `udc: 1
name: tiny
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 60 }
target: { npu: ethos-u55-128, weights: 600 B }
search: { bits: 2 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, sparsify: 1, settle: 2, batch: 18 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8, bits: 8 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

function create(
  place: string,
  definitionText: string,
  budgetBytes = 600,
  limits: readonly Limit[] = limitsOf(budgetBytes),
): Promise<RunFolder> {
  return RunFolder.create(place, {
    name: 'tiny',
    definitionText,
    definitionPath: join(place, 'tiny.udc.yaml'),
    strategy: 'udc',
    limits,
    seed: 1,
    backend: 'auto',
    baselines: [],
    version: '0.0.0',
  });
}

const STATED: readonly Limit[] = [
  { cost: 'weights', limit: 600, from: 'definition' },
  { cost: 'activations', limit: 65_536, from: 'target' },
];

describe('the real search in a run', () => {
  it('stopped in every epoch, it comes to the events, the result and the weights of an uninterrupted run', () =>
    inFolder(async (place) => {
      const whole = await create(place, MODEL, 600, STATED);
      assert.deepEqual(await runSession(whole, searchEngine, SILENT, new AbortController().signal), {
        state: 'done',
        code: '',
      });

      const { limits } = (await whole.readResult())!;
      assert.deepEqual(limits, STATED, 'limits say who set them');

      const parts = await create(place, MODEL, 600, STATED);
      let sessions = 0;
      for (let state = ''; state !== 'done'; sessions++) {
        assert.ok(sessions < 10, 'every session gets further');
        const stop = new AbortController();
        const end = await runSession(
          parts,
          searchEngine,
          {
            ...SILENT,
            event: ({ type }) => {
              if (type === 'epoch') stop.abort('cancelled');
            },
          },
          stop.signal,
        );
        assert.equal(end.failure?.what.includes('failed') ?? false, false, end.failure?.why);
        state = end.state;
      }
      assert.ok(sessions >= 5, `${sessions} sessions`);
      assert.deepEqual(comparable((await parts.readEvents()).events), comparable((await whole.readEvents()).events));
      assert.deepEqual(timeless(await parts.readResult()), timeless(await whole.readResult()));
    }));

  it('says what is wrong with what it was given, before any training', () =>
    inFolder(async (place) => {
      const refused = async (text: string, code: string, why: RegExp, budget?: number): Promise<void> => {
        const folder = await create(place, text, budget);
        const end = await runSession(folder, searchEngine, SILENT, new AbortController().signal);
        assert.deepEqual([end.state, end.code, end.refused], ['failed', code, true], end.failure?.why);
        assert.match(end.failure!.why, why);
      };
      await refused(
        MODEL,
        'budget',
        /^The budget of 60\sB for weights cannot be met: the smallest architecture needs \d+ B/,
        60,
      );
      await refused(MODEL.replace('op: conv', 'op: convv'), 'definition', /tiny\.udc\.yaml:10:\d+: .*convv/);
      await refused(
        MODEL.replace('input: 16x16x1', 'input: 32x32x1'),
        'data',
        /samples are 16x16x1; the definition's input is 32x32x1/,
      );
      await refused(
        MODEL.replace('units: 6', 'units: 5'),
        'data',
        /the data set has 6 classes, the last layer `logits` has 5 outputs: give it `units: 6`/,
      );
      await refused(
        MODEL.replace('format: generated, generator: shapes, samples: 60', 'format: idx, path: nowhere'),
        'data',
        /nowhere: there is no such folder/,
      );
      await refused(
        MODEL.replace('batch: 18', 'batch: 18, initialWeights: gone.safetensors'),
        'initial-weights',
        /gone\.safetensors: there is no such file/,
      );
      await writeFile(join(place, 'x'), '');
      const settings = { ...process.env };
      for (const name of ['UDC_THREADS', 'UDC_PARALLEL'])
        for (const wrong of ['0', 'abc', '65', '-1', '1.5'])
          try {
            process.env[name] = wrong;
            const why = new RegExp(`${name}.* must be a whole number from 1 to 64, not`);
            await refused(MODEL, 'setting', why);
          } finally {
            process.env[name] = settings[name] ?? '';
          }
    }));

  it('starts from the weights of an earlier run, says so, and needs the file no more once it runs', () =>
    inFolder(async (place) => {
      const first = await create(place, MODEL);
      assert.equal((await runSession(first, searchEngine, SILENT, new AbortController().signal)).state, 'done');
      const file = join(place, 'first.safetensors');
      const bytes = await readFile(first.weightsOf(mainNetwork((await first.readResult())!)));
      await writeFile(file, bytes);
      const second = await create(place, MODEL.replace('batch: 18', 'batch: 18, initialWeights: first.safetensors'));
      const stop = new AbortController();
      await runSession(
        second,
        searchEngine,
        {
          ...SILENT,
          event: ({ type }) => {
            if (type === 'epoch') stop.abort('cancelled');
          },
        },
        stop.signal,
      );
      await rm(file);
      const end = await runSession(second, searchEngine, SILENT, new AbortController().signal);
      assert.equal(end.state, 'done', end.failure?.why);
      const [started] = (await second.readEvents()).events;
      const told = started?.type === 'started' ? started.initialWeights : undefined;
      assert.equal(told?.sha256, createHash('sha256').update(bytes).digest('hex'));
      assert.deepEqual([told.file, told.taken, told.inputs], ['first.safetensors', told.operations, 'normalised']);
    }));

  it('tells a diverged training from a fault of its own', () => {
    const explained = searchEngine.explain(new TrainingError('the loss became NaN in stage search'));
    assert.deepEqual(
      [explained?.code, explained?.what, explained?.why],
      ['diverged', 'The training diverged.', 'the loss became NaN in stage search'],
    );
    assert.equal(searchEngine.explain(new Error('anything else')), undefined);
  });
});
