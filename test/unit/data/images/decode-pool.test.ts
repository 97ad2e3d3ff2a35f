/** Threads that decode: they answer in order, say what is unsound, and can be ended in the middle of their work. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DecodePool } from '../../../../src/data/images/decode-pool.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';

const COUNT = 40;

async function images(folder: string): Promise<{ file: string }[]> {
  const files = Array.from({ length: COUNT }, (_, n) => ({ file: join(folder, `${n}.bmp`) }));
  for (const [n, { file }] of files.entries())
    await writeFile(file, n === 7 ? 'no image' : bmpOf(2, 3, () => [n, 2 * n, 3 * n]));
  return files;
}

describe('a pool of threads that decode', () => {
  for (const threads of [1, 3])
    it(`answers in the order that was asked for, with ${threads} threads`, () =>
      inFolder(async (folder) => {
        const files = await images(folder);
        const pool = new DecodePool([{ step: 'grey' }], threads);
        const asked = [files, [...files].reverse(), files.slice(5, 9)];
        const answers = await Promise.all(asked.map((one) => pool.decode(one)));
        answers.forEach((answer, i) => {
          answer.forEach((one, k) => {
            const n = files.indexOf(asked[i]![k]!);
            if (n === 7) assert.ok('damage' in one && /no JPEG/.test(one.damage));
            else
              assert.equal('values' in one && one.values[0], (n * 19595 + 2 * n * 38470 + 3 * n * 7471 + 0x8000) >> 16);
          });
        });
        await pool.close();
      }));

  it('has as many threads as UDC_THREADS allows', () =>
    inFolder(async (folder) => {
      const files = await images(folder);
      const before = process.env['UDC_THREADS'];
      try {
        for (const [said, most] of [
          ['1', 1],
          ['2', 2],
          ['none', availableParallelism()],
        ] as const) {
          process.env['UDC_THREADS'] = said;
          const pool = new DecodePool([]);
          await pool.decode(files);
          assert.equal(pool['threads'].length, Math.min(8, most));
          await pool.close();
        }
      } finally {
        if (before === undefined) delete process.env['UDC_THREADS'];
        else process.env['UDC_THREADS'] = before;
      }
    }));

  it('can be ended in the middle of its work, and starts again', () =>
    inFolder(async (folder) => {
      const files = await images(folder);
      const pool = new DecodePool([], 1);
      const lost = pool.decode(files);
      const said = assert.rejects(lost, /ended/);
      await pool.close();
      await said;
      assert.equal((await pool.decode(files.slice(0, 2))).length, 2);
      await pool.close();
    }));

  it('keeps a process alive until it has ended, and no longer', () =>
    inFolder(async (folder) => {
      await images(folder);
      const source = new URL('../../../../src/data/images/decode-pool.ts', import.meta.url).href;
      const script = join(folder, 'script.mts');
      // The work of an idle reader is still on its way when the threads are ended.
      await writeFile(
        script,
        `import { DecodePool } from ${JSON.stringify(source)};
const files = Array.from({ length: ${COUNT} }, (_, n) => ({ file: ${JSON.stringify(folder)} + '/' + n + '.bmp' }));
for (let round = 0; round < 10; round++) {
  const pool = new DecodePool([], 2);
  await pool.decode(files.slice(0, 4));
  pool.decode(files.slice(0, 4 + round)).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, round));
  await pool.close();
}
const idle = new DecodePool([], 2);
await idle.decode(files.slice(0, 4));
console.log('done');
`,
      );
      const root = fileURLToPath(new URL('../../../../', import.meta.url));
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], {
        cwd: root,
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout], [0, 'done\n'], stderr);
    }));
});
