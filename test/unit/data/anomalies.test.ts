/** Autoencoders' data: which samples teach, which labels the test part has, and pieces that stay together. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import type { DatasetSpec, Definition } from '../../../src/network/types.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { npy } from './fixtures.ts';

const TEXT = `udc: 1
name: a
task: reconstruction
input: 2x2x1
target: { npu: ethos-u55-128 }
layers: [{ name: out, op: conv, kernel: 3x3, filters: 1 }]
`;
const { definition } = parseDefinition(TEXT);

describe('data of autoencoders', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'udc-anomalies-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const save = async (
    part: string,
    x: number,
    labels?: readonly number[],
    groups?: readonly number[],
  ): Promise<void> => {
    const values = Float32Array.from({ length: 4 * x }, (_, i) => Math.sin(i));
    await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [x, 2, 2, 1], values));
    for (const [name, array] of [
      ['y', labels],
      ['groups', groups],
    ] as const)
      if (array) await writeFile(join(folder, `${name}_${part}.npy`), npy('<i4', [x], Int32Array.from(array)));
  };
  const load = (dataset: Partial<DatasetSpec> = {}, task: Definition['task'] = 'reconstruction'): Promise<Dataset> =>
    loadDataset(
      {
        ...definition!,
        task,
        dataset: { format: 'npy', path: folder, validation: 0.25, augment: { crop: 0, flip: false }, ...dataset },
      },
      folder,
    );

  it('need no labels', async () => {
    await save('train', 8);
    await save('test', 4);
    const { train, test } = await load();
    assert.deepEqual([train.count, train.labels.length, test.labels.length], [6, 0, 0]);
  });

  it('are learnt from normal samples only, and tested on both', async () => {
    await save('train', 8, [0, 1, 0, 2, 0, 0, 1, 0]);
    await save('test', 4, [0, 2, 1, 0]);
    const zero = await load();
    assert.deepEqual([zero.train.count + zero.validation.count, [...zero.test.labels]], [5, [0, 1, 1, 0]]);
    const one = await load({ normal: '1' });
    assert.deepEqual([one.train.count + one.validation.count, [...one.test.labels]], [2, [1, 1, 0, 1]]);
    for (const { train, validation } of [zero, one])
      assert.ok([...train.labels, ...validation.labels].every((label) => label === 0));
  });

  it('are refused where no class is the normal one, or y is neither labels nor absent', async () => {
    await save('train', 8, [0, 1, 0, 2, 0, 0, 1, 0]);
    await save('test', 4, [0, 2, 1, 0]);
    await assert.rejects(load({ normal: '7' }), /no training sample is normal: .*`normal: 0`/);
    await assert.rejects(load({ normal: 'quiet' }), /the classes have no names: write the number/);
    await writeFile(join(folder, 'y_test.npy'), npy('<f4', [4, 2], new Float32Array(8)));
    await assert.rejects(load(), /An autoencoder takes its input as its target: y may hold labels, .*or be left out/);
  });

  it('held back for validation are whole groups, whichever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 30 })
          .filter((all) => new Set(all).size > 1),
        fc.nat(),
        async (groups, seed) => {
          await save('train', groups.length, undefined, groups);
          await save('test', 2);
          const { train, validation } = await load({ seed });
          assert.equal(train.count + validation.count, groups.length);
          const shared = [...train.groups!].filter((group) => validation.groups!.includes(group));
          assert.deepEqual(shared, []);
        },
      ),
      { numRuns: 15 },
    );
  });
});
