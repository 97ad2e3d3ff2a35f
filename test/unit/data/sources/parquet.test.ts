/** Images in Parquet files, written by another library: parts, columns, labels, damage. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { parquetWriteBuffer, schemaFromColumnData } from 'hyparquet-writer';
import { DataError } from '../../../../src/data/data-error.ts';
import { Spool } from '../../../../src/data/files/spool.ts';
import { openSamples } from '../../../../src/data/load-dataset.ts';
import type { DatasetSpec } from '../../../../src/network/types.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';
import { definitionOf } from '../fixtures.ts';

const INPUT = { height: 4, width: 4, channels: 3 };
const bmp = (grey: number): Uint8Array => bmpOf(4, 4, () => [grey, grey, grey]);

interface Written {
  readonly labels: readonly (number | string)[];
  /** Of each row; its number where absent. */
  readonly greys?: readonly number[];
  readonly label?: string;
  readonly names?: readonly string[];
  readonly rows?: number;
  readonly broken?: readonly number[];
  readonly others?: Readonly<Record<string, readonly number[]>>;
}

/** A file as the hub's library writes it: a struct of bytes and path, labels, names of classes beside the schema. */
function parquet({ labels, greys, label = 'label', names, rows = 3, broken = [], others = {} }: Written): Uint8Array {
  const image = labels.map((_, i) => ({
    bytes: broken.includes(i) ? new Uint8Array([1, 2]) : bmp(greys?.[i] ?? i),
    path: `${i}.bmp`,
  }));
  const texts = typeof labels[0] === 'string';
  const column = (name: string, data: readonly (number | string)[], isText = false): object => ({
    name,
    data: isText ? [...data] : data.map((one) => BigInt(one)),
    type: isText ? 'STRING' : 'INT64',
  });
  const leaves = [
    column(label, labels, texts),
    ...Object.entries(others).map(([name, data]) => column(name, data)),
  ] as Parameters<typeof schemaFromColumnData>[0]['columnData'];
  const [root, ...rest] = schemaFromColumnData({ columnData: leaves });
  const struct = [
    { name: 'image', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  ] as const;
  const features = { [label]: { names, _type: 'ClassLabel' } };
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [{ name: 'image', data: image }, ...leaves.map(({ name, data }) => ({ name, data }))],
      schema: [{ ...root!, num_children: 1 + leaves.length }, ...struct, ...rest],
      rowGroupSize: rows,
      ...(names && { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }] }),
    }),
  );
}

async function write(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

const open = (folder: string, spec: Partial<DatasetSpec> = {}): ReturnType<typeof openSamples> =>
  openSamples(definitionOf({ format: 'parquet', ...spec }, INPUT), folder);

const small: Written = { labels: [0, 1, 0, 1], names: ['cat', 'dog'] };
/** Counts of training and test. */
const LAYOUTS: Readonly<Record<string, readonly [Record<string, Uint8Array>, number, number]>> = {
  'shards in data': [
    {
      'data/train-00000-of-00002.parquet': parquet(small),
      'data/train-00001-of-00002.parquet': parquet({ ...small, labels: [1, 0] }),
      'data/test-00000-of-00001.parquet': parquet({ ...small, labels: [1] }),
    },
    6,
    1,
  ],
  'a conversion': [{ 'default/train/0000.parquet': parquet(small), 'default/test/0000.parquet': parquet(small) }, 4, 4],
  'a part for validation, which is tested on': [
    { 'train.parquet': parquet(small), 'validation.parquet': parquet({ ...small, labels: [1, 0] }) },
    4,
    2,
  ],
  'one file, of which a fifth of each class is drawn': [
    { 'pets.parquet': parquet({ ...small, labels: Array.from({ length: 20 }, (_, i) => i % 2) }) },
    16,
    4,
  ],
};

const REFUSED: Readonly<Record<string, readonly [Record<string, Uint8Array>, RegExp]>> = {
  'no file': [{ 'x.csv': new Uint8Array() }, /there is no \.parquet file in it/],
  'no training part': [{ 'test.parquet': parquet(small) }, /no \.parquet file is of the training part/],
  'another file': [{ 'train.parquet': new Uint8Array(40) }, /train\.parquet: it cannot be read as Parquet/],
  'a stand-in that was not fetched': [
    { 'train.parquet': Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n') },
    /train\.parquet: .*(stand-in|Git LFS|git lfs)/i,
  ],
  'a part without labels': [
    { 'train.parquet': parquet(small), 'test.parquet': parquet({ ...small, labels: [-1, -1] }) },
    /label -1 says that a part has no labels/,
  ],
  'labels from 1': [
    { 'train.parquet': parquet({ ...small, labels: [1, 2] }) },
    /label 2 is not among the 2 classes.*The labels begin at 1/,
  ],
  'numbers that are no classes': [
    { 'train.parquet': parquet({ labels: [0, 1, 2 ** 40] }) },
    /label 1099511627776 is not among the 65536 possible classes.*number them anew/,
  ],
  'classes in another order in another file': [
    { 'train.parquet': parquet(small), 'test.parquet': parquet({ ...small, names: ['dog', 'cat'] }) },
    /test\.parquet: its class 0 is called dog, that of the first file cat/,
  ],
  'more classes in another file': [
    { 'train.parquet': parquet(small), 'test.parquet': parquet({ ...small, names: ['cat', 'dog', 'ape'] }) },
    /test\.parquet: its class 2 is called ape, that of the first file nothing/,
  ],
  'texts beside numbers': [
    { 'train.parquet': parquet(small), 'test.parquet': parquet({ labels: ['cat', 'dog'] }) },
    /test\.parquet: its column label has texts, that of the first file numbers/,
  ],
  'texts in a column of a name that says nothing': [
    { 'train.parquet': parquet({ labels: ['cat', 'dog'], label: 'kind' }) },
    /no column has labels: .* there are .*kind.*: call the column of the classes `label`/,
  ],
  'two columns of numbers whose names say nothing': [
    { 'train.parquet': parquet({ labels: [0, 1], label: 'kind', others: { id: [7, 8] } }) },
    /which column has the classes is not said: .*`kind`.* have whole numbers; call that of the classes `label`/,
  ],
  'an empty file': [{ 'train.parquet': new Uint8Array() }, /no Parquet file: it has 0 bytes/],
  'too few to draw a test of': [
    { 'train.parquet': parquet(small) },
    /there is no part for the test, and no class has the 3 samples/,
  ],
};

describe('images in Parquet files', () => {
  for (const [name, [files, train, test]] of Object.entries(LAYOUTS))
    it(`are found: ${name}`, () =>
      inFolder(async (folder) => {
        await write(folder, files);
        const samples = await open(folder);
        const { raw, classNames } = samples;
        assert.deepEqual(
          [raw.train.samples.count, raw.test.samples.count, classNames?.join()],
          [train, test, 'cat,dog'],
        );
        await samples.close();
      }));

  for (const [name, [files, said]] of Object.entries(REFUSED))
    it(`are refused: ${name}`, () =>
      inFolder(async (folder) => {
        await write(folder, files);
        await assert.rejects(open(folder), (error) => error instanceof DataError && said.test(error.message));
      }));

  it('are what was written, in any order, whatever the row groups', () =>
    inFolder(async (folder) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ grey: fc.nat(255), label: fc.nat(2) }), { minLength: 3, maxLength: 12 }),
          fc.integer({ min: 1, max: 5 }),
          fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
          async (rows, group, asked) => {
            // Of two classes at least.
            const labels = rows.map((row, i) => (i < 2 ? i : row.label));
            const greys = rows.map((row) => row.grey);
            const file = parquet({ labels, greys, names: ['a', 'b', 'c'], rows: group });
            await write(folder, { 'train.parquet': file, 'test.parquet': file });
            const samples = await open(folder);
            const { samples: source, labels: read } = samples.raw.train;
            assert.deepEqual([...read], labels);
            const indices = Int32Array.from(asked, (n) => n % rows.length);
            const pixels = await source.read(indices);
            indices.forEach((index, i) => assert.ok(pixels[i]!.every((value) => value === greys[index])));
            assert.match(samples.raw.train.file!(1)!, /^train\.parquet:2$/);
            await samples.close();
          },
        ),
        { seed: 4, numRuns: 12 },
      );
    }));

  it('have classes by the names of their labels, and other columns of labels are told of', () =>
    inFolder(async (folder) => {
      const texts = parquet({
        labels: ['dog', 'cat', 'dog', 'ape'],
        label: 'fine_label',
        others: { coarse_label: [0, 0, 1, 1] },
      });
      await write(folder, { 'train.parquet': texts, 'test.parquet': texts });
      const samples = await open(folder);
      assert.equal(samples.classNames?.join(), 'ape,cat,dog');
      assert.deepEqual([...samples.raw.train.labels], [2, 1, 2, 0]);
      assert.match(samples.raw.notes!().join(), /the column fine_label, not of coarse_label/);
      await samples.close();
    }));

  it('have names of their own where labels are texts, whatever is written beside them', () =>
    inFolder(async (folder) => {
      const texts = parquet({ labels: ['z', 'x', 'y'], names: ['a', 'b'] });
      await write(folder, { 'train.parquet': texts, 'test.parquet': texts });
      const samples = await open(folder);
      assert.equal(samples.classNames?.join(), 'x,y,z');
      assert.deepEqual([...samples.raw.test.labels], [2, 0, 1]);
      await samples.close();
    }));

  it('are read where there are more rows than a call takes arguments, and one group has them all', () =>
    inFolder(async (folder) => {
      const labels = Array.from({ length: 140_000 }, (_, i) => i % 3);
      const greys = labels.map((label) => 40 * label);
      await write(folder, {
        'train.parquet': parquet({ labels, greys, rows: labels.length }),
        'test.parquet': parquet({ labels: [0, 1, 2], names: [] }),
      });
      const samples = await open(folder);
      const { samples: source, labels: read } = samples.raw.train;
      assert.deepEqual([samples.classes, source.count, read[139_999]], [3, 140_000, labels.at(-1)]);
      const [pixels] = await source.read(Int32Array.of(139_999));
      assert.equal(pixels![0], greys.at(-1));
      await samples.close();
    }));

  it('that are no regular file are refused at once', function special() {
    if (process.platform === 'win32') this.skip();
    return assert.rejects(
      openSamples(definitionOf({ format: 'parquet', path: '/dev/null' }, INPUT), '/'),
      (error) => error instanceof DataError && /this is a device/.test(error.message),
    );
  });

  it('are left out where they are damaged, up to the stated share', () =>
    inFolder(async (folder) => {
      await write(folder, { 'train.parquet': parquet({ ...small, broken: [2] }), 'test.parquet': parquet(small) });
      await assert.rejects(open(folder), /at least 1 of 8 images cannot be read.*train\.parquet:3/);
      const samples = await open(folder, { damaged: 0.5 });
      const [pixels] = await samples.raw.train.samples.read(Int32Array.of(2));
      assert.equal(pixels![0], 0, 'the next of its class');
      await samples.close();
    }));
});

describe('a spool', () => {
  it('gives back what was put in, from memory and from a file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(100), async (all, memory) => {
        const spool = new Spool(memory);
        for (const bytes of all) {
          await spool.add(bytes);
          if (bytes.length % 3 === 0) await spool.flush();
        }
        await spool.flush();
        for (const [i, bytes] of all.entries()) assert.deepEqual([...(await spool.read(i))], [...bytes]);
        await spool.close();
      }),
      { seed: 6, numRuns: 40 },
    );
  });
});
