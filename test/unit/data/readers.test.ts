import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TargetKind } from '../../../src/wire/tasks/task-spec.ts';
import { inFolder } from '../../scratch.ts';
import { idx, npy, readSet, writeIdxSet } from './fixtures.ts';

const readIdxSet = (folder: string, classes?: number): ReturnType<typeof readSet> =>
  readSet('idx', folder, classes === undefined ? {} : { classes });
const readCifarSet = (folder: string, format: 'cifar10' | 'cifar100'): ReturnType<typeof readSet> =>
  readSet(format, folder);
const readArraySet = (folder: string, targets: TargetKind, classes?: number): ReturnType<typeof readSet> =>
  readSet('npy', folder, { targets, ...(classes !== undefined && { classes }) });

const rejects = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(promise, { name: 'DataError', message });

describe('IDX reader', () => {
  it('reads images and labels', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const set = await readIdxSet(folder, 3);
      assert.equal(set.train.count, 12);
      assert.deepEqual(set.train.shape, { height: 2, width: 3, channels: 1 });
      assert.deepEqual([...set.train.pixels.subarray(6, 9)], [42, 49, 56]);
      assert.deepEqual([...set.test.labels], [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }));

  it('reads compressed files, names with a dot, and a folder inside', () =>
    inFolder(async (folder) => {
      const inner = join(folder, 'raw');
      await mkdir(inner);
      const images = idx([1, 1, 2], [9, 8]);
      for (const part of ['train', 't10k']) {
        await writeFile(join(inner, `${part}-images-idx3-ubyte.gz`), gzipSync(images));
        await writeFile(join(inner, `${part}-labels.idx1-ubyte`), idx([1], [4]));
      }
      const set = await readIdxSet(folder);
      assert.deepEqual([...set.train.pixels], [9, 8]);
      assert.deepEqual([...set.test.labels], [4]);
    }));

  it('goes by the content, not by the name, in what is compressed', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      for (const name of ['train-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
        await writeFile(join(folder, name), gzipSync(await readFile(join(folder, name))));
      await rename(join(folder, 'train-labels-idx1-ubyte'), join(folder, 'train-labels-idx1-ubyte.gz'));
      const set = await readIdxSet(folder, 3);
      assert.deepEqual([set.train.count, [...set.train.labels].slice(0, 4), set.test.labels[4]], [12, [0, 1, 2, 0], 1]);
    }));

  it('reads the names of EMNIST, and asks which where a folder holds several sets', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const move = async (set: string): Promise<void> => {
        for (const kind of ['images-idx3', 'labels-idx1']) {
          await copyFile(join(folder, `train-${kind}-ubyte`), join(folder, `${set}train-${kind}-ubyte`));
          await copyFile(join(folder, `t10k-${kind}-ubyte`), join(folder, `${set}test-${kind}-ubyte`));
        }
      };
      await move('emnist-letters-');
      assert.equal((await readIdxSet(folder)).train.name, join(folder, 'train-images-idx3-ubyte'));
      for (const name of [
        'train-images-idx3-ubyte',
        'train-labels-idx1-ubyte',
        't10k-images-idx3-ubyte',
        't10k-labels-idx1-ubyte',
      ])
        await rename(join(folder, name), join(folder, `_${name}`));
      await rejects(readIdxSet(folder), /several data sets \(_, emnist-letters\): move the one/);
      await rm(join(folder, '_train-images-idx3-ubyte'));
      assert.equal((await readIdxSet(folder)).test.name, join(folder, 'emnist-letters-test-images-idx3-ubyte'));
    }));

  it('names what is no data: pointers of Git LFS, web pages, files of another kind', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const images = join(folder, 'train-images-idx3-ubyte');
      for (const [content, message] of [
        [
          'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
          /train-images-idx3-ubyte: this is a Git LFS pointer: the file itself was not fetched: run `git lfs pull`/,
        ],
        ['<!DOCTYPE html>\n<html>', /this is a web page: the download gave a page/],
        ['MATLAB 5.0 MAT-file', /byte 0: this is a MATLAB file, no IDX file/],
        ['', /byte 0: .*ends/],
      ] as const) {
        await writeFile(images, content);
        await rejects(readIdxSet(folder), message);
      }
    }));

  it('names file, byte and record of what is wrong', () =>
    inFolder(async (folder) => {
      await writeIdxSet(folder);
      const images = join(folder, 'train-images-idx3-ubyte');
      const labels = join(folder, 'train-labels-idx1-ubyte');
      await rejects(
        readIdxSet(folder, 2),
        /train-labels-idx1-ubyte: record 2, byte 10: label 2 is out of range: 2 classes are numbered 0 to 1/,
      );
      await writeFile(labels, idx([11], new Uint8Array(11)));
      await rejects(readIdxSet(folder), /train-labels-idx1-ubyte: byte 4: 11 labels for the 12 images/);
      await writeFile(images, idx([12], new Uint8Array(12)));
      await rejects(
        readIdxSet(folder),
        /train-images-idx3-ubyte: byte 0: the magic number is 0x00000801; images start with 0x00000803/,
      );
      await writeFile(images, idx([12, 2, 3], new Uint8Array(71)));
      await rejects(
        readIdxSet(folder),
        /byte 87: the file ends too early: 12 x 2 x 3 images need 88 bytes, there are 87/,
      );
      await writeFile(images, idx([12, 2, 3], new Uint8Array(73)));
      await rejects(readIdxSet(folder), /byte 88: the file is longer/);
      await writeFile(images, Buffer.from([0, 0, 8]));
      await rejects(readIdxSet(folder), /byte 3: the file ends inside its magic number/);
      await writeFile(images, Buffer.from([0, 0, 8, 3, 0, 0]));
      await rejects(readIdxSet(folder), /byte 6: the file ends inside its dimensions/);
    }));

  it('says what it looked for', () =>
    inFolder(async (folder) => {
      await rejects(
        readIdxSet(join(folder, 'nowhere')),
        /nowhere: there is no such folder; `path` is relative to the definition file/,
      );
      await rejects(
        readIdxSet(folder),
        /no data found; looked here and one folder down for train-images-idx3-ubyte, train-images-idx3-ubyte\.gz/,
      );
      await writeIdxSet(folder);
      await rejects(readIdxSet(join(folder, 'train-images-idx3-ubyte')), /this is a file; `path` names the folder/);
      await rm(join(folder, 't10k-labels-idx1-ubyte'));
      await rejects(readIdxSet(folder), /the test labels are missing; looked for t10k-labels-idx1-ubyte/);
      await writeFile(join(folder, 't10k-labels-idx1-ubyte.gz'), 'not gzip');
      await rejects(readIdxSet(folder), /t10k-labels-idx1-ubyte\.gz: byte 0: the magic number is 0x6e6f7420/);
      await writeFile(
        join(folder, 't10k-labels-idx1-ubyte.gz'),
        Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 255, 255, 255, 255, 255]),
      );
      await rejects(readIdxSet(folder), /t10k-labels-idx1-ubyte\.gz: this is not a sound gzip file/);
      await writeFile(
        join(folder, 't10k-labels-idx1-ubyte.gz'),
        gzipSync(idx([12], new Uint8Array(12))).subarray(0, 24),
      );
      await rejects(readIdxSet(folder), /t10k-labels-idx1-ubyte\.gz: the compressed file ends too early/);
    }));
});

/** One CIFAR record whose red plane is 1, green 2, blue 3, but for the first pixel of each. */
function record(labels: readonly number[]): Buffer {
  const planes = [1, 2, 3].map((value) => Buffer.alloc(1024, value).fill(10 * value, 0, 1));
  return Buffer.concat([Buffer.from(labels), ...planes]);
}

describe('CIFAR readers', () => {
  it('read CIFAR-10 from a folder inside, planes turned into pixels', () =>
    inFolder(async (folder) => {
      const inner = join(folder, 'cifar-10-batches-bin');
      await mkdir(inner);
      await writeFile(join(inner, 'data_batch_1.bin'), Buffer.concat([record([3]), record([9])]));
      await writeFile(join(inner, 'data_batch_3.bin'), record([0]));
      await writeFile(join(inner, 'test_batch.bin'), record([7]));
      const set = await readCifarSet(folder, 'cifar10');
      assert.deepEqual([...set.train.labels], [3, 9, 0]);
      assert.deepEqual([...set.train.pixels.subarray(3072, 3078)], [10, 20, 30, 1, 2, 3]);
      assert.deepEqual([set.test.count, set.classes], [1, 10]);
    }));

  it('read the fine labels of CIFAR-100', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'train.bin'), record([19, 99]));
      await writeFile(join(folder, 'test.bin'), record([1, 2]));
      const set = await readCifarSet(folder, 'cifar100');
      assert.deepEqual([[...set.train.labels], [...set.test.labels], set.classes], [[99], [2], 100]);
      assert.deepEqual([...set.train.pixels.subarray(0, 3)], [10, 20, 30]);
    }));

  it('name file, record and byte of what is wrong', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'test_batch.bin'), record([0]));
      await rejects(
        readCifarSet(folder, 'cifar10'),
        /no data found; looked here and one folder down for data_batch_1\.bin/,
      );
      await writeFile(join(folder, 'data_batch_1.bin'), Buffer.concat([record([0]), record([10])]));
      await rejects(
        readCifarSet(folder, 'cifar10'),
        /data_batch_1\.bin: record 1, byte 3073: label 10 is out of range/,
      );
      await writeFile(join(folder, 'data_batch_1.bin'), Buffer.concat([record([0]), record([1]).subarray(0, 100)]));
      await rejects(
        readCifarSet(folder, 'cifar10'),
        /data_batch_1\.bin: record 1, byte 3173: the file ends inside a record: records have 3073 bytes/,
      );
      await writeFile(join(folder, 'data_batch_1.bin'), '');
      await rejects(readCifarSet(folder, 'cifar10'), /record 0, byte 0: the file ends inside a record/);
    }));
});

describe('array reader', () => {
  const write = async (folder: string, changes: Readonly<Record<string, Buffer>> = {}): Promise<void> => {
    const files: Record<string, Buffer> = {
      'x_train.npy': npy(
        '<f4',
        [3, 2, 2, 1],
        Float32Array.from({ length: 12 }, (_, i) => i / 10),
      ),
      'y_train.npy': npy('<i8', [3], BigInt64Array.of(0n, 1n, 2n)),
      'x_test.npy': npy('|u1', [1, 2, 2], Uint8Array.of(1, 2, 3, 4)),
      'y_test.npy': npy('|u1', [1, 1], Uint8Array.of(2)),
      ...changes,
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  };

  it('reads images of three or four dimensions and integer labels of any width', () =>
    inFolder(async (folder) => {
      await write(folder);
      const set = await readArraySet(folder, 'class');
      assert.deepEqual(set.train.shape, { height: 2, width: 2, channels: 1 });
      assert.ok(set.train.pixels instanceof Float32Array);
      assert.deepEqual([...set.train.labels, ...set.test.labels], [0, 1, 2, 2]);
      assert.deepEqual(set.test.pixels, Uint8Array.of(1, 2, 3, 4));
    }));

  it('reads images of every element type as numbers', () =>
    inFolder(async (folder) => {
      for (const [descr, data] of [
        ['<i8', BigInt64Array.of(1n, 0n, 2n, -3n)],
        ['<u8', BigUint64Array.of(1n, 0n, 2n, 3n)],
        ['<u2', Uint16Array.of(1, 0, 2, 3)],
        ['|b1', Uint8Array.of(1, 0, 1, 1)],
      ] as const) {
        await write(folder, { 'x_test.npy': npy(descr, [1, 2, 2], data) });
        assert.deepEqual([...(await readArraySet(folder, 'class')).test.pixels], [...data].map(Number));
      }
    }));

  it('reads image pairs for super-resolution', () =>
    inFolder(async (folder) => {
      const large = npy('|u1', [1, 4, 4, 1], new Uint8Array(16));
      await write(folder, {
        'x_train.npy': npy('|u1', [1, 2, 2, 1], new Uint8Array(4)),
        'y_train.npy': large,
        'y_test.npy': large,
      });
      const set = await readArraySet(folder, 'image');
      assert.deepEqual(set.train.targets?.shape, { height: 4, width: 4, channels: 1 });
      assert.equal(set.train.labels.length, 0);
    }));

  it('names file and record of what is wrong', () =>
    inFolder(async (folder) => {
      const wrong = async (
        changes: Readonly<Record<string, Buffer>>,
        message: RegExp,
        classes?: number,
      ): Promise<void> => {
        await write(folder, changes);
        await rejects(readArraySet(folder, 'class', classes), message);
      };
      await wrong(
        { 'y_train.npy': npy('<f4', [3], Float32Array.of(0, 0.5, 1)) },
        /y_train\.npy: record 1: label 0\.5 is not a class index/,
      );
      await wrong(
        { 'y_train.npy': npy('<i4', [3], Int32Array.of(0, -1, 1)) },
        /y_train\.npy: record 1: label -1 is out of range: classes are numbered from 0/,
      );
      await wrong({}, /y_train\.npy: record 2: label 2 is out of range: 2 classes/, 2);
      await wrong(
        { 'y_train.npy': npy('<i4', [3], Int32Array.of(-1, 1, 1)) },
        /label -1 is out of range: classes are numbered from 0\. All labels are -1 and 1: save \(y \+ 1\) \/\/ 2/,
      );
      await wrong(
        { 'y_train.npy': npy('<i4', [3], Int32Array.of(1, 2, 3)) },
        /label 3 is out of range: 3 classes are numbered 0 to 2\. The labels begin at 1/,
        3,
      );
      await wrong(
        { 'y_train.npy': npy('<i4', [3], Int32Array.of(0, 1e9, 2e9)) },
        /record 1: label 1000000000 is out of range.*The labels are 3 different numbers, but not 0 to 2.*number them anew/,
      );
      await wrong(
        { 'y_train.npy': npy('<i4', [3, 10], new Int32Array(30)) },
        /y_train\.npy: shape \(3, 10\) is no list of labels.*np\.argmax/,
      );
      await wrong({ 'y_train.npy': npy('<i4', [2], new Int32Array(2)) }, /y_train\.npy: 2 targets for the 3 samples/);
      await wrong(
        { 'x_train.npy': npy('<f4', [12], new Float32Array(12)) },
        /x_train\.npy: shape \(12\) is no set of images/,
      );
      await wrong(
        { 'x_train.npy': npy('<f4', [3, 2, 2, 1], new Float32Array(12).fill(NaN, 5, 6)) },
        /x_train\.npy: record 1: the value NaN is not a finite number/,
      );
      await rm(join(folder, 'x_test.npy'));
      await write(folder);
      await rm(join(folder, 'x_test.npy'));
      await rejects(
        readArraySet(folder, 'class'),
        /the images of the test part are missing; looked for x_test\.npy, x_test\.npy\.gz/,
      );
    }));
});
