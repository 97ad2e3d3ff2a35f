import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import type { Fit } from '../../../src/costs/allocate/fit-bits.ts';
import { languageOf } from '../../../src/language/language-table.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { inFolder } from '../../scratch.ts';
import { architectureBytes } from '../costs/support/random-networks.ts';
import { ENSEMBLE_MODEL, finishedRun as trainedRun } from '../runs/ensembles/finished-runs.ts';
import { finishedRun, MODEL, udc } from './support.ts';

/** Weights of 8 bits: 80 + 1,152 + 4,608 + 192 bytes, and 8 bytes a channel beside them. */
const SMALL = `udc: 1
name: small
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 120 }
target: { npu: mcu-packed, weights: 4 KiB }
layers:
  # The first layer.
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: wide, op: conv, kernel: 3x3, stride: 2, filters: 16 } # inherits its bits
  - { name: wider, op: conv, kernel: 3x3, filters: 32 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 2 | 4 | 8 }
`;

type Answer = Fit & { readonly exact: boolean; readonly changed?: readonly string[] };

const withModel = (text: string, body: (file: string, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const file = join(folder, 'small.udc.yaml');
    await writeFile(file, text);
    await body(file, folder);
  });

describe('udc fit', () => {
  it('says which layers get how many bits, and why', () =>
    withModel(SMALL, async (file) => {
      const { code, out, err } = await udc('fit', file);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /^wider +8 +2 +4,864 +1,408 +2 bits: its share of the weights was the largest, 61\.9 %$/m);
      assert.match(out, /^Weights: [\d,]+ B of 4 KiB\.$/m);
      const { exact, rows, bytes, limits } = JSON.parse((await udc('fit', file, '--json')).out) as Answer;
      assert.equal(exact, true);
      assert.equal(
        bytes,
        rows.reduce((sum, row) => sum + row.bytes, 0),
      );
      assert.deepEqual(limits, { weights: 4096 });
      assert.match(rows[2]!.reasons[0]!.text, /^4 bits: its share of the weights was the largest, 76\.5/);
      assert.equal(await readFile(file, 'utf8'), SMALL);
    }));

  it('writes the bits and nothing else; what is written fits by the target’s own count', () =>
    withModel(SMALL, async (file, folder) => {
      const { code, out } = await udc('fit', file, '--budget', '2 KiB', '--write');
      assert.equal(code, 0);
      assert.match(out, /4 values written: stem\.bits, wide\.bits, wider\.bits, logits\.bits/);
      const text = await readFile(file, 'utf8');
      assert.match(text, /filters: 16, bits: \d \} # inherits its bits/);
      assert.ok(text.includes('# The first layer.'));
      const { network } = languageOf(file).read(text);
      assert.deepEqual(network!.decisions, []);
      assert.ok(architectureBytes(findTarget('mcu-packed'), instantiate(network!, [])) <= 2048);
      const again = await udc('fit', file, '--budget', '2 KiB', '--out', join(folder, 'other.udc.yaml'));
      assert.match(again.out, /other\.udc\.yaml: says so already/);
      assert.equal(await readFile(join(folder, 'other.udc.yaml'), 'utf8'), text);
    }));

  it('cuts maps where activations do not fit, and writes that too', () =>
    withModel(SMALL, async (file) => {
      const { code, out, err } = await udc('fit', file, '--budget', '1 MiB', '--activations', '1200 B', '--write');
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /^stem +8 +8 +136 +136 +8 +4 +maps of 4 bits: .* took .* of activation memory$/m);
      assert.match(out, /^Activations: [\d,]+ B of 1\.17 KiB\.$/m);
      const text = await readFile(file, 'utf8');
      assert.match(text, /name: stem, .*bits: 8, activationBits: 4 \}/);
      assert.doesNotMatch(text, /name: logits.*activationBits/);
      const { network } = languageOf(file).read(text);
      const target = findTarget('mcu-packed');
      assert.ok(activationMemory(instantiate(network!, []), target).peakBytes <= 1200);
    }));

  it('counts what a scheme stores beside the weights', () =>
    withModel(SMALL, async (file) => {
      const bytes = async (...options: string[]): Promise<number> =>
        (JSON.parse((await udc('fit', file, '--budget', '1 MiB', '--json', ...options)).out) as Answer).bytes;
      const weights = 72 + 8 * 9 * 16 + 16 * 9 * 32 + 32 * 6;
      assert.equal(await bytes(), weights + 8 * (8 + 16 + 32 + 6));
      assert.equal(await bytes('--scheme', 'MixPL'), weights + 4 * (8 + 16 + 32 + 6) + 4 * 20);
      assert.equal(await bytes('--scheme', 'MixPC'), weights + 10 * (8 + 16 + 32) + 3 * 8 + 7 * 6 + 4);
    }));

  it('begins at the most bits of a choice, and goes on to its fewest', () =>
    withModel(SMALL.replace('mcu-packed', 'ethos-u55-128').replace('bits: 2 | 4 | 8', 'bits: 3 | 5'), async (file) => {
      const bits = async (budget: string): Promise<number | undefined> =>
        (JSON.parse((await udc('fit', file, '--json', '--budget', budget)).out) as Answer).rows.at(-1)?.bits;
      assert.deepEqual([await bits('64 KiB'), await bits('1 KiB')], [5, 3]);
    }));

  it('names the layer where nothing fits, and writes nothing', () =>
    withModel(SMALL, async (file) => {
      const { code, err } = await udc('fit', file, '--budget', '1 KiB', '--write');
      assert.equal(code, 3);
      assert.match(err, /No bits make the weights fit: [\d,]+ B are needed, .*`wider` holds the most/);
      const memory = await udc('fit', file, '--activations', '1 KiB', '--target', 'ethos-u55-128');
      assert.equal(memory.code, 3);
      assert.match(memory.err, /No bits make the activations fit: at `[^`]+` .* keeps activations in 8 bits/);
      const bytes = await udc('fit', file, '--target', 'stm32f746', '--budget', '4 KiB');
      assert.equal(bytes.code, 3);
      assert.match(bytes.err, /every weight counts as a byte/);
      assert.equal(await readFile(file, 'utf8'), SMALL);
    }));

  it('says all values that it writes of a run, and takes no weights but those of its result', () =>
    inFolder(async (folder) => {
      const run = await trainedRun(folder, { seed: 1 });
      const { definitionPath } = await run.readHeader();
      const before = ENSEMBLE_MODEL;
      await writeFile(definitionPath, before);
      const { code, out, err } = await udc('fit', run.path, '--budget', '64 KiB', '--write');
      assert.equal(code, 0, err);
      assert.match(out, /values? written as the run chose: .*stem\.filters/);
      const after = await readFile(definitionPath, 'utf8');
      assert.notEqual(after, before);
      await writeFile(definitionPath, before);
      const file = join(run.path, 'weights.safetensors');
      const bytes = await readFile(file);
      bytes[bytes.length - 1]! ^= 1;
      await writeFile(file, bytes);
      const damaged = await udc('fit', run.path, '--budget', '64 KiB', '--write');
      assert.equal(damaged.code, 1);
      assert.match(damaged.err, /weights\.safetensors: the weights are damaged/);
      assert.equal(await readFile(definitionPath, 'utf8'), before);
    }));

  it('refuses what is no architecture, no definition and no run, and says what would be right', () =>
    withModel(MODEL, async (file, folder) => {
      const open = await udc('fit', file);
      assert.equal(open.code, 1);
      assert.match(open.err, /`stem\.filters` is a choice \(8 \| 16\).*write one value/);
      const none = await udc('fit', join(folder, 'nothing'));
      assert.equal(none.code, 1);
      assert.match(none.err, /is no run/);
      const run = await finishedRun(folder);
      const lost = await udc('fit', run.path);
      assert.equal(lost.code, 1);
      assert.match(lost.err, /its folder has no weights\.safetensors: search again, or restore/);
      assert.equal((await udc('fit', file, '--scheme', 'Mix')).code, 2);
    }));
});
