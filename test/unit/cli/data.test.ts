/** `udc data`: the text, the JSON, the page, and what it says where data or definition are wrong. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataPreview } from '../../../src/wire/data-preview.ts';
import { inFolder } from '../../scratch.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';
import { bmpOf } from '../data/bitmaps.ts';
import { npy } from '../data/fixtures.ts';
import { MODEL, udc } from './support.ts';

const IMAGES = `udc: 1
name: pictures
task: classification
input: 8x8x3
dataset: { format: folder, path: data, damaged: 0.2 }
target: { npu: ethos-u55-128, weights: 4 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 2 }
`;

async function writeImages(folder: string, classes: readonly string[]): Promise<void> {
  for (const [c, name] of classes.entries())
    for (let i = 0; i < 10; i++) {
      const file = join(folder, 'data', name, `${i}.bmp`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, i === 3 ? 'broken' : bmpOf(8, 8, (row) => [50 * c, 20 * row, 10 * i]));
    }
}

describe('udc data', () => {
  it('says counts, shapes and preparation, and writes the page', () =>
    inFolder(async (folder) => {
      const [model, page] = [join(folder, 'm.udc.yaml'), join(folder, 'page.html')];
      await writeFile(model, MODEL);
      const { code, out, err } = await udc('data', model, '--html', page, '--samples', '2');
      assert.equal(code, 0, err);
      assert.match(out, /^small: what the network sees of its data\n/);
      assert.match(out, /Samples +108 training, 12 validation and 30 test samples\n/);
      assert.match(out, /Network input +32x16x1\n/);
      assert.match(out, /Class +Training +Validation +Test\n/);
      assert.match(out, /\nup +\d+ +\d+ +5\n/);
      const html = await readFile(page, 'utf8');
      assert.equal([...html.matchAll(/<li>/g)].length, 12);
    }));

  it('names a value that is no number, also where the sample is not shown, in either part', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'm.udc.yaml');
      await writeFile(
        model,
        IMAGES.replace('8x8x3', '2x2x1').replace('format: folder, path: data, damaged: 0.2', 'format: npy, path: .'),
      );
      const write = (part: string, x: Float32Array): Promise<void> =>
        writeFile(join(folder, `x_${part}.npy`), npy('<f4', [40, 2, 2], x));
      const sound = new Float32Array(160).map((_, i) => i);
      for (const part of ['train', 'test']) {
        await write(part, sound);
        const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
        await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [40], labels));
      }
      assert.equal((await udc('data', model, '--samples', '1')).code, 0);
      for (const value of [NaN, Infinity, -Infinity])
        for (const part of ['train', 'test'])
          for (const record of [0, 17, 39]) {
            await write(part, sound.with(4 * record + 2, value));
            const { code, err } = await udc('data', model, '--samples', '1');
            assert.notEqual(code, 0);
            assert.match(err, new RegExp(`x_${part}.npy: record ${record}: the value ${value} is not a finite number`));
            await write(part, sound);
          }
    }));

  it('names what is left out', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'm.udc.yaml');
      await writeFile(model, IMAGES);
      await writeImages(folder, ['a', 'b']);
      await writeFile(join(folder, 'data', 'a', 'list.txt'), 'x');
      const { code, out, err } = await udc('data', model);
      assert.equal(code, 0, err);
      assert.match(
        out,
        /Left out:\n +a\/list\.txt is left out: no image by its name\n +2 of 20 images cannot be read and are left out: /,
      );
      assert.match(out, /data\/a\/3\.bmp: .*; .*data\/b\/3\.bmp: /);
    }));

  it('answers with JSON of counts that add up and numbers of samples, without pictures', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'm.udc.yaml');
      await writeFile(model, IMAGES);
      await writeImages(folder, ['a', 'b']);
      const { code, out } = await udc('data', model, '--json', '--part', 'test', '--seed', '3');
      assert.equal(code, 0);
      const answer = JSON.parse(out) as DataPreview;
      assert.deepEqual(answer.shown, { part: 'test', samples: 4, seed: 3, from: 0 });
      for (const { count, byClass } of answer.parts)
        assert.equal(
          byClass.reduce((a, b) => a + b, 0),
          count,
        );
      assert.doesNotMatch(out, /iVBORw0KGgo/);
      assert.equal(answer.notes.length, 1);
    }));

  it('says where the definition and the data do not agree, and writes no page', () =>
    inFolder(async (folder) => {
      const [model, page] = [join(folder, 'm.udc.yaml'), join(folder, 'page.html')];
      await writeFile(model, IMAGES);
      const missing = await udc('data', model, '--html', page);
      assert.equal(missing.code, 1);
      assert.match(missing.err, /m\.udc\.yaml:5:34: .*data: there is no such folder/);
      await mkdir(join(folder, 'data'));
      const empty = await udc('data', model);
      assert.equal(empty.code, 1);
      assert.match(empty.err, /m\.udc\.yaml:5:34: .*no images found; images lie in one folder a class/);
      await writeImages(folder, ['a']);
      const one = await udc('data', model);
      assert.match(one.err, /m\.udc\.yaml:5:34: .*there is one folder of a class, a; a classifier needs two or more/);
      await writeImages(folder, ['b']);
      await writeFile(model, IMAGES.replace('8x8x3', '9x9x3'));
      const shape = await udc('data', model, '--json');
      assert.equal(shape.code, 1);
      assert.match(shape.err, /m\.udc\.yaml:4:8: .*samples are 8x8x3; the definition's input is 9x9x3/);
      await assert.rejects(readFile(page), { code: 'ENOENT' });
    }));

  it('shows the data though the last layer does not fit, and says that', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'm.udc.yaml');
      await writeFile(model, IMAGES);
      await writeImages(folder, ['a', 'b', 'c']);
      const { code, out } = await udc('data', model);
      assert.equal(code, 0);
      assert.match(out, /The data set has 3 classes, the last layer `logits` has 2 outputs: give it `units: 3`\./);
    }));

  it('takes names of folders and files as text, each in a line of its own', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'm.udc.yaml');
      const names = HOSTILE.filter((name) => /^[^/\0.][^/\0]*$/.test(name) && !/^\s*$|\p{Cs}/u.test(name));
      names.unshift('0'.repeat(240));
      assert.ok(names.length > 30);
      await writeFile(model, IMAGES.replace('units: 2', `units: ${names.length}`));
      await writeImages(folder, names);
      for (const name of names) await writeFile(join(folder, 'data', name, `${name}.txt`), '');
      const page = join(folder, 'page.html');
      const { code, out, err } = await udc('data', model, '--html', page, '--samples', '1');
      assert.equal(code, 0, err);
      assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
      const rows = /─\n(.*?)\n\n/s.exec(out)![1]!.split('\n');
      assert.equal(rows.length, Math.min(40, names.length));
      for (const row of rows) assert.ok([...row].length < 100, row);
      const html = await readFile(page, 'utf8');
      assert.equal([...html.matchAll(/<img /g)].length, 24);
      assert.doesNotMatch(html, /<script|<svg onload|<img src=x/);
    }));

  it('refuses options that make no sense', async () => {
    for (const [option, value, why] of [
      ['--samples', '0', /--samples needs a whole number from 1/],
      ['--part', 'both', /--part needs one of train, validation, test/],
      ['--seed', '-1', /--seed/],
    ] as const) {
      const { code, err } = await udc('data', 'x.udc.yaml', `${option}=${value}`);
      assert.equal(code, 2);
      assert.match(err, why);
    }
  });
});
