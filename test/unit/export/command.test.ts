/** `udc export` on a run folder: what is written, what is refused, and that a failure leaves the old file. */
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run as exportCommand } from '../../../src/cli/commands/export.ts';
import { exampleRun } from './run.ts';

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '', err = '';
  const code = await exportCommand(args, { out: (text) => { out += text; }, err: (text) => { err += text; } });
  return { code, out, err };
}

describe('udc export', () => {
  let folder = '', runFolder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'udc-export-'));
    runFolder = join(folder, 'run');
    const { header, events, result, weights } = exampleRun();
    await mkdir(runFolder);
    await writeFile(join(runFolder, 'run.json'), JSON.stringify(header));
    await writeFile(join(runFolder, 'result.json'), JSON.stringify(result));
    await writeFile(join(runFolder, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await writeFile(join(runFolder, 'weights.safetensors'), weights);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

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

  it('leaves the old file, and no other, where the run cannot be exported', async () => {
    const out = join(folder, 'model.tflite');
    await writeFile(out, 'old');
    await writeFile(join(runFolder, 'weights.safetensors'), 'damaged');
    const { code, err } = await command(runFolder, '--out', out);
    assert.equal(code, 1);
    assert.match(err, /not a safetensors file/);
    assert.equal(await readFile(out, 'utf8'), 'old');
    assert.deepEqual((await readdir(folder)).sort(), ['model.tflite', 'run']);
  });

  it('says what a folder lacks', async () => {
    await rm(join(runFolder, 'result.json'));
    const { code, err } = await command(runFolder, '--out', join(folder, 'a.json'));
    assert.equal(code, 1);
    assert.match(err, /has no result yet: let it finish/);
    assert.equal((await command(folder, '--out', join(folder, 'a.json'))).code, 1);
  });

  it('explains its usage', async () => {
    for (const args of [[], [runFolder], [runFolder, '--out', 'name'], [runFolder, '--out', 'a.docx'], [runFolder, '--outt', 'a.json'], ['a', 'b', '--out', 'a.json']]) {
      const { code, err } = await command(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /usage: udc export RUN/);
    }
    assert.equal((await command('--help')).code, 0);
  });
});
