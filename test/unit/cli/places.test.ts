/** Where commands look for a run, and where they refuse to write before they say anything else. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networkName } from '../../../src/formats/network-name.ts';
import { inFolder } from '../../scratch.ts';
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
