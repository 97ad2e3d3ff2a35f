/** Names and notes of runs, and runs beside definitions in subfolders. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { findRunFolders } from '../../../../src/runs/folder/find-run-folders.ts';
import { RunFolder, deleteRun, runsFolderOf } from '../../../../src/runs/folder/run-folder.ts';
import { readLabel, writeLabel } from '../../../../src/runs/folder/run-label.ts';
import { inFolder } from '../../../scratch.ts';
import { request } from '../request.ts';

const PLAN = { epochs: 1, stepMs: 0 };

describe('the label of a run', () => {
  it('is kept whatever it says, one part without the other, and goes when it is empty', () =>
    inFolder(async (folder) => {
      const run = await RunFolder.create(folder, request(PLAN));
      assert.deepEqual(await readLabel(run.path), {});
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
          await writeLabel(run.path, { note: 'stays' });
          const label = await writeLabel(run.path, { name });
          assert.equal(label.note, 'stays');
          assert.deepEqual(await readLabel(run.path), label);
          assert.equal(label.name ?? '', name.trim().slice(0, 120).trimEnd() === '' ? '' : name.trim().slice(0, 120));
        }),
        { numRuns: 40 },
      );
      await writeLabel(run.path, { name: '', note: ' ' });
      assert.deepEqual((await run.readListing()).label, undefined);
      await writeLabel(run.path, { name: 'mine' });
      assert.deepEqual((await run.readListing()).label, { name: 'mine' });
      await deleteRun(run);
    }));

  it('costs the name where it is damaged, not the run', () =>
    inFolder(async (folder) => {
      const run = await RunFolder.create(folder, request(PLAN));
      writeFileSync(join(run.path, 'label.json'), '{"format":1,"name":5}');
      await assert.rejects(readLabel(run.path), /label\.json/);
      const listing = await run.readListing();
      assert.equal(listing.problem, undefined);
      assert.equal(listing.label, undefined);
      assert.deepEqual(await writeLabel(run.path, { name: 'new' }), { name: 'new' });
    }));
});

describe('folders of runs below a folder', () => {
  it('are found beside definitions in subfolders, the nearest first, within limits', () =>
    inFolder(async (root) => {
      const make = (...parts: string[]): string => {
        const folder = join(root, ...parts);
        mkdirSync(runsFolderOf(folder), { recursive: true });
        return runsFolderOf(folder);
      };
      const [own, near, far] = [make(), make('models'), make('models', 'kws', 'v2')];
      make('node_modules', 'x');
      make('.hidden', 'x');
      assert.deepEqual(await findRunFolders(root), [own, near, far]);
      assert.deepEqual(await findRunFolders(root, { depth: 1, folders: 100 }), [own, near]);
      assert.deepEqual(await findRunFolders(root, { depth: 9, folders: 1 }), [own]);
      assert.deepEqual(await findRunFolders(join(root, 'none')), []);
    }));
});
