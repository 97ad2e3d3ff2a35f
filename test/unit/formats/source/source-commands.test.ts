/** `udc export` on a run folder: what is written, what is refused, and that a failure leaves the old file. */
import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '../../../scratch.ts';
import { udc } from '../../cli/support.ts';
import { exampleRun } from '../run.ts';

const command = (...args: string[]): ReturnType<typeof udc> => udc('export', ...args);

describe('udc export', () => {
  let folder = '',
    runFolder = '';
  const cwd = process.cwd();
  beforeEach(async () => {
    folder = scratchFolder('export');
    runFolder = join(folder, '.udc', 'runs', '20250301-120000-test');
    const { header, events, result, weights } = exampleRun();
    await mkdir(runFolder, { recursive: true });
    await writeFile(join(runFolder, 'run.json'), JSON.stringify(header));
    await writeFile(join(runFolder, 'result.json'), JSON.stringify(result));
    await writeFile(join(runFolder, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await writeFile(join(runFolder, 'weights.safetensors'), weights);
  });
  afterEach(() => {
    process.chdir(cwd);
  });

  it('writes the format that the file name says', async () => {
    const out = join(folder, 'model.tflite');
    const { code, out: said, err } = await command(runFolder, '--out', out, '--json');
    assert.equal(err, '');
    assert.equal(code, 0);
    const bytes = await readFile(out);
    assert.deepEqual(JSON.parse(said), { format: 'tflite', file: out, bytes: bytes.length });
    assert.equal(bytes.toString('latin1', 4, 8), 'TFL3');
  });

  it('takes the format from --format', async () => {
    const out = join(folder, 'layers.txt');
    assert.equal((await command(runFolder, '--out', out, '--format', 'csv')).code, 0);
    assert.match(await readFile(out, 'utf8'), /^layer,operator,/);
  });

  it('takes a run as the other commands do: `latest`, or how its id begins', async () => {
    process.chdir(folder);
    for (const name of ['latest', '20250301']) {
      const { code, err } = await command(name, '--out', `${name}.csv`);
      assert.deepEqual([code, err], [0, '']);
      assert.match(await readFile(join(folder, `${name}.csv`), 'utf8'), /^layer,operator,/);
    }
    const { code, err } = await command('1999', '--out', 'a.csv');
    assert.equal(code, 1);
    assert.match(err, /'1999' is no run: .* \(which holds 20250301-120000-test\)/);
  });

  it('leaves the old file, and no other, where the run cannot be exported', async () => {
    const out = join(folder, 'model.tflite');
    await writeFile(out, 'old');
    await writeFile(join(runFolder, 'weights.safetensors'), 'damaged');
    const { code, err } = await command(runFolder, '--out', out);
    assert.equal(code, 1);
    assert.match(err, /not a safetensors file/);
    assert.equal(await readFile(out, 'utf8'), 'old');
    assert.deepEqual((await readdir(folder)).sort(), ['.udc', 'model.tflite']);
  });

  it('puts failures into JSON where that is asked for', async () => {
    await writeFile(join(runFolder, 'weights.safetensors'), 'damaged');
    const { code, out } = await command(runFolder, '--out', join(folder, 'a.tflite'), '--json');
    assert.equal(code, 1);
    const { error } = JSON.parse(out) as { error: { exitCode: number; message: string } };
    assert.equal(error.exitCode, 1);
    assert.match(error.message, /20250301-120000-test: .*not a safetensors file/);
  });

  it('says what a folder lacks', async () => {
    await rm(join(runFolder, 'result.json'));
    const { code, err } = await command(runFolder, '--out', join(folder, 'a.json'));
    assert.equal(code, 1);
    assert.match(err, /has no result yet: let it finish/);
    assert.equal((await command(folder, '--out', join(folder, 'a.json'))).code, 1);
  });

  it('explains its usage', async () => {
    for (const args of [
      [],
      [runFolder],
      [runFolder, '--out', 'name'],
      [runFolder, '--out', 'a.docx'],
      [runFolder, '--outt', 'a.json'],
      ['a', 'b', '--out', 'a.json'],
    ]) {
      const { code, err } = await command(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /Usage: udc export RUN/);
    }
    const help = await command('--help');
    assert.equal(help.code, 0);
    assert.match(help.out, /tflite +Fully integer network/);
  });
});
