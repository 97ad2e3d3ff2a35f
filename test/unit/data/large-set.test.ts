/** Sets that are larger than the memory they may take: the same samples, in bounded memory, and files that change. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, readdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Batches } from '../../../src/data/batches.ts';
import { ChangedDataError } from '../../../src/data/data-error.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';
import type { Batch, Dataset } from '../../../src/data/dataset.ts';
import { searchEngine } from '../../../src/runs/search-engine.ts';
import { inFolder } from '../../scratch.ts';
import { definitionOf, npy, writeIdxSet } from './fixtures.ts';

const NPY = definitionOf({ format: 'npy', augment: { crop: 1, flip: true } });
const FILES = ['x_train.npy', 'x_test.npy', 'y_train.npy', 'y_test.npy'];

/** Forty samples of floats whose sums depend on their order. */
async function writeFloats(folder: string): Promise<void> {
  for (const part of ['train', 'test']) {
    const x = Float32Array.from({ length: 40 * 6 }, (_, i) => Math.sin(i) * 10 ** (i % 5));
    await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [40, 2, 3], x));
    await writeFile(
      join(folder, `y_${part}.npy`),
      npy(
        '|u1',
        [40],
        Uint8Array.from({ length: 40 }, (_, i) => i % 3),
      ),
    );
  }
}

async function batchesOf({ train }: Dataset, count: number): Promise<Batch[]> {
  const batches = new Batches(train, { batch: 7, seed: 1, augment: NPY.dataset!.augment });
  const drawn: Batch[] = [];
  for (let i = 0; i < count; i++) drawn.push(await batches.next());
  return drawn;
}

/** All that a search sees of a data set. */
const seen = async (set: Dataset): Promise<unknown> => ({
  sha256: set.sha256,
  normalisation: set.preparation.normalisation,
  labels: [set.train.labels, set.validation.labels, set.test.labels],
  validation: await set.validation.slice(0, set.validation.count),
  test: await set.test.slice(3, 5),
  batches: await batchesOf(set, 20),
});

describe('a set that is larger than its memory', () => {
  it('gives the same digest, statistics, parts and batches as in memory', () =>
    inFolder(async (folder) => {
      await writeFloats(folder);
      // Nothing stays in memory; the test part does, but not the training part; both do.
      const sets: Dataset[] = [];
      for (const memory of [0, 40 * 6 * 4, Infinity]) sets.push(await loadDataset(NPY, folder, memory));
      assert.deepEqual(
        sets.map(({ train, test }) => [train.held, test.held]),
        [
          [false, false],
          [true, false],
          [true, true],
        ],
      );
      const [none, some, all] = await Promise.all(sets.map(seen));
      assert.deepEqual(none, all);
      assert.deepEqual(some, all);
      for (const set of sets) await set.close();
    }));

  it('takes up its batches where they were left, read ahead or not', () =>
    inFolder(async (folder) => {
      await writeFloats(folder);
      const set = await loadDataset(NPY, folder, 0);
      const options = { batch: 7, seed: 1, augment: NPY.dataset!.augment };
      const whole = await batchesOf(set, 12);
      for (const stop of [0, 1, 3, 4, 5]) {
        const first = new Batches(set.train, options);
        for (let i = 0; i < stop; i++) await first.next();
        const second = new Batches(set.train, { ...options, seed: 9 });
        await second.next();
        second.restore(first.state());
        for (let i = stop; i < 12; i++) assert.deepEqual(await second.next(), whole[i]);
      }
      await set.close();
    }));

  it('unpacks what is packed once, into a file that is gone from its folder', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const plain = await loadDataset(definitionOf({}), folder, 0);
      const wanted = await seen(plain);
      for (const name of ['train-images-idx3-ubyte', 't10k-images-idx3-ubyte']) {
        const content = await readFile(join(folder, name));
        await rm(join(folder, name));
        await writeFile(join(folder, `${name}.gz`), gzipSync(content));
      }
      const before = (await readdir(tmpdir())).filter((name) => name.startsWith('udc-data-'));
      const packed = await loadDataset(definitionOf({}), folder, 0);
      assert.equal(packed.train.held, false);
      assert.deepEqual(
        (await readdir(tmpdir())).filter((name) => name.startsWith('udc-data-') && !before.includes(name)),
        [],
      );
      // What was unpacked stays as it was, whatever becomes of the archive.
      await rm(join(folder, 'train-images-idx3-ubyte.gz'));
      assert.deepEqual(await seen(packed), wanted);
      for (const set of [plain, packed]) await set.close();
    }));

  it('takes memory for a few pieces only, however large it is', function bounded() {
    this.timeout(240_000);
    const script = fileURLToPath(new URL('large-set-memory.ts', import.meta.url));
    return inFolder(async (folder) => {
      const size = 96 * 2 ** 20;
      const sample = 64 * 64 * 3;
      const count = Math.floor(size / sample);
      const header = npy('|u1', [count, 64, 64, 3], new Uint8Array(0));
      for (const part of ['train', 'test']) {
        const samples = part === 'train' ? count : 10;
        const start = part === 'train' ? header : npy('|u1', [10, 64, 64, 3], new Uint8Array(0));
        await writeFile(join(folder, `x_${part}.npy`), start);
        await truncate(join(folder, `x_${part}.npy`), start.length + samples * sample);
        const labels = Uint8Array.from({ length: samples }, (_, i) => i % 2);
        await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [samples], labels));
      }
      const taken = (memory: number): number => {
        const { stdout, stderr } = spawnSync(
          process.execPath,
          ['--expose-gc', '--import', 'tsx', script, folder, String(memory)],
          { encoding: 'utf8' },
        );
        const bytes = Number(stdout);
        assert.ok(bytes > 0, stderr);
        return bytes;
      };
      const [held, read] = [taken(2 ** 30), taken(2 ** 20)];
      assert.ok(held > size, `in memory the set takes ${held} bytes`);
      assert.ok(read < 64 * 2 ** 20, `read for each batch it takes ${read} bytes`);
    });
  });
});

describe('prepared samples', () => {
  it('are kept while they fit, and made again where they do not', async () => {
    const samples = new HeldSource(
      'made',
      { height: 2, width: 2, channels: 1 },
      Uint8Array.from({ length: 40 }, (_, i) => i),
    );
    const part = { samples, labels: new Int32Array(10) };
    const all = Int32Array.from({ length: 10 }, (_, i) => i);
    const as = channelNormalisation({ mean: [0], std: [1] });
    const split = new IndexedSplit(part, all, as, as, 5 * 16);
    const first = await split.slice(0, 5);
    const second = await split.slice(5, 5);
    assert.equal(await split.slice(0, 5), first);
    const again = await split.slice(5, 5);
    assert.notEqual(again, second);
    assert.deepEqual(again, second);
  });
});

describe('files that change while a search reads them', () => {
  const CHANGES: Readonly<Record<string, readonly [change: (file: string) => Promise<unknown>, said: RegExp]>> = {
    'become shorter': [(file) => truncate(file, 200), /changed while it was in use: it had 1088 bytes and has 200/],
    'are written to': [
      async (file) => {
        await writeFile(file, (await readFile(file)).fill(7, 500, 600));
        // Some file systems tell times by the second.
        await utimes(file, new Date(), new Date(Date.now() + 5_000));
      },
      /the file was written to while it was in use/,
    ],
    vanish: [(file) => rm(file), /there is no such file any more/],
    'are moved': [(file) => rename(file, `${file}.old`), /there is no such file any more/],
  };
  for (const [what, [change, said]] of Object.entries(CHANGES)) {
    it(`${what}: the file is named, and that a run can go on`, () =>
      inFolder(async (folder) => {
        await writeFloats(folder);
        const set = await loadDataset(NPY, folder, 0);
        const batches = new Batches(set.train, { batch: 7, seed: 1, augment: { crop: 0, flip: false } });
        await batches.next();
        const file = join(folder, 'x_train.npy');
        await change(file);
        await assert.rejects(
          async () => {
            // One batch may have been read ahead.
            for (let i = 0; i < 3; i++) await batches.next();
          },
          (error: unknown) => {
            assert.ok(error instanceof ChangedDataError, String(error));
            assert.equal(error.file, file);
            assert.match(error.message, said);
            assert.equal(searchEngine.explain(error)?.code, 'data-changed');
            return true;
          },
        );
        await set.close();
      }));
  }

  it('does not matter where they are in memory', () =>
    inFolder(async (folder) => {
      await writeFloats(folder);
      const set = await loadDataset(NPY, folder);
      for (const name of FILES) await rm(join(folder, name));
      assert.equal((await batchesOf(set, 8)).length, 8);
      await set.close();
    }));
});
