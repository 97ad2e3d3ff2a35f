/** Folders of images: layouts, what is left out, damage, and that batches are the same from any point on. */
import assert from 'node:assert/strict';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random.ts';
import { Batches } from '../../../../src/data/batches.ts';
import { DataError } from '../../../../src/data/data-error.ts';
import type { Batch, Source } from '../../../../src/data/dataset.ts';
import { loadDataset, openSamples } from '../../../../src/data/load-dataset.ts';
import { channelNormalisation } from '../../../../src/data/preparation/channel-normalisation.ts';
import { IndexedSplit } from '../../../../src/data/split.ts';
import { byBytes, FileList } from '../../../../src/data/sources/folder/file-list.ts';
import type { DatasetSpec, Definition } from '../../../../src/network/types.ts';
import type { PrepareStep } from '../../../../src/wire/preparation/step-table.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';
import { definitionOf } from '../fixtures.ts';

/** An image of one colour. */
const bmp = (grey: number, height = 4, width = 4): Uint8Array => bmpOf(height, width, () => [grey, grey, grey]);

async function write(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

const INPUT = { height: 4, width: 4, channels: 3 };
const folderOf = (spec: Partial<DatasetSpec> = {}, prepare?: readonly PrepareStep[]): Definition => ({
  ...definitionOf({ format: 'folder', ...spec }, INPUT),
  ...(prepare && { prepare }),
});

/** Six images of two classes, to be put where a layout has them. */
const pictures = (folder: string, count = 3): Record<string, Uint8Array> =>
  Object.fromEntries(
    ['b', 'a'].flatMap((name, label) =>
      Array.from({ length: count }, (_, i) => [`${folder}${name}/${i}.BMP`, bmp(100 * label + i)]),
    ),
  );

/** Counts of both parts and names of classes of a layout. */
const LAYOUTS: Readonly<Record<string, readonly [Record<string, Uint8Array | string>, number, number, string]>> = {
  'train and test': [{ ...pictures('train/'), ...pictures('test/', 2) }, 6, 4, 'a,b'],
  'train and val, within a folder of an archive': [{ ...pictures('set/train/'), ...pictures('set/val/') }, 6, 6, 'a,b'],
  'names in other cases': [{ ...pictures('Train/'), ...pictures('Validation/') }, 6, 6, 'a,b'],
  'test without labels, then val': [
    { ...pictures('train/'), ...pictures('val/', 1), 'test/0.bmp': bmp(1) },
    6,
    2,
    'a,b',
  ],
  'folders within classes': [
    { ...pictures('train/'), 'train/a/more/deep/9.bmp': bmp(109), ...pictures('test/') },
    7,
    6,
    'a,b',
  ],
  'classes alone, a fifth for the test': [pictures('', 10), 16, 4, 'a,b'],
  'a flat part with a list': [
    {
      ...pictures('train/'),
      'val/images/x1.bmp': bmp(1),
      'val/images/x2.bmp': bmp(2),
      'val/val_annotations.txt': 'x1.bmp\ta\t0\t0\nx2.bmp\tb\t0\t0\n',
    },
    6,
    2,
    'a,b',
  ],
  'a flat part with a list beside it, by numbers': [
    { ...pictures('train/'), 'val/x1.bmp': bmp(1), 'val/x2.bmp': bmp(2), 'val.txt': 'x1.bmp 0\nx2.bmp 1\n' },
    6,
    2,
    'a,b',
  ],
  'a list of a spreadsheet: a mark, names with spaces, quotes': [
    {
      ...pictures('train/'),
      'val/first one.bmp': bmp(1),
      'val/2.bmp': bmp(2),
      'labels.csv': '\ufefffirst one.bmp;a\r\n"2.bmp";"b"\r\n',
    },
    6,
    2,
    'a,b',
  ],
  'a list with a head, without endings': [
    {
      ...pictures('train/'),
      'val/x1.bmp': bmp(1),
      'LOC_val_solution.csv': 'ImageId,PredictionString\nx1,b 85 1 499 272\n',
    },
    6,
    1,
    'a,b',
  ],
};

const REFUSED: Readonly<Record<string, readonly [Record<string, Uint8Array | string>, RegExp]>> = {
  'no images': [{ 'notes.txt': 'x' }, /no images found; images lie in one folder a class: train\/CLASS/],
  'images in no class': [{ '0.bmp': bmp(1) }, /the images lie in no folder of a class/],
  'one class': [{ 'train/a/0.bmp': bmp(1), 'test/a/0.bmp': bmp(1) }, /one folder of a class, a; .* everything else/],
  'one class alone': [{ 'a/0.bmp': bmp(1), 'a/1.bmp': bmp(1) }, /one folder of a class, a;/],
  'an empty class': [
    { ...pictures('train/'), 'train/c/readme.txt': '', ...pictures('test/') },
    /train\/c: this folder of a class has no images: put some there, or delete it/,
  ],
  'a class that only the test has': [
    { ...pictures('train/'), ...pictures('test/'), 'test/z/0.bmp': bmp(1) },
    /test\/z: there is no class `z` in the training part/,
  ],
  'no test': [pictures('train/'), /there is train, but no test part; looked for test, testing, val/],
  'a list with a strange class': [
    { ...pictures('train/'), 'val/x1.bmp': bmp(1), 'val.txt': 'x1.bmp a\nx2.bmp q\n' },
    /val.txt: line 2: `q` is no class of the training part/,
  ],
  'a list with two classes for one name': [
    { ...pictures('train/'), 'val/x/1.bmp': bmp(1), 'val/y/1.bmp': bmp(1), 'val.txt': 'x/1.bmp a\ny/1.bmp b\n' },
    /val.txt: line 2: `y\/1.bmp` is of class `b`, and in a line above of `a`/,
  ],
  'images of several sizes': [
    { ...pictures('train/'), ...pictures('test/'), 'train/a/1.BMP': bmp(7, 5, 8) },
    /train\/a\/1.BMP: this image is 5x8, others are 4x4: .*`prepare: \[\{ resize: 4x4 \}\]`/,
  ],
  'images of several sizes, none of them that of the input': [
    { 'train/a/0.bmp': bmp(1, 6, 6), 'train/b/0.bmp': bmp(2, 5, 8), ...pictures('test/') },
    /this image is 5x8, others are 6x6: bring all to the size of the input with `prepare: \[\{ resize: 4x4 \}\]`/,
  ],
  'more damage than is allowed, all that a batch has of it counted': [
    { ...pictures('train/'), ...pictures('test/'), 'train/a/1.BMP': '', 'train/b/2.BMP': 'BM' },
    /at least 2 of 12 images cannot be read, more than `damaged: 1 %` allows: .*1\.BMP: .*2\.BMP: .*Mend or delete them/,
  ],
  'one damaged image more than is allowed': [
    { ...pictures('train/'), ...pictures('test/'), 'train/a/1.BMP': '' },
    /at least 1 of 12 images .*Mend or delete it, or allow more/,
  ],
};

describe('folders of images', () => {
  for (const [name, [files, train, test, classes]] of Object.entries(LAYOUTS))
    it(`are found: ${name}`, () =>
      inFolder(async (folder) => {
        await write(folder, files);
        const samples = await openSamples(folderOf(), folder);
        const { raw, classNames } = samples;
        assert.deepEqual([raw.train.samples.count, raw.test.samples.count, classNames?.join()], [train, test, classes]);
        for (const part of [raw.train, raw.test]) {
          const read = await part.samples.read(Int32Array.from(part.labels, (_, i) => i));
          // Class a is second in the fixture, and brighter; lists have their own images.
          if (files === undefined || !name.includes('list') || part === raw.train)
            read.forEach((pixels, i) => assert.equal(pixels[0]! >= 100 ? 0 : 1, part.labels[i]));
        }
        await samples.close();
      }));

  for (const [name, [files, said]] of Object.entries(REFUSED))
    it(`are refused with what would be right: ${name}`, () =>
      inFolder(async (folder) => {
        await write(folder, files);
        await assert.rejects(
          loadDataset(folderOf(), folder),
          (error) => error instanceof DataError && said.test(error.message.replaceAll('\\', '/')),
        );
      }));

  it('follow links, pass over hidden files, and name what else is left out', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('data/train/'), ...pictures('data/test/'), 'elsewhere/c/0.bmp': bmp(50) });
      await write(folder, { 'data/train/a/.DS_Store': 'x', 'data/train/a/notes.txt': 'x', 'data/test/a/x.gif': 'x' });
      await symlink(join(folder, 'elsewhere/c'), join(folder, 'data/train/c'));
      await symlink(join(folder, 'nowhere'), join(folder, 'data/train/a/lost.bmp'));
      await symlink(join(folder, 'data/train'), join(folder, 'data/train/b/circle'));
      const samples = await openSamples(folderOf({ path: 'data' }), folder);
      assert.equal(samples.classNames?.join(), 'a,b,c');
      const notes = samples.raw.notes!().join('\n');
      assert.match(notes, /a\/notes.txt.* left out: no image by its name/);
      assert.match(notes, /a\/x.gif is left out: images are read as JPEG, PNG, WebP and BMP; convert/);
      assert.match(notes, /lost.bmp .*lead nowhere/);
      assert.doesNotMatch(notes, /DS_Store/);
      await samples.close();
    }));

  for (const memory of [0, 1e6])
    it(`leave out what is damaged, up to a share, ${memory === 0 ? 'read as it is asked for' : 'in memory'}`, () =>
      inFolder(async (folder) => {
        await write(folder, { ...pictures('train/', 10), ...pictures('test/', 10) });
        await truncate(join(folder, 'train/a/3.BMP'), 60);
        await writeFile(join(folder, 'test/b/0.BMP'), '');
        const set = await loadDataset(folderOf({ damaged: 0.05 }), folder, memory);
        const { mean, std } = set.preparation.normalisation;
        const whole = await set.test.slice(0, set.test.count);
        assert.equal(set.test.count, memory === 0 ? 20 : 19);
        // Whatever stands there is of its class.
        whole.labels.forEach((label, i) =>
          assert.equal(whole.images[i * 48]! * std[0]! + mean[0]! >= 99 ? 0 : 1, label),
        );
        await set.close();
        await assert.rejects(loadDataset(folderOf({ damaged: 0.04 }), folder, 1e6), (error) => {
          assert.ok(error instanceof DataError);
          assert.match(error.message, /2 of 40 images cannot be read, more than `damaged: 4 %` allows: /);
          assert.match(error.message, /a.3\.BMP: this is no sound BMP; .*b.0\.BMP: the file is empty/);
          return true;
        });
      }));

  it('are normalised in the threads to the very bits that this thread makes, damage included', () =>
    inFolder(async (folder) => {
      const random = new SeededRandom(5);
      const noise = (): Uint8Array =>
        bmpOf(4, 4, () => [random.integer(256), random.integer(256), random.integer(256)]);
      const files = (part: string): Record<string, Uint8Array> =>
        Object.fromEntries(
          ['a', 'b'].flatMap((name) => [1, 2, 3, 4, 5].map((i) => [`${part}/${name}/${i}.bmp`, noise()])),
        );
      await write(folder, { ...files('train'), ...files('test') });
      await truncate(join(folder, 'train/b/3.bmp'), 60);
      const samples = await openSamples(folderOf({ damaged: 0.1 }), folder, 0);
      const { train } = samples.raw;
      const plain: Source = Object.create(train.samples, { normalised: { value: undefined } }) as Source;
      assert.ok(train.samples.normalised);
      const order = Int32Array.from({ length: 10 }, (_, i) => 9 - i);
      const three = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(
          three(fc.double({ min: -300, max: 300, noNaN: true })),
          three(fc.double({ min: 1e-3, max: 300, noNaN: true })),
          fc.array(fc.nat(9), { minLength: 1, maxLength: 25 }),
          async (mean, std, places) => {
            const by = channelNormalisation({ mean, std });
            const gathered = (samples: Source): Promise<Batch> =>
              new IndexedSplit({ ...train, samples }, order, by).gather(Int32Array.from(places));
            assert.deepEqual(await gathered(train.samples), await gathered(plain));
          },
        ),
        { numRuns: 40, seed: 20261128 },
      );
      assert.equal(train.samples.damaged?.size, 1);
      await samples.close();
    }));

  it('make the same batches from any point on, whatever was read before, damage included', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('train/', 12), ...pictures('test/', 2) });
      await truncate(join(folder, 'train/b/5.BMP'), 60);
      const definition = folderOf({ damaged: 0.1 });
      const options = { batch: 4, seed: 7, augment: { crop: 1, flip: true } };
      const set = await loadDataset(definition, folder, 0);
      const batches = new Batches(set.train, options);
      const steps = [];
      for (let i = 0; i < 9; i++) steps.push({ state: batches.state(), batch: await batches.next() });
      // The last first, in the middle of an epoch, at its beginning.
      for (const { state, batch } of [steps[8]!, steps[3]!, steps[0]!]) {
        const again = await loadDataset(definition, folder, 0);
        const restored = new Batches(again.train, options);
        restored.restore(JSON.parse(JSON.stringify(state)) as typeof state);
        assert.deepEqual(await restored.next(), batch);
        await again.close();
      }
      await set.close();
    }));

  it('that lie behind a link back to where it stands are met once, and the link is named', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('train/'), ...pictures('test/', 2) });
      await mkdir(join(folder, 'train', 'a', 'more'));
      await symlink(join('..', '..'), join(folder, 'train', 'a', 'more', 'all'), 'dir');
      await symlink(folder, join(folder, 'test', 'b', 'everything'), 'dir');
      const { raw, close } = await openSamples(folderOf(), folder);
      assert.deepEqual([raw.train.samples.count, raw.test.samples.count], [6, 4]);
      assert.match(raw.notes!().join('\n'), /more\/all, .*everything are left out: they lead back/);
      await close();
    }));

  it('do not name the list that their classes are read from', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('train/'), 'val/x1.bmp': bmp(1), 'val/val.txt': 'x1.bmp a\n' });
      const { raw, close } = await openSamples(folderOf(), folder);
      assert.deepEqual(raw.notes!(), []);
      await close();
    }));

  it('too small for a step are no damage: the step is what is wrong', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('train/'), ...pictures('test/') });
      await assert.rejects(
        openSamples(folderOf({}, [{ step: 'crop', height: 9, width: 9 }]), folder),
        (error) =>
          error instanceof DataError &&
          error.path.join() === 'prepare' &&
          /at least 6 of 12 images cannot be prepared as the definition says: .*`crop: 9x9` takes more than there is, 4x4/.test(
            error.message,
          ) &&
          !/damaged|Mend/.test(error.message),
      );
    }));

  it('tell a set from one with other files, and a file that is gone', () =>
    inFolder(async (folder) => {
      await write(folder, { ...pictures('train/'), ...pictures('test/') });
      const digest = async (memory: number): Promise<string | undefined> => {
        const set = await loadDataset(folderOf(), folder, memory);
        await set.close();
        return set.sha256;
      };
      const before = await digest(0);
      assert.equal(await digest(1e6), before);
      const set = await loadDataset(folderOf(), folder, 0);
      await rm(join(folder, 'test/a/0.BMP'));
      await assert.rejects(set.test.gather(Int32Array.of(0)), /0.BMP: there is no such file any more/);
      await set.close();
      assert.notEqual(await digest(0), before);
    }));
});

describe('a list of files', () => {
  it('gives back what it was given, and orders names by their bytes', () => {
    const entry = fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat(2 ** 32 - 1), fc.nat(65535));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 600 }), (entries) => {
        const list = new FileList();
        for (const [path, size, label] of entries) list.add(path, size, label);
        assert.deepEqual(
          entries.map((_, i) => [list.path(i), list.size(i), list.label(i)]),
          entries,
        );
        const names = entries.map(([name]) => name);
        assert.deepEqual(
          [...names].sort(byBytes),
          [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('has the contents of its names, where they end, sizes and labels, in as many pieces as it likes', () => {
    const folder = fc.constantFrom('', 'a/', 'a/b/', 'é/');
    const entry = fc.tuple(folder, fc.string(), fc.nat(2 ** 32 - 1), fc.nat(65535));
    // Of one block and of several.
    const times = fc.constantFrom(1, 3, 700);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), times, (few, times) => {
        const entries = Array.from({ length: times }, () => few).flat();
        const list = new FileList();
        for (const [folder, name, size, label] of entries) list.add(folder + name, size, label);
        const paths = entries.map(([folder, name]) => folder + name);
        let end = 0;
        const ends = Uint32Array.from(paths, (path) => (end += Buffer.byteLength(path)));
        const sizes = Uint32Array.from(entries, ([, , size]) => size);
        const labels = Uint16Array.from(entries, ([, , , label]) => label);
        const wanted = Buffer.concat([
          Buffer.from(paths.join('')),
          ...[ends, sizes, labels].map(({ buffer }) => new Uint8Array(buffer)),
        ]);
        assert.ok(wanted.equals(Buffer.concat([...list.contents()])));
        const last = entries.length - 1;
        if (last >= 0) assert.deepEqual([list.path(last), list.label(last)], [paths[last], labels[last]]);
      }),
      { numRuns: 40, seed: 20261128 },
    );
  });
});
