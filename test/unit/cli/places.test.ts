/** Where commands look for a run, and where they refuse to write before they say anything else. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { networkName } from '../../../src/formats/network-name.ts';
import { inFolder } from '../../scratch.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { exampleRun } from '../formats/run.ts';
import { finishedRun, MODEL, udc } from './support.ts';

describe('places of a command', () => {
  it('apply finds the runs beside the model, and says where it looked', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'small.udc.yaml');
      await writeFile(model, MODEL);
      const none = await udc('apply', 'latest', model);
      assert.equal(none.code, 1);
      assert.ok(none.err.includes(join(folder, '.udc', 'runs')) && none.err.includes('nor in'), none.err);
      await finishedRun(folder);
      const { code, err } = await udc('apply', 'latest', model);
      assert.deepEqual([code, err], [0, '']);
    }));

  for (const [out, why] of [
    ['/dev/null', /this is a device/],
    ['.', /this is a folder/],
    [join('nowhere', 'x.bin'), /no such file or folder/],
  ] as const) {
    it(`export to ${out} is refused without a note on its ending`, () =>
      inFolder(async (folder) => {
        const run = await finishedRun(folder);
        const { code, err } = await udc(
          'export',
          run.path,
          '--format',
          'csv',
          '--out',
          out === '/dev/null' ? out : join(folder, out),
        );
        assert.equal(code, 1);
        assert.match(err, why);
        assert.doesNotMatch(err, /note:/);
      }));
  }

  it('export writes C into a folder that is there, or that a name with / makes; other formats do not', () =>
    inFolder(async (folder) => {
      const { header, result, weights } = exampleRun();
      const run = await RunFolder.create(join(folder, '.udc', 'runs'), { ...header, name: 'test-net' });
      await run.writeNetwork('weights.safetensors', weights);
      await run.writeResult(result);
      const names = ['udc_test_net.c', 'udc_test_net.h', 'udc_test_net_test.c'];
      await mkdir(join(folder, 'there'));
      for (const out of ['there', 'made/of/it/']) {
        const { code, out: said, err } = await udc('export', run.path, '--format', 'c', '--out', `${folder}/${out}`);
        assert.equal(code, 0, err);
        assert.deepEqual((await readdir(join(folder, out))).sort(), names);
        for (const name of names) assert.ok(said.includes(name), said);
      }
      const told = await udc('export', run.path, '--format', 'c', '--out', join(folder, 'there'), '--json');
      const { files } = JSON.parse(told.out) as { readonly files: readonly { readonly file: string }[] };
      assert.deepEqual(files.map(({ file }) => basename(file)).sort(), names);
      const unnamed = await udc('export', run.path, '--out', join(folder, 'there'));
      assert.equal(unnamed.code, 2);
      assert.match(unnamed.err, /is a folder: add --format c/);
      const other = await udc('export', run.path, '--format', 'tflite', '--out', `${folder}/new/`);
      assert.equal(other.code, 2);
      assert.match(other.err, /tflite is one file, and '.*new\/' names a folder/);
    }));

  it('the name of a network is without the endings of its file', () => {
    assert.deepEqual(['a.tflite', 'a.onnx', 'a.onnx.tflite', 'a.b.ONNX', 'a'].map(networkName), [
      'a',
      'a',
      'a',
      'a.b',
      'a',
    ]);
  });
});
