/** What a person is told where the disk refuses: the file, what is wrong, and what helps with that. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { advised, asRunError, RunError } from '../../../../src/runs/folder/run-error.ts';
import { inFolder } from '../../../scratch.ts';

const failure = (code: string): Error => Object.assign(new Error(`${code}: system words`), { code });

/** Runs TypeScript in a process that may write no file: as on a full disk. */
function withoutSpace(code: string): string {
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `trap '' XFSZ; ulimit -f 0; exec "$0" "$@"`, process.execPath, '--import', 'tsx', '--input-type=module'],
    { input: code, encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
  );
  assert.ok(stdout !== '', stderr);
  return stdout;
}

const moduleAt = (path: string): string =>
  JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../../src/runs', path)).href);

describe('what the disk refuses', () => {
  for (const [code, kind, says] of [
    ['ENOSPC', 'disk-full', /the disk is full\. Free some space/],
    ['EDQUOT', 'disk-full', /quota is used up\. Free some space/],
    ['EFBIG', 'disk-full', /size limit of this system\. Raise the limit/],
    ['EACCES', 'not-writable', /not permitted\. Change the permissions/],
    ['EPERM', 'not-writable', /not permitted\. Change the permissions/],
    ['EROFS', 'not-writable', /read-only\. Choose another folder/],
    ['EMFILE', 'io', /too many files are open\. Raise the limit/],
    ['ENFILE', 'io', /too many files are open on this machine/],
    ['EIO', 'io', /EIO: system words\. Try again/],
  ] as const)
    it(`${code} is told with the file and a remedy`, () => {
      const error = asRunError(failure(code), '/a/file');
      assert.equal(error.code, kind);
      assert.ok(error.message.startsWith('/a/file: '));
      assert.match(error.message, says);
      const other = advised(error, 'file', { [kind]: 'Do this.' }) as RunError;
      assert.deepEqual([other.code, other.message], [kind, `file: ${error.problem} Do this.`]);
      assert.deepEqual((advised(error, 'file', {}) as RunError).next, error.next);
    });

  it('is no advice to resume a run that could not be made, and leaves no folder of it', function full() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (folder) => {
      const runs = join(folder, 'runs');
      const request = { name: 'a', definitionText: '', definitionPath: '', strategy: 'udc', limits: [], seed: 1 };
      const said = withoutSpace(
        `const { RunFolder } = await import(${moduleAt('folder/run-folder.ts')});
         await RunFolder.create(${JSON.stringify(runs)}, ${JSON.stringify({ ...request, backend: 'cpu', baselines: [], version: '1' })}).catch((error) => console.log(error.message));`,
      );
      assert.match(said, /start the search again/);
      assert.doesNotMatch(said, /resume/);
      assert.ok(said.startsWith(join(runs, '')), said);
      assert.deepEqual(await readdir(runs), []);
    });
  });

  it('is no advice to resume a sweep that could not be made, and leaves no folder of it, nor half a note for git', function full() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (folder) => {
      const sweeps = join(folder, '.udc', 'sweeps');
      const said = withoutSpace(
        `const { SweepFolder } = await import(${moduleAt('sweep/sweep-folder.ts')});
         await SweepFolder.create(${JSON.stringify(sweeps)}, { name: 'a' }).catch((error) => console.log(error.message));`,
      );
      assert.match(said, /start the sweep again/);
      assert.doesNotMatch(said, /resume/);
      assert.deepEqual(await readdir(sweeps), []);
      assert.deepEqual(await readdir(join(folder, '.udc')), ['sweeps']);
    });
  });

  it('leaves the file that was to be replaced', function full() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (folder) => {
      const file = join(folder, 'a.tflite');
      await writeFile(file, 'old');
      await mkdir(join(folder, 'other'));
      const said = withoutSpace(
        `const { writeOutput } = await import(${moduleAt('files/output-file.ts')});
         await writeOutput(${JSON.stringify(file)}, 'new').catch((error) => console.log(error.message));`,
      );
      assert.match(said, /a\.tflite: .* Nothing was replaced\.\n$/);
      assert.equal(await readFile(file, 'utf8'), 'old');
      assert.deepEqual((await readdir(folder)).sort(), ['a.tflite', 'other']);
    });
  });
});
