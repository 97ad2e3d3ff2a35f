import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renumbering } from '../../../src/data/data-error.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import type { DatasetSpec } from '../../../src/network/types.ts';
import type { Split } from '../../../src/data/dataset.ts';
import { inFolder } from '../../scratch.ts';
import { definitionOf, npy, writeIdxSet } from './fixtures.ts';

/** Which samples of the fixture a split holds: the first pixel of sample n is 42 n mod 256, all different. */
async function members(split: Split, mean: number, std: number): Promise<number[]> {
  const { images } = await split.slice(0, split.count);
  return Array.from({ length: split.count }, (_, n) =>
    Array.from({ length: 12 }, (_, s) => s).find(
      (s) => Math.abs(images[n * 6]! * std + mean - ((s * 42) % 256)) < 1e-3,
    )!,
  );
}

describe('loadDataset', () => {
  it('splits without overlap or loss, by the seed of the data set', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const load = async (seed: number, limit?: number): Promise<number[][]> => {
        const set = await loadDataset(definitionOf({ seed, ...(limit === undefined ? {} : { limit }) }), folder);
        const {
          mean: [mean],
          std: [std],
        } = set.preparation.normalisation;
        for (const split of [set.train, set.validation])
          assert.deepEqual(
            [...split.labels],
            (await members(split, mean!, std!)).map((n) => n % 3),
          );
        return [await members(set.train, mean!, std!), await members(set.validation, mean!, std!)];
      };
      const [train, validation] = (await load(1)) as [number[], number[]];
      assert.equal(validation.length, 3);
      assert.deepEqual(
        [...train, ...validation].sort((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      );
      assert.deepEqual(await load(1), [train, validation]);
      assert.notDeepEqual(await load(2), [train, validation]);
      assert.deepEqual(
        (await load(1, 4)).map((part) => part.length),
        [3, 1],
      );
    }));

  it('takes the names of the classes from labels.txt, one for each', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      assert.equal((await loadDataset(definitionOf({}), folder)).classNames, undefined);
      await writeFile(join(folder, 'labels.txt'), 'ankle boot\r\nbag\r\ncoat\r\n\r\n');
      assert.deepEqual((await loadDataset(definitionOf({}), folder)).classNames, ['ankle boot', 'bag', 'coat']);
      await writeFile(join(folder, 'labels.txt'), 'ankle boot\nbag\n');
      await assert.rejects(
        loadDataset(definitionOf({}), folder),
        /labels\.txt: 2 names for the 3 classes of the data: one a line expected/,
      );
    }));

  it('normalises each channel by the training samples alone', () =>
    inFolder(async (folder) => {
      const x = Float32Array.from({ length: 8 * 4 * 2 }, (_, i) => (i % 2 === 0 ? 1e6 + (i % 7) : 5));
      await writeFile(join(folder, 'x_train.npy'), npy('<f4', [8, 2, 2, 2], x));
      await writeFile(
        join(folder, 'y_train.npy'),
        npy(
          '|u1',
          [8],
          Uint8Array.from({ length: 8 }, (_, i) => i % 2),
        ),
      );
      await writeFile(join(folder, 'x_test.npy'), npy('<f4', [1, 2, 2, 2], x.subarray(0, 8)));
      await writeFile(join(folder, 'y_test.npy'), npy('|u1', [1], new Uint8Array(1)));
      const set = await loadDataset(definitionOf({ format: 'npy' }, { height: 2, width: 2, channels: 2 }), folder);
      const { images } = await set.train.slice(0, set.train.count);
      const channel = [...images].filter((_, i) => i % 2 === 0);
      const mean = channel.reduce((a, b) => a + b, 0) / channel.length;
      const variance = channel.reduce((a, b) => a + (b - mean) ** 2, 0) / channel.length;
      assert.ok(Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-5, `${mean} ${variance}`);
      assert.deepEqual(
        [...new Set([...images].filter((_, i) => i % 2 === 1))],
        [0],
        'a constant channel becomes 0, not NaN',
      );
      assert.equal(set.test.count, 1);
    }));

  it('keeps the scale of images in super-resolution', () =>
    inFolder(async (folder) => {
      const small = npy('|u1', [2, 1, 1, 1], Uint8Array.of(0, 255));
      const large = npy('|u1', [2, 2, 2, 1], Uint8Array.of(51, 51, 51, 51, 255, 255, 255, 255));
      for (const part of ['train', 'test']) {
        await writeFile(join(folder, `x_${part}.npy`), small);
        await writeFile(join(folder, `y_${part}.npy`), large);
      }
      const one = { height: 1, width: 1, channels: 1 };
      const set = await loadDataset(definitionOf({ format: 'npy' }, one, 'super-resolution'), folder);
      const { images, targets } = await set.test.slice(0, 2);
      assert.deepEqual([...images, ...targets!], [0, 1, ...Array<number>(4).fill(Math.fround(0.2)), 1, 1, 1, 1]);
      assert.deepEqual(set.test.targetShape, { height: 2, width: 2, channels: 1 });
      for (const part of ['train', 'test'])
        await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [2, 3, 2, 1], new Uint8Array(12)));
      await assert.rejects(
        loadDataset(definitionOf({ format: 'npy' }, one, 'super-resolution'), folder),
        /targets are 3x2x1; they must be a whole multiple of 1x1x1/,
      );
    }));

  it('counts the classes, or checks them against the definition', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      assert.equal((await loadDataset(definitionOf({}), folder)).classes, 3);
      assert.equal((await loadDataset(definitionOf({ classes: 7 }), folder)).classes, 7);
      const tones = { height: 32, width: 16, channels: 1 };
      assert.equal(
        (await loadDataset(definitionOf({ format: 'generated', generator: 'tones', samples: 24 }, tones), folder))
          .classes,
        6,
      );
      await assert.rejects(
        loadDataset(definitionOf({ format: 'generated', generator: 'tones', samples: 24, classes: 5 }, tones), folder),
        /has 6 classes; the definition says 5: write `classes: 6`/,
      );
    }));

  it('names the likely cause of arrays whose axes have changed places, and gives no advice that would ruin the result', () =>
    inFolder(async (folder) => {
      const tried = async (
        shape: readonly number[],
        input: { height: number; width: number; channels: number },
        message: RegExp,
        dataset: Partial<DatasetSpec> = {},
      ): Promise<void> => {
        for (const part of ['train', 'test']) {
          await writeFile(
            join(folder, `x_${part}.npy`),
            npy('|u1', [4, ...shape], new Uint8Array(4 * shape.reduce((a, b) => a * b, 1))),
          );
          await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [4], Uint8Array.of(0, 1, 0, 1)));
        }
        await assert.rejects(loadDataset(definitionOf({ format: 'npy', ...dataset }, input), folder), {
          name: 'DataError',
          message,
        });
      };
      const input = { height: 6, width: 8, channels: 3 };
      await tried(
        [3, 6, 8],
        input,
        /samples are 3x6x8; the definition's input is 6x8x3: the array is channels first; here channels come last: write `channels: first` in `dataset`, or save np\.moveaxis\(x, 1, -1\)$/,
      );
      await tried(
        [8, 6, 3],
        input,
        /height and width have changed places: save np\.swapaxes\(x, 1, 2\), or write `input: 8x6x3`/,
      );
      await tried(
        [3, 9, 9],
        input,
        /write `input: 3x9x9` \(if the array is channels first, write `channels: first` in `dataset`, or save np\.moveaxis/,
      );
      await tried([9, 9, 3], input, /write `input: 9x9x3`$/);
      await tried([6, 8, 3], input, /the array is channels last already: take out `channels: first`$/, {
        channels: 'first',
      });
      await tried([48], input, /shape \(4, 48\) is no set of images.*x\.reshape\(-1, height, width, channels\)/);
    }));

  it('does not advise another input to a network that starts from weights as if these would fit it', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const input = { height: 4, width: 3, channels: 1 };
      const bare = definitionOf({}, input);
      const started = { ...bare, training: { ...bare.training, initialWeights: 'net.safetensors' } };
      await assert.rejects(loadDataset(bare, folder), /: write `input: 2x3x1`$/);
      await assert.rejects(
        loadDataset(started, folder),
        /bring the samples to 4x3x1, .*or write `input: 2x3x1` and take out `training\.initialWeights`/,
      );
      const turned = { ...started, input: { height: 3, width: 2, channels: 1 } };
      await assert.rejects(
        loadDataset(turned, folder),
        /save np\.swapaxes\(x, 1, 2\), or write `input: 2x3x1` and take out `training\.initialWeights`/,
      );
    }));

  it('refuses data of one class', () =>
    inFolder(async (folder) => {
      for (const [labels, message] of [
        [[0, 0, 0, 0], /the data has one class; a classifier needs two or more/],
        [[2, 2, 2, 2], /all 4 training labels are 2; a classifier needs samples of two/],
      ] as const) {
        for (const part of ['train', 'test']) {
          await writeFile(join(folder, `x_${part}.npy`), npy('|u1', [4, 2, 3, 1], new Uint8Array(24)));
          await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [4], Uint8Array.from(labels)));
        }
        await assert.rejects(loadDataset(definitionOf({ format: 'npy' }), folder), { name: 'DataError', message });
      }
    }));

  it('says what labels are that are no class indices, and how to number them', () => {
    const cases: readonly (readonly [readonly number[], number, RegExp | undefined])[] = [
      [[1, 2, 3, 4], 4, /^The labels begin at 1 \(1 to 4\): subtract 1 from all of them/],
      [[1, 2, 4], 4, /begin at 1/],
      [[0, 255], 2, /2 different numbers, but not 0 to 1 \(0, 255\): number them anew, np\.unique/],
      [[0, 1, 2], 2, undefined],
      [[0, 1, 2], 3, undefined],
      [[2, 3, 4, 5, 6, 7, 9], 7, /\(2, 3, 4, 5, 6, … 9\)/],
      [[0, 3], 3, undefined],
    ];
    for (const [labels, classes, message] of cases) {
      const said = renumbering([Int32Array.from(labels), Int32Array.from(labels.slice(0, 1))], classes);
      if (message) assert.match(said ?? '', message);
      else assert.equal(said, undefined, labels.join());
    }
  });

  it('refuses what does not fit the definition', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      await assert.rejects(
        loadDataset(definitionOf({}, { height: 28, width: 28, channels: 1 }), folder),
        /train-images-idx3-ubyte: samples are 2x3x1; the definition's input is 28x28x1: write `input: 2x3x1`/,
      );
      await assert.rejects(
        loadDataset(definitionOf({ limit: 1 }), folder),
        /1 training samples; at least 2 are needed/,
      );
      await assert.rejects(
        loadDataset(definitionOf({}, undefined, 'super-resolution'), folder),
        /has class labels, no target images/,
      );
      await assert.rejects(
        loadDataset(definitionOf({ format: 'generated', generator: 'songs' }), folder),
        /generator songs: there is no such generator; there are tones, shapes/,
      );
      const { dataset, ...bare } = definitionOf({});
      await assert.rejects(loadDataset(bare, folder), /the definition has no `dataset:`/);
      const pathless = Object.fromEntries(
        Object.entries(dataset!).filter(([key]) => key !== 'path'),
      ) as unknown as DatasetSpec;
      await assert.rejects(
        loadDataset({ ...bare, dataset: pathless }, folder),
        /`dataset:` has no `path:`; format idx needs one/,
      );
    }));
});
