/** What every source does, whatever its format: counted, read in any order, the same twice, damage named. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError } from '../../../../src/data/data-error.ts';
import { OpenFiles } from '../../../../src/data/files/open-bytes.ts';
import { elementsOf, type Pixels, type Source, type SourceSet } from '../../../../src/data/dataset.ts';
import { SOURCES } from '../../../../src/data/sources/source-table.ts';
import type { TargetKind } from '../../../../src/wire/tasks/task-spec.ts';
import type { DatasetSpec } from '../../../../src/network/types.ts';
import { inFolder } from '../../../scratch.ts';
import { allOf, definitionOf, idx, npy } from '../fixtures.ts';

const bytes = (count: number, step = 7): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i * step);
const LABELS = Uint8Array.from({ length: 9 }, (_, i) => i % 3);

/** Files of one set with nine training and nine test samples. */
interface Case {
  readonly format: DatasetSpec['format'];
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly targets?: TargetKind;
  readonly spec?: Partial<DatasetSpec>;
  /** Bytes of memory that the set may take. */
  readonly memory: number;
  readonly type: Source['type'];
  /** Values of the first training sample. */
  readonly first: readonly number[];
  /** A file of samples that is cut short by one byte, and what is said of it. */
  readonly damage?: readonly [file: string, said: RegExp];
}

const idxFiles = (pack: (file: Uint8Array) => Uint8Array): Case['files'] =>
  Object.fromEntries(
    ['train', 't10k'].flatMap((part) => [
      [`${part}-images-idx3-ubyte`, pack(idx([9, 2, 3], bytes(54)))],
      [`${part}-labels-idx1-ubyte`, idx([9], LABELS)],
    ]),
  );

const arrays = (x: Uint8Array): Case['files'] =>
  Object.fromEntries(
    ['train', 'test'].flatMap((part) => [
      [`x_${part}.npy`, x],
      [`y_${part}.npy`, npy('|u1', [9], LABELS)],
    ]),
  );

/** Records of CIFAR: label bytes, then planes. */
const records = (count: number, labelBytes: number, seed = 0): Uint8Array => {
  const size = labelBytes + 3072;
  return Uint8Array.from({ length: count * size }, (_, i) =>
    i % size < labelBytes ? Math.floor(i / size) % 3 : Math.floor((i % size) / 7) + Math.floor(i / size) + seed,
  );
};
/** Red, green and blue of the first pixels of `records`' first. */
const recordStart = (labelBytes: number): number[] =>
  Array.from({ length: 9 }, (_, i) => Math.floor((labelBytes + (i % 3) * 1024 + Math.floor(i / 3)) / 7) % 256);

const image = [0, 7, 14, 21, 28, 35];
const halves = Float64Array.from({ length: 54 }, (_, i) => i / 2);
const turned = Int16Array.from({ length: 54 }, (_, i) => ((i & 255) << 8) | 1);
/** Element (n, y, x) of an array whose first axis varies fastest is n + 9 y + 18 x. */
const fortran = Uint8Array.from({ length: 54 }, (_, i) => i);

const CASES: Readonly<Record<string, Case>> = {
  idx: {
    format: 'idx',
    files: idxFiles((file) => file),
    memory: 0,
    type: 'uint8',
    first: image,
    damage: ['train-images-idx3-ubyte', /byte 69: the file ends too early/],
  },
  'idx, packed, in memory': {
    format: 'idx',
    files: idxFiles((file) => gzipSync(file)),
    memory: 1e6,
    type: 'uint8',
    first: image,
    damage: ['train-images-idx3-ubyte', /the compressed file ends too early/],
  },
  'idx, packed, in a temporary file': {
    format: 'idx',
    files: idxFiles((file) => gzipSync(file)),
    memory: 0,
    type: 'uint8',
    first: image,
    damage: ['train-images-idx3-ubyte', /the compressed file ends too early/],
  },
  'cifar10, in several files': {
    format: 'cifar10',
    files: {
      'data_batch_1.bin': records(4, 1),
      'data_batch_4.bin': records(5, 1, 40),
      'test_batch.bin': records(9, 1),
    },
    memory: 0,
    type: 'uint8',
    first: recordStart(1),
    damage: ['data_batch_4.bin', /record 4, byte 15364: the file ends inside a record/],
  },
  cifar100: {
    format: 'cifar100',
    files: { 'train.bin': records(9, 2), 'test.bin': records(9, 2) },
    memory: 0,
    type: 'uint8',
    first: recordStart(2),
    damage: ['train.bin', /record 8, byte 27665: the file ends inside a record/],
  },
  'npy of bytes': {
    format: 'npy',
    files: arrays(npy('|u1', [9, 2, 3], bytes(54))),
    memory: 0,
    type: 'uint8',
    first: image,
    damage: ['x_train.npy', /byte 181: the file ends too early/],
  },
  'npy of doubles': {
    format: 'npy',
    files: arrays(npy('<f8', [9, 2, 3], halves)),
    memory: 0,
    type: 'float32',
    first: [0, 0.5, 1, 1.5, 2, 2.5],
    damage: ['x_train.npy', /byte 559: the file ends too early/],
  },
  'npy of big-endian numbers': {
    format: 'npy',
    files: arrays(npy('>i2', [9, 2, 3], turned)),
    memory: 0,
    type: 'float32',
    first: [256, 257, 258, 259, 260, 261],
    damage: ['x_train.npy', /byte 235: the file ends too early/],
  },
  'npy in Fortran order': {
    format: 'npy',
    files: arrays(npy('|u1', [9, 2, 3], fortran, true)),
    memory: 0,
    type: 'uint8',
    first: [0, 18, 36, 9, 27, 45],
    damage: ['x_train.npy', /byte 181: the file ends too early/],
  },
  'npy, packed': {
    format: 'npy',
    files: arrays(gzipSync(npy('<f8', [9, 2, 3], halves))),
    memory: 1e6,
    type: 'float32',
    first: [0, 0.5, 1, 1.5, 2, 2.5],
    damage: ['x_train.npy', /the compressed file ends too early/],
  },
  'pairs of images': {
    format: 'npy',
    targets: 'image',
    files: Object.fromEntries(
      ['train', 'test'].flatMap((part) => [
        [`x_${part}.npy`, npy('|u1', [9, 2, 3], bytes(54))],
        [`y_${part}.npy`, npy('|u1', [9, 4, 6], bytes(216))],
      ]),
    ),
    memory: 0,
    type: 'uint8',
    first: image,
    damage: ['y_train.npy', /y_train\.npy: byte 343: the file ends too early/],
  },
  'images and the values to reach': {
    format: 'npy',
    targets: 'values',
    files: Object.fromEntries(
      ['train', 'test'].flatMap((part) => [
        [`x_${part}.npy`, npy('|u1', [9, 2, 3], bytes(54))],
        [`y_${part}.npy`, npy('<f8', [9, 2], halves.subarray(0, 18))],
      ]),
    ),
    memory: 0,
    type: 'uint8',
    first: image,
    damage: ['y_train.npy', /y_train\.npy: byte 271: the file ends too early/],
  },
  'generated, drawn once': {
    format: 'generated',
    files: {},
    spec: { generator: 'shapes', samples: 9, seed: 5 },
    memory: 1e6,
    type: 'uint8',
    first: [],
  },
  'generated, drawn when asked for': {
    format: 'generated',
    files: {},
    spec: { generator: 'shapes', samples: 9, seed: 5 },
    memory: 0,
    type: 'uint8',
    first: [],
  },
};

async function opened(
  { format, files, targets = 'class', spec, memory }: Case,
  folder: string,
  work: (set: SourceSet) => Promise<void>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const open = new OpenFiles(memory);
  try {
    await work(
      await SOURCES[format]({
        spec: { ...definitionOf({ format, ...spec }).dataset! },
        path: folder,
        targets,
        files: open,
        steps: [],
        definition: definitionOf({}),
      }),
    );
  } finally {
    await open.close();
  }
}

const plain = (samples: readonly Pixels[]): number[][] => samples.map((sample) => [...sample]);

for (const [name, one] of Object.entries(CASES)) {
  describe(`a source: ${name}`, () => {
    it('tells its count, its labels, and the shape and type of a sample before any is read', () =>
      inFolder((folder) =>
        opened(one, folder, async ({ train, test }) => {
          assert.deepEqual([train.samples.count, train.samples.type], [9, one.type]);
          assert.equal(train.targets?.count ?? 9, 9);
          assert.equal(test.samples.count, one.format === 'generated' ? 3 : 9);
          assert.equal(train.labels.length, one.targets === undefined ? 9 : 0);
          for (const source of [train.samples, train.targets, test.samples, test.targets]) {
            if (!source) continue;
            const [sample] = await source.read(Int32Array.of(0));
            assert.equal(sample!.length, elementsOf(source.shape));
            assert.equal(sample instanceof Uint8Array, source.type === 'uint8');
          }
          const [first] = await train.samples.read(Int32Array.of(0));
          assert.deepEqual([...first!].slice(0, one.first.length), one.first);
        }),
      ));

    it('is read in any order, as often as asked for and several times at once, always the same', () =>
      inFolder((folder) =>
        opened(one, folder, async ({ train }) => {
          for (const source of train.targets ? [train.samples, train.targets] : [train.samples]) {
            const elements = elementsOf(source.shape);
            const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
            const inOrder = plain(await source.read(Int32Array.from(all)));
            assert.equal(new Set(inOrder.map(String)).size, 9, 'the samples differ');
            await fc.assert(
              fc.asyncProperty(fc.array(fc.nat(8), { maxLength: 12 }), async (asked) => {
                const [once, again] = await Promise.all([
                  source.read(Int32Array.from(asked)),
                  source.read(Int32Array.from(asked)),
                ]);
                const wanted = asked.map((n) => inOrder[n]!);
                assert.deepEqual(plain(once), wanted);
                assert.deepEqual(plain(again), wanted);
              }),
              { numRuns: 25, seed: 20261128 },
            );
            assert.deepEqual([...(await allOf(source))], inOrder.flat());
            assert.equal(inOrder.flat().length, 9 * elements);
          }
        }),
      ));

    if (one.damage) {
      const [file, said] = one.damage;
      it('names the file that is damaged, and the byte', () =>
        inFolder(async (folder) => {
          const whole = one.files[file]!;
          const cut = { ...one, files: { ...one.files, [file]: whole.subarray(0, whole.length - 1) } };
          await assert.rejects(
            opened(cut, folder, () => assert.fail('a damaged file was opened')),
            (error: unknown) => {
              assert.ok(error instanceof DataError, String(error));
              assert.ok(error.message.startsWith(join(folder, file)), error.message);
              assert.match(error.message, said);
              return true;
            },
          );
        }));
    }
  });
}

describe('generated samples', () => {
  it('are the same drawn once and drawn when asked for', () =>
    inFolder((folder) =>
      opened(CASES['generated, drawn once']!, folder, (once) =>
        opened(CASES['generated, drawn when asked for']!, folder, async (later) => {
          for (const part of ['train', 'test'] as const) {
            assert.deepEqual([once[part].samples.held, later[part].samples.held], [true, false]);
            assert.deepEqual(await allOf(later[part].samples), await allOf(once[part].samples));
            assert.deepEqual(later[part].labels, once[part].labels);
          }
        }),
      ),
    ));
});
