/**
 * Files that are no files, never end, unpack to anything, or are cut or flipped somewhere: always a `DataError` that
 * names the file, in bounded memory.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { truncate, writeFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError } from '../../../src/data/data-error.ts';
import { readBytes } from '../../../src/data/files/data-files.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { readNpy } from '../../../src/data/sources/npy/npy.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { inFolder } from '../../scratch.ts';
import { idx, npy } from './fixtures.ts';
import { cases } from '../../cases.ts';

const refused =
  (file: string, why: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof DataError, String(error));
    assert.match(error.message, why);
    assert.ok(error.message.startsWith(file), error.message);
    return true;
  };

/** Bytes of memory outside the heap that reading took at most, by the process' own count. */
async function taken(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 5);
  await work();
  clearInterval(watch);
  return most;
}

const MIB = 2 ** 20;

/** gzip of a beginning and of so many MiB of zeros after it, as members of one file. */
function bomb(start: Uint8Array, mebibytes: number): Uint8Array {
  const zeros = gzipSync(new Uint8Array(16 * MIB), { level: 9 });
  return Buffer.concat([gzipSync(start), ...Array.from({ length: mebibytes / 16 }, () => zeros)]);
}

const npyHeader = (shape: readonly number[]): Uint8Array => npy('|u1', shape, new Uint8Array(0));

describe('files of data sets that are none', () => {
  it('are refused at once: FIFOs, devices, folders, files without end', function special() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (folder) => {
      const fifo = join(folder, 'x.npy');
      assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
      await assert.rejects(readNpy(fifo), refused(fifo, /this is a FIFO; a regular file was expected/));
      await assert.rejects(readNpy('/dev/zero'), refused('/dev/zero', /this is a device/));
      await assert.rejects(readNpy(folder), refused(folder, /this is a folder/));
      const link = join(folder, 'link.npy');
      await symlink('/dev/zero', link);
      await assert.rejects(readNpy(link), refused(link, /this is a device/));
      const large = join(folder, 'large.npy');
      await writeFile(large, npyHeader([2 ** 32]));
      await truncate(large, 2 ** 32 + 128);
      await assert.rejects(readNpy(large), refused(large, /has 4\.0 GiB, more than the 2\.0 GiB/));
      await assert.rejects(readNpy(join(folder, 'none.npy')), refused(folder, /no such file/));
    });
  });

  it('are unpacked no further than they claim', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.npy.gz');
      await writeFile(file, bomb(npyHeader([6_000_000, 28, 28]), 160));
      assert.ok(
        (await taken(() =>
          assert.rejects(
            readNpy(file),
            refused(file, /by its header the content has 4\.4 GiB, more than the 2\.0 GiB/),
          ),
        )) <
          64 * MIB,
      );
      await writeFile(file, bomb(npyHeader([100, 28, 28]), 640));
      assert.ok(
        (await taken(() => assert.rejects(readNpy(file), refused(file, /the file is longer than its shape says/)))) <
          100 * MIB,
      );
      // A claim that so few bytes cannot hold takes no memory.
      await writeFile(file, bomb(npyHeader([2 ** 30]), 32));
      assert.ok(
        (await taken(() => assert.rejects(readNpy(file), refused(file, /the file ends too early/)))) < 200 * MIB,
      );
      const labels = join(folder, 'labels.txt');
      await writeFile(labels, bomb(Buffer.from('a\n'), 320));
      assert.ok(
        (await taken(() => assert.rejects(readBytes(labels, { most: MIB }), refused(labels, /more than the 1 MiB/)))) <
          64 * MIB,
      );
    }));

  it('end somewhere inside a gzip file', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.npy.gz');
      const packed = gzipSync(
        npy(
          '|u1',
          [64, 8, 8],
          Uint8Array.from({ length: 4096 }, (_, i) => i * i),
        ),
      );
      for (let length = 0; length < packed.length; length += 7) {
        await writeFile(file, packed.subarray(0, length));
        await assert.rejects(readNpy(file), (error: unknown) => error instanceof DataError && error.file === file);
      }
    }));
});

const DEFINITION = (format: string, input: string): string =>
  `udc: 1\nname: d\ninput: ${input}\ndataset: { format: ${format}, path: data }\ntarget: { npu: ethos-u55-128 }\nlayers:\n  - { name: c, op: conv, kernel: 3x3, filters: 4 }\n  - { name: p, op: global-average-pool }\n  - { name: l, op: dense, units: 10 }\n`;

const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
/** Records of CIFAR-10 with the labels 0, 1, 2, … */
const records = (length: number): Uint8Array =>
  Uint8Array.from({ length: length * 3073 }, (_, i) => (i % 3073 === 0 ? i / 3073 : i));

const SETS: Readonly<Record<string, { readonly input: string; readonly files: Readonly<Record<string, Uint8Array>> }>> =
  {
    npy: {
      input: '4x4x1',
      files: {
        'x_train.npy': npy(
          '|u1',
          [10, 4, 4],
          Uint8Array.from({ length: 160 }, (_, i) => i),
        ),
        'y_train.npy': npy(
          '<i8',
          [10],
          BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i)),
        ),
        'x_test.npy': npy(
          '<f4',
          [3, 4, 4],
          Float32Array.from({ length: 48 }, (_, i) => i),
        ),
        'y_test.npy': npy('|i1', [3], Int8Array.of(0, 1, 2)),
      },
    },
    idx: {
      input: '4x4x1',
      files: {
        'train-images-idx3-ubyte': idx([10, 4, 4], count(10 * 4 * 4)),
        'train-labels-idx1-ubyte': idx([10], count(10)),
        't10k-images-idx3-ubyte.gz': gzipSync(idx([3, 4, 4], count(3 * 4 * 4))),
        't10k-labels-idx1-ubyte': idx([3], count(3)),
      },
    },
    cifar10: {
      input: '32x32x3',
      files: {
        'data_batch_1.bin': records(3),
        'test_batch.bin': records(2),
        'batches.meta.txt': Buffer.from('a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n'),
      },
    },
  };

describe('damaged files of data sets', () => {
  for (const [format, { input, files }] of Object.entries(SETS)) {
    it(`${format}: cut or flipped anywhere, they are read or refused by name`, () =>
      inFolder(async (folder) => {
        const data = join(folder, 'data');
        await mkdir(data);
        const { definition } = parseDefinition(DEFINITION(format, input));
        for (const [name, bytes] of Object.entries(files)) await writeFile(join(data, name), bytes);
        assert.ok((await loadDataset(definition!, folder)).train.count > 0);
        const names = Object.keys(files);
        const damage = fc.record({
          name: fc.constantFrom(...names),
          cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
          flips: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(7)), { maxLength: 3 }),
          near: fc.boolean(),
        });
        await fc.assert(
          fc.asyncProperty(damage, async ({ name, cut, flips, near }) => {
            const whole = files[name]!;
            const bytes = Buffer.from(whole.subarray(0, cut === null ? whole.length : Math.floor(cut * whole.length)));
            // Half of the flips hit the header.
            for (const [at, bit] of flips)
              if (bytes.length > 0) bytes[Math.floor(at * Math.min(bytes.length, near ? 128 : Infinity))]! ^= 1 << bit;
            await writeFile(join(data, name), bytes);
            try {
              await loadDataset(definition!, folder);
            } catch (error) {
              assert.ok(error instanceof DataError, `${name}: ${error instanceof Error ? error.stack : String(error)}`);
              assert.ok(error.message.includes(data), error.message);
            }
            await writeFile(join(data, name), whole);
          }),
          { seed: 20261127, numRuns: cases(150, 400) },
        );
      })).timeout(60_000);
  }
});
