/** Arrays in archives, and arrays whose channels come first: the same samples as plain files have. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError } from '../../../src/data/data-error.ts';
import { OpenFiles } from '../../../src/data/files/open-bytes.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { openImages } from '../../../src/data/sources/npy/array-parts.ts';
import type { DatasetSpec } from '../../../src/network/types.ts';
import { inFolder } from '../../scratch.ts';
import { allOf, definitionOf, npy } from './fixtures.ts';

interface Written {
  readonly packed?: boolean;
  /** Numbers in the extra field, as NumPy writes members whose size it does not know yet. */
  readonly wide?: boolean;
}

/** A ZIP archive, as `np.savez` writes it. */
function zip(files: Readonly<Record<string, Uint8Array>>, { packed = false, wide = false }: Written = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = packed ? deflateRawSync(content) : Buffer.from(content);
    const fields = Buffer.alloc(16);
    fields.writeUInt16LE(packed ? 8 : 0, 0);
    fields.writeUInt32LE(crc32(content), 6);
    const extra = wide ? Buffer.alloc(20) : Buffer.alloc(0);
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(content.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
    }
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(wide ? 0xffffffff : data.length, 0);
    sizes.writeUInt32LE(wide ? 0xffffffff : content.length, 4);
    sizes.writeUInt16LE(name.length, 8);
    sizes.writeUInt16LE(extra.length, 10);
    const common = Buffer.concat([fields.subarray(0, 2), Buffer.alloc(4), fields.subarray(6, 10), sizes]);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4, 45, 0, 0, 0]), common, Buffer.from(name), extra, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(
      Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 45, 3, 45, 0, 0, 0]), common, place, Buffer.from(name), extra]),
    );
    parts.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

const X = npy(
  '|u1',
  [8, 2, 3],
  Uint8Array.from({ length: 48 }, (_, i) => i * 5),
);
const Y = npy(
  '|u1',
  [8],
  Uint8Array.from({ length: 8 }, (_, i) => i % 2),
);
const KERAS = { 'x_train.npy': X, 'y_train.npy': Y, 'x_test.npy': X, 'y_test.npy': Y };
const MEDMNIST = { 'train_images.npy': X, 'train_labels.npy': Y, 'test_images.npy': X, 'test_labels.npy': Y };

const arrays = (spec: Partial<DatasetSpec> = {}): ReturnType<typeof definitionOf> =>
  definitionOf({ format: 'npy', ...spec });

describe('archives of arrays', () => {
  const cases: readonly (readonly [string, Record<string, Uint8Array>, Written, Partial<DatasetSpec>])[] = [
    ['stored, in a folder', KERAS, {}, {}],
    ['named by its path', KERAS, {}, { path: 'set.npz' }],
    ['packed', KERAS, { packed: true }, {}],
    ['with wide numbers', KERAS, { wide: true }, {}],
    ['packed, with wide numbers and other names', MEDMNIST, { packed: true, wide: true }, { path: 'set.npz' }],
  ];
  for (const [name, files, written, spec] of cases)
    it(`are read as the same files alone: ${name}`, () =>
      inFolder(async (folder) => {
        await mkdir(join(folder, 'plain'));
        for (const [file, content] of Object.entries(KERAS)) await writeFile(join(folder, 'plain', file), content);
        const plain = await loadDataset(arrays({ path: 'plain' }), folder, 0);
        await mkdir(join(folder, 'archive'));
        await writeFile(join(folder, 'archive', 'set.npz'), zip(files, written));
        const set = await loadDataset(arrays(spec), join(folder, 'archive'), 0);
        assert.equal(set.sha256, plain.sha256);
        assert.deepEqual(await set.train.slice(0, set.train.count), await plain.train.slice(0, plain.train.count));
        await Promise.all([set.close(), plain.close()]);
      }));

  it('that are no archives, lack arrays, end too early or are several say so', () =>
    inFolder(async (folder) => {
      const tried = async (content: Uint8Array, said: RegExp): Promise<void> => {
        await writeFile(join(folder, 'set.npz'), content);
        await assert.rejects(
          loadDataset(arrays({ path: 'set.npz' }), folder),
          (error) => error instanceof DataError && said.test(error.message),
          String(said),
        );
      };
      const whole = zip(KERAS, { packed: true });
      await tried(Buffer.from('hello'), /set.npz: this is no .npz archive/);
      await tried(new Uint8Array(), /set.npz: this is no .npz archive/);
      await tried(whole.subarray(0, whole.length - 30), /its directory is missing/);
      await tried(
        zip({ 'x_train.npy': X }),
        /the targets of the training part are missing; looked for y_train.npy.*; it holds x_train.npy$/,
      );
      const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`arr_${i}.npy`, X]));
      await tried(zip(many), /the images of the training part .*; it holds arr_0.npy, .*arr_7.npy and 1 more$/);
      await tried(zip({}), /it holds nothing$/);
      await assert.rejects(
        loadDataset(arrays({ path: 'typo.npz' }), folder),
        /typo.npz: there is no such file; `path` is relative to the definition file/,
      );
      const data = whole.indexOf('x_train.npy') + 'x_train.npy'.length;
      const broken = Buffer.from(whole);
      broken.fill(0xff, data, data + 20);
      await tried(broken, /x_train.npy in it is damaged/);
      await writeFile(join(folder, 'other.npz'), whole);
      await assert.rejects(loadDataset(arrays(), folder), /several archives \(other.npz, set.npz\): let `path` name/);
    }));

  it('never break down on what is in them', () =>
    inFolder(async (folder) => {
      const whole = zip(KERAS, { packed: true, wide: true });
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          await writeFile(
            join(folder, 'set.npz'),
            whole.map((byte, i) => (i === at ? byte ^ flip : byte)),
          );
          await loadDataset(arrays({ path: 'set.npz' }), folder).then(
            (set) => set.close(),
            (error: unknown) => {
              assert.ok(error instanceof DataError, String(error));
            },
          );
        }),
        { numRuns: 60 },
      );
    }));
});

describe('arrays whose channels come first', () => {
  for (const fortran of [false, true])
    for (const descr of ['|u1', '<f4'])
      it(`are brought to the other order: ${descr}${fortran ? ', first axis fastest' : ''}`, () =>
        inFolder(async (folder) => {
          const [n, c, h, w] = [2, 3, 4, 5];
          const value = (i: number, k: number, y: number, x: number): number => i * 100 + k * 30 + y * 7 + x;
          const values: number[] = Array.from({ length: n * c * h * w }, () => 0);
          for (let i = 0; i < n; i++)
            for (let k = 0; k < c; k++)
              for (let y = 0; y < h; y++)
                for (let x = 0; x < w; x++)
                  values[fortran ? i + n * (k + c * (y + h * x)) : x + w * (y + h * (k + c * i))] = value(i, k, y, x);
          const data = descr === '|u1' ? Uint8Array.from(values) : Float32Array.from(values);
          const file = join(folder, 'x.npy');
          await writeFile(file, npy(descr, [n, c, h, w], data, fortran));
          const files = new OpenFiles(0);
          const source = await openImages(file, files, 'first');
          assert.deepEqual(source.shape, { height: h, width: w, channels: c });
          const all = await allOf(source);
          for (let i = 0; i < n; i++)
            for (let y = 0; y < h; y++)
              for (let x = 0; x < w; x++)
                for (let k = 0; k < c; k++) assert.equal(all[((i * h + y) * w + x) * c + k], value(i, k, y, x));
          await files.close();
        }));
});
