/**
 * Watched folders: each tells of its first change after it was asked for, also where it came later or was made anew.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderWatches } from '../../../../src/editor/runs/folder-watches.ts';
import { scratchFolder } from '../../../scratch.ts';

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++)
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  assert.ok(holds());
}

describe('FolderWatches', () => {
  const folder = join(scratchFolder('watched'), 'runs');
  let told = 0;
  const watches = new FolderWatches(() => {
    told += 1;
  });
  after(() => {
    watches.keep([]);
  });

  it('leaves out what is not there, and watches it once it is', async () => {
    assert.equal(watches.keep([folder]), false);
    mkdirSync(folder);
    assert.equal(watches.keep([folder]), true);
    assert.equal(watches.keep([folder]), false);
    mkdirSync(join(folder, 'one'));
    await until(() => told === 1);
  });

  it('tells again when it was asked again, and of a folder made anew', async () => {
    assert.equal(watches.keep([folder]), true);
    rmSync(folder, { recursive: true });
    await until(() => told === 2);
    mkdirSync(folder);
    assert.equal(watches.keep([folder]), true);
    writeFileSync(join(folder, 'two'), '');
    await until(() => told === 3);
  });

  it('tells of nothing that it is not to watch any more', async () => {
    assert.equal(watches.keep([folder]), true);
    watches.keep([]);
    writeFileSync(join(folder, 'three'), '');
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    assert.equal(told, 3);
  });
});
