/** Files that belong together are all written, or all as they were. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISK_FILES } from '../../../../src/runs/files/output-file.ts';
import { writeTogether, type FileAccess } from '../../../../src/runs/files/write-together.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Files in memory, one of which cannot be written. */
function files(there: Readonly<Record<string, string>>, refused?: string): [Map<string, string>, FileAccess<string>] {
  const held = new Map(Object.entries(there));
  return [
    held,
    {
      read: (file) => Promise.resolve(held.has(file) ? bytes(held.get(file)!) : undefined),
      write: (file, data) => {
        if (file === refused) return Promise.reject(new Error(`${file}: the disk is full`));
        held.set(file, new TextDecoder().decode(data));
        return Promise.resolve();
      },
      remove: (file) => Promise.resolve(void held.delete(file)),
    },
  ];
}

const NEW = ['a', 'b', 'c'].map((file) => ({ file, data: bytes(`new ${file}`) }));
const WRITTEN = { a: 'new a', b: 'new b', c: 'new c' };

describe('files that are written together', () => {
  for (const there of [{}, { a: 'old a' }, { b: 'old b', c: 'old c' }, { a: '', b: 'old b', c: 'old c', d: 'other' }]) {
    it(`replace ${Object.keys(there).join(', ') || 'none'}`, async () => {
      const [held, access] = files(there);
      await writeTogether(NEW, access);
      assert.deepEqual(Object.fromEntries(held), { ...there, ...WRITTEN });
    });

    for (const refused of ['a', 'b', 'c'])
      it(`leave ${Object.keys(there).join(', ') || 'nothing'} where ${refused} is refused`, async () => {
        const [held, access] = files(there, refused);
        await assert.rejects(writeTogether(NEW, access), new Error(`${refused}: the disk is full`));
        assert.deepEqual(Object.fromEntries(held), there);
      });
  }

  it('tell the cause where taking back fails, too', async () => {
    const [, access] = files({}, 'b');
    const stuck = { ...access, remove: () => Promise.reject(new Error('no')) };
    await assert.rejects(writeTogether(NEW, stuck), /b: the disk is full/);
  });

  describe('on the disk', () => {
    let folder = '';
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'udc-together-'));
    });
    after(async () => {
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true });
    });

    it('are as they were where the second is a folder', async () => {
      await writeFile(join(folder, 'weights'), 'old');
      await mkdir(join(folder, 'taken'));
      for (const first of ['weights', 'more'])
        await assert.rejects(
          writeTogether(
            [first, 'taken'].map((file) => ({ file: join(folder, file), data: bytes('new') })),
            DISK_FILES,
          ),
          /taken: this is a folder/,
        );
      assert.deepEqual((await readdir(folder)).sort(), ['taken', 'weights']);
      assert.equal(await readFile(join(folder, 'weights'), 'utf8'), 'old');
    });
  });
});
