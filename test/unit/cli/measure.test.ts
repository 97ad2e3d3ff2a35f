/** `udc measure` without any runtime but our own estimate: what it takes, shows and writes. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMeasurements } from '../../../src/runs/folder/read-measurements.ts';
import { inFolder } from '../../scratch.ts';
import { definitionText, subject } from '../measure/fakes.ts';
import { udc } from './support.ts';

const ESTIMATE = ['--runtimes', 'estimate'];

/** Runs the body in a folder that the command is typed in. */
const here = (body: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      await body(folder);
    } finally {
      process.chdir(before);
    }
  });

describe('udc measure', () => {
  it('takes definitions and files, and stores what it found beside the runs', () =>
    here(async (folder) => {
      writeFileSync('a.udc.yaml', definitionText(4));
      writeFileSync('b.udc.yaml', definitionText(64).replace('3x3, filters: 64', '3x3 | 5x5, filters: 8 | 64'));
      writeFileSync('c.tflite', subject(16).tflite());
      const told = await udc(
        'measure',
        'a.udc.yaml',
        'b.udc.yaml',
        'c.tflite',
        ...ESTIMATE,
        '--csv',
        'm.csv',
        '--html',
        'm.html',
      );
      assert.equal(told.code, 0, told.err);
      assert.match(told.err, /a\.udc\.yaml: note: measured with random weights\n/);
      assert.match(told.err, /b\.udc\.yaml: note: measured with random weights, and of its 2 choices the largest/);
      assert.match(told.out, /UDC estimate, Ethos-U55-128 .* ms .* ms .* ms {2}estimated/);
      assert.match(told.out, /Where the time goes/);
      assert.equal(readFileSync('m.csv', 'utf8').trim().split('\r\n').length, 1 + 3 * 3);
      assert.match(readFileSync('m.html', 'utf8'), /<table>/);
      const stored = await readMeasurements(join(folder, '.udc', 'measurements.ndjson'));
      assert.equal(stored.length, 9);
      assert.equal(stored[0]!.network, subject(4).hash);
      assert.ok(stored.every(({ mark }) => mark === 'estimated'));
    }));

  it('answers in JSON, and leaves the store alone where it is told to', () =>
    here(async () => {
      writeFileSync('a.udc.yaml', definitionText(4));
      const told = await udc('measure', 'a.udc.yaml', ...ESTIMATE, '--devices', 'ethos-u55-32', '--no-store', '--json');
      assert.equal(told.code, 0, told.err);
      const { networks } = JSON.parse(told.out) as { networks: { weights: string; cells: { mark: string }[] }[] };
      assert.deepEqual(
        networks.map(({ weights, cells }) => [weights, cells.map(({ mark }) => mark)]),
        [['random', ['estimated']]],
      );
      assert.ok(!existsSync('.udc'));
    }));

  it('calls networks of one name by what tells them apart, and others by their name', () =>
    here(async () => {
      mkdirSync('old');
      for (const file of ['a.udc.yaml', 'old/a.udc.yaml']) writeFileSync(file, definitionText(4));
      for (const file of ['c.tflite', 'old/c.tflite', 'd.tflite']) writeFileSync(file, subject(16).tflite());
      const files = ['a.udc.yaml', 'old/a.udc.yaml', 'c.tflite', join(process.cwd(), 'old/c.tflite'), 'd.tflite'];
      const told = await udc('measure', ...files, ...ESTIMATE, '--devices', 'ethos-u55-32', '--no-store', '--json');
      assert.equal(told.code, 0, told.err);
      assert.deepEqual(
        (JSON.parse(told.out) as { networks: { name: string }[] }).networks.map(({ name }) => name),
        ['a.udc.yaml', join('old', 'a.udc.yaml'), 'c.tflite', join('old', 'c.tflite'), 'd.tflite'],
      );
    }));

  it('says what a target cannot run instead of a time', () =>
    here(async () => {
      const text = definitionText(4).replace('3x3', '81x81').replace('8x8x1', '96x96x1');
      writeFileSync('a.udc.yaml', text.replace('ethos-u55-128', 'mcu-packed'));
      const told = await udc('measure', 'a.udc.yaml', ...ESTIMATE, '--devices', 'ethos-u55-32', '--no-store');
      assert.equal(told.code, 0, told.err);
      assert.match(told.out, /unknown: ethos-u55-32 cannot run it: stem: kernel height 81/);
      assert.match(told.out, /UDC estimate, Ethos-U55-32 +– +unknown/);
    }));

  it('says of a file that is missing what it takes, and what there is instead of a run', () =>
    here(async (folder) => {
      mkdirSync('folder.tflite');
      const wrong = async (pattern: RegExp, argument: string): Promise<void> => {
        const { code, err } = await udc('measure', argument, ...ESTIMATE);
        assert.equal(code, 1, err);
        assert.match(err, pattern);
      };
      const takes = /takes a \.tflite or \.onnx file, a definition \(\*\.udc\.yaml\), or a finished run/;
      for (const file of ['gone.tflite', 'gone.onnx', 'a/gone.udc.yaml', 'folder.tflite']) {
        await wrong(file === 'folder.tflite' ? /this is a folder/ : /there is no such file/, file);
        await wrong(takes, file);
      }
      await wrong(/'2026' is no run: not a run folder, and not in .*runs/, '2026');
      assert.ok(!existsSync(join(folder, '.udc')));
    }));

  it('refuses what it does not know', async () => {
    const wrong = async (pattern: RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await udc('measure', ...args);
      assert.equal(code, 2, err);
      assert.match(err, pattern);
    };
    await wrong(/NETWORK is missing; --list/);
    await wrong(/no runtime 'litrt'; did you mean 'litert'/, 'x', '--runtimes', 'litrt');
    await wrong(/no device 'ethos-u55-129'; did you mean/, 'x', '--devices', 'ethos-u55-129');
    await wrong(/--seconds needs a number above 0/, 'x', '--seconds', '0');
  });
});
