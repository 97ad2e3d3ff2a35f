/** The hover of `dataset:`: counts as a table, bounded, and nothing of a name but text; and when it is counted anew. */
import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataStamp } from '../../../../src/editor/language/data-stamp.ts';
import { countsHover, namesData } from '../../../../src/editor/language/texts/data-text.ts';
import { HOSTILE } from '../../../fixtures/hostile.ts';
import { imagePreview, windowPreview } from '../../../fixtures/previews.ts';
import { inFolder } from '../../../scratch.ts';

describe('the hover of data', () => {
  it('stands on the data as a whole and on what names them', () => {
    for (const path of [['dataset'], ['dataset', 'path'], ['dataset', 'format'], ['dataset', 'generator']])
      assert.ok(namesData(path), path.join('.'));
    for (const path of [[], ['target'], ['dataset', 'augment'], ['dataset', 'augment', 'crop'], ['layers', 0]])
      assert.ok(!namesData(path), path.join('.'));
  });

  it('counts by class and part, and says what is left out', () => {
    const text = countsHover(imagePreview());
    assert.match(
      text,
      /^1,030 training, 110 validation and 300 test samples\.\n\n\| class \| training \| validation \| test \|/,
    );
    assert.match(text, /\| tulip \| 30 \| \*\*none\*\* \| 100 \|/);
    assert.match(text, /- Notes\.txt is left out/);
    assert.doesNotMatch(countsHover(windowPreview()), /\|/);
    const classes = Array.from({ length: 1000 }, (_, i) => `c${i}`);
    const parts = [{ name: 'train', count: 1000, byClass: classes.map(() => 1) }] as const;
    const many = countsHover({ ...imagePreview(), classes, parts });
    assert.match(many, /and 988 more classes/);
    assert.ok(many.length < 2000);
  });

  it('takes names as text', () => {
    for (const name of HOSTILE) {
      const text = countsHover({ ...imagePreview([name, 'b', 'c']), notes: [name], warnings: [name] });
      const row = text.split('\n').filter((line) => line.startsWith('| '));
      assert.equal(row.length, 4, JSON.stringify(name));
      assert.doesNotMatch(text, /(?<!\\)<img|(?<!\\)\]\(command:|(?<!\\)!\[/, JSON.stringify(name));
    }
  });

  it('is counted anew when files come, go or change, of folders of classes too', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'train', 'a'), { recursive: true });
      await writeFile(join(folder, 'x.npy'), 'x');
      const stamps = new Set<string>();
      const differs = async (what: string): Promise<void> => {
        const stamp = await dataStamp(folder);
        assert.ok(!stamps.has(stamp), what);
        assert.equal(await dataStamp(folder), stamp, 'the same while nothing changes');
        stamps.add(stamp);
      };
      await differs('at first');
      await writeFile(join(folder, 'x.npy'), 'xyz');
      await differs('a file that has changed');
      await writeFile(join(folder, 'train', 'a', '0.png'), '');
      await utimes(join(folder, 'train', 'a'), 1, 1);
      await differs('an image more');
      await mkdir(join(folder, 'train', 'b'));
      await differs('a class more');
      assert.notEqual(await dataStamp(join(folder, 'none')), '');
    }));
});
