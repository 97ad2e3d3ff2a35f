/** Folders that are looked at: told of what changed in them, whoever changed it, and of no others. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderPolls } from '../../../../src/editor/runs/folder-polls.ts';
import { scratchFolder } from '../../../scratch.ts';

describe('FolderPolls', () => {
  const root = scratchFolder('polled');
  const [one, other] = [join(root, 'one'), join(root, 'other')];
  let told = 0;
  const polls = new FolderPolls(
    () => {
      told += 1;
    },
    { busy: 5, idle: 10 },
  );
  after(() => {
    polls.keep([], 'idle');
  });

  /** Waits for the next news after a change. */
  async function tellsOf(change: () => void): Promise<boolean> {
    // The stamps before it are taken.
    await sleep(100);
    const before = told;
    change();
    for (let i = 0; i < 40 && told === before; i++) await sleep(10);
    return told > before;
  }

  it('tells of files that come, go or grow, of the folder itself, and goes on telling', async () => {
    mkdirSync(one);
    mkdirSync(other);
    polls.keep([one], 'busy');
    const log = join(one, 'events.ndjson');
    for (const change of [
      () => writeFileSync(log, '{}\n'),
      () => appendFileSync(log, '{}\n'),
      () => writeFileSync(join(one, 'result.json'), '{}'),
      () => rmSync(log),
      () => rmSync(one, { recursive: true }),
      () => mkdirSync(one),
    ])
      assert.ok(await tellsOf(change), change.toString());
  });

  it('looks at no folder that it was not asked for, and at none afterwards', async () => {
    polls.keep([one, other], 'busy');
    assert.ok(await tellsOf(() => writeFileSync(join(other, 'x'), 'x')));
    polls.keep([one], 'busy');
    const at = polls['stamps'];
    assert.deepEqual([...at.keys()], [one]);
    polls.keep([], 'busy');
    assert.ok(!(await tellsOf(() => writeFileSync(join(one, 'y'), 'y'))));
  });

  it('tells of folders that stay as they are too, now and then: who worked there may be gone', async () => {
    polls.keep([one], 'busy');
    assert.ok(await tellsOf(() => undefined).then(async (first) => first || tellsOf(() => undefined)));
    polls.keep([], 'busy');
  });

  it('hears of who begins where nobody was at work, and says nothing of what stays as it is', async () => {
    polls.keep([other], 'idle');
    assert.ok(await tellsOf(() => mkdirSync(join(other, 'begun elsewhere'))));
    for (let i = 0; i < 3; i++) assert.ok(!(await tellsOf(() => undefined)));
    polls.keep([other], 'busy');
    assert.ok(await tellsOf(() => writeFileSync(join(other, 'z'), 'z')));
    polls.keep([], 'idle');
  });
});
