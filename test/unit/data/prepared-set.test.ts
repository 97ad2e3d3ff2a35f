/** Data sets of any source through `prepare:`: what comes to the network is what the steps make of each sample. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { runSteps } from '../../../src/data/preparation/steps/step-rules.ts';
import type { PrepareStep } from '../../../src/wire/preparation/step-table.ts';
import { inFolder } from '../../scratch.ts';
import { definitionOf, npy } from './fixtures.ts';

const SHAPE = { height: 12, width: 10, channels: 3 };
const SIZE = 12 * 10 * 3;
const COUNT = 8;
const PIXELS = Uint8Array.from({ length: COUNT * SIZE }, (_, i) => (i * i * 31 + i * 7) % 256);

async function writeArrays(folder: string): Promise<void> {
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
  for (const part of ['train', 'test']) {
    await writeFile(join(folder, `x_${part}.npy`), npy('|u1', [COUNT, 12, 10, 3], PIXELS));
    await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [COUNT], labels));
  }
}

describe('a data set through prepare', () => {
  const steps: readonly PrepareStep[] = [
    { step: 'resize', height: 8, width: 8, fit: 'crop', filter: 'bilinear' },
    { step: 'grey' },
  ];
  const made = (n: number): number[] => [
    ...runSteps(steps, { shape: SHAPE, values: PIXELS.subarray(n * SIZE, (n + 1) * SIZE) }).values,
  ];
  const input = { height: 8, width: 8, channels: 1 };

  for (const memory of [0, 1e6])
    it(`has what the steps make of each sample, ${memory === 0 ? 'made when asked for' : 'in memory'}`, () =>
      inFolder(async (folder) => {
        await writeArrays(folder);
        const prepare: readonly PrepareStep[] = [...steps, { step: 'normalise', mean: [10], std: [4] }];
        const set = await loadDataset({ ...definitionOf({ format: 'npy' }, input), prepare }, folder, memory);
        const { images } = await set.test.slice(0, COUNT);
        for (let n = 0; n < COUNT; n++)
          assert.deepEqual(
            [...images.subarray(n * 64, (n + 1) * 64)],
            made(n).map((value) => (value - 10) / 4),
          );
        assert.deepEqual(set.preparation.steps, prepare);
        assert.deepEqual(set.preparation.outside, [-2.5]);
        assert.equal(set.test.held, memory > 0);
        await set.close();
      }));

  it('learns its normalisation from what the steps make', () =>
    inFolder(async (folder) => {
      await writeArrays(folder);
      const set = await loadDataset({ ...definitionOf({ format: 'npy' }, input), prepare: steps }, folder);
      const { mean, std } = set.preparation.normalisation;
      assert.deepEqual(set.preparation.steps, [...steps, { step: 'normalise', mean, std }]);
      const { images } = await set.train.slice(0, set.train.count);
      const average = images.reduce((sum, value) => sum + value, 0) / images.length;
      assert.ok(Math.abs(average) < 1e-5 && mean.length === 1, String(average));
    }));

  it('says what the steps can make nothing of, and which steps would bring samples to the input', () =>
    inFolder(async (folder) => {
      await writeArrays(folder);
      const load = (prepare?: readonly PrepareStep[]): Promise<unknown> =>
        loadDataset({ ...definitionOf({ format: 'npy' }, input), ...(prepare && { prepare }) }, folder);
      await assert.rejects(load(), /12x10x3; .*8x8x1: .*, or `prepare: \[\{ resize: 8x8 \}, \{ grey: true \}\]`$/);
      await assert.rejects(
        load([{ step: 'crop', height: 20, width: 8 }]),
        /x_train.npy: `prepare`: `crop: 20x8` takes/,
      );
    }));
});
