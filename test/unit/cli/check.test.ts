import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckReport } from '../../../src/costs/check/check-report.ts';
import { inFolder } from '../../scratch.ts';
import { MODEL, udc, type Told } from './support.ts';

async function withModel(text: string, body: (file: string, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const file = join(folder, 'small.udc.yaml');
    await writeFile(file, text);
    await body(file, folder);
  });
}

const checked = (told: Told): CheckReport => JSON.parse(told.out) as CheckReport;

describe('udc check', () => {
  it('prints a line for each layer, the totals, and whether the budget can be met', () =>
    withModel(MODEL, async (file) => {
      const { code, out, err } = await udc('check', file);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /^small for ethos-u55-128: 4 architectures\n/);
      const lines = out.split('\n').filter((line) => /^(stem|pool|logits|total) /.test(line));
      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        ['stem', 'pool', 'logits', 'total'],
      );
      assert.match(lines[0]!, /conv +3x3 +16x8x8 … 16 +80 … 160 /);
      assert.match(out, /Budget: 4 KiB of weights\. Every architecture fits\./);
    }));

  it('counts with the presets of a definition, of the target named instead, and of options, in this order', () =>
    withModel(MODEL.replace('ethos-u55-128,', 'ethos-u55-128, system: Ethos_U55_Deep_Embedded,'), async (file) => {
      assert.match((await udc('check', file)).out, /at 200\sMHz/);
      assert.match((await udc('check', file, '--target', 'ethos-u55-128')).out, /at 500\sMHz/);
      const { out, code } = await udc(
        'check',
        file,
        '--memory',
        'Sram_Only',
        '--system',
        'Ethos_U55_High_End_Embedded',
      );
      assert.match(out, /^small for ethos-u55-128\+Ethos_U55_High_End_Embedded\+Sram_Only: /);
      assert.match(out, /at 500\sMHz/);
      assert.equal(code, 0);
      const wrong = await udc('check', file, '--system', 'Ethos_U65_Embedded');
      assert.match(
        wrong.err,
        /--system: there is no system 'Ethos_U65_Embedded' for Ethos-U55-128; there are Ethos_U55_/,
      );
      assert.equal((await udc('check', file, '--target', 'max78000', '--memory', 'Sram_Only')).code, wrong.code);
    }));

  it('refuses presets of another chip at their place', () =>
    withModel(MODEL.replace('ethos-u55-128,', 'ethos-u55-128, system: Ethos_U65_Embedded,'), async (file) => {
      const { code, err } = await udc('check', file);
      assert.notEqual(code, 0);
      assert.match(err, /small\.udc\.yaml:6:39: there is no system 'Ethos_U65_Embedded'/);
    }));

  it('names the smaller number first, and says that all fit only where the activations of all do', () => {
    const blocks = [
      'stem, op: conv, kernel: 3x3, filters: 8',
      'block, op: ibn | conv, kernel: 5x5, filters: 16, expand: 2, stride: 2',
      'pool, op: global-average-pool',
      'logits, op: dense, units: 6',
    ];
    const text = `udc: 1\nname: trade\ntask: classification\ninput: 32x16x1\ntarget: { npu: ethos-u55-128, weights: 16 KiB, activations: 10 KiB }
layers:\n${blocks.map((block) => `  - { name: ${block} }`).join('\n')}\n`;
    return withModel(text, async (file) => {
      const { code, out, err } = await udc('check', file);
      assert.deepEqual([code, err], [0, '']);
      assert.match(
        out.replaceAll('\u00a0', ' '),
        /10 KiB … 16 KiB.*\n[^]*It can be met\.[^]*One inference takes about 13\.1 k … 18\.4 k cycles, ≈ 0\.0262 ms … 0\.0369 ms at 500 MHz[^]*≈ 810 B to 1\.06 KiB; they count/,
      );
    });
  });

  it('says of limits on work whether they can be met, what the architectures take, and by how much one is missed', () =>
    withModel(MODEL.replace('weights: 4 KiB', 'weights: 4 KiB, latency: 3 ms, macs: 1 M'), async (file) => {
      const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
      const met = await udc('check', file);
      assert.deepEqual([met.code, met.err], [0, '']);
      assert.match(plain(met.out), /Budget: 4 KiB of weights, 3 ms of latency, 1 M MACs\. It can be met\./);
      assert.match(plain(met.out), /Latency: ≈ [\d.]+ ms … [\d.]+ ms an inference, limit 3 ms\./);
      assert.match(plain(met.out), /MACs: [\d.]+ k … [\d.]+ k an inference, limit 1 M\./);
      const missed = await udc('check', file, '--latency', '1us');
      assert.equal(missed.code, 3);
      const advised = /Raise it to at least ([\d.]+) ms/.exec(plain(missed.err))?.[1];
      assert.ok(advised !== undefined, missed.err);
      assert.equal((await udc('check', file, '--latency', `${advised}ms`)).code, 0);
      const { limits, feasible } = checked(await udc('check', file, '--json', '--macs', '1'));
      assert.equal(feasible, false);
      assert.deepEqual(
        limits.map(({ cost, limit, from }) => [cost, limit, from]),
        [
          ['weights', 4096, 'definition'],
          ['latency', 0.003, 'definition'],
          ['macs', 1, 'given'],
        ],
      );
    }));

  it('refuses limits on what nobody knows of a target, at their place or by their option', () =>
    withModel(MODEL.replace('weights: 4 KiB', 'weights: 4 KiB, latency: 3 ms'), async (file) => {
      const stated = await udc('check', file, '--target', 'stm32f746');
      assert.equal(stated.code, 1);
      assert.match(stated.err, /small\.udc\.yaml:\d+:\d+: the latency on stm32f746 is not known.*limit `macs` instead/);
      const given = await udc('check', file, '--target', 'stm32f746', '--cycles', '1M');
      assert.ok([1, 2].includes(given.code), String(given.code));
      assert.match((await udc('check', file, '--cycles', '5 MB')).err, /--cycles: `5 MB` is not a number such as/);
    }));

  it('gives programs the same, with the same sums', () =>
    withModel(MODEL, async (file) => {
      const { rows, totals, architectures, feasible, budgetBytes } = checked(await udc('check', file, '--json'));
      assert.deepEqual([architectures, feasible, budgetBytes], ['4', true, 4096]);
      assert.equal(
        rows.reduce((sum, { parameters }) => sum + parameters.largest, 0),
        totals.parameters.largest,
      );
      assert.ok(totals.bytes.smallest < totals.bytes.expected && totals.bytes.expected < totals.bytes.largest);
    }));

  it('says how many samples the data have, to people and to programs', () =>
    withModel(MODEL, async (file) => {
      const { out } = await udc('check', file);
      assert.match(
        out,
        /\nData: \d+ samples to train on, \d+ for validation, \d+ for the test, each 32x16x1; \d+ classes:\n\nclass +training +validation +test\n/,
      );
      const { data } = JSON.parse((await udc('check', file, '--json')).out) as {
        data: { training: { samples: number; perClass: number[] }; warnings: string[] };
      };
      assert.equal(
        data.training.perClass.reduce((a, b) => a + b, 0),
        data.training.samples,
      );
      assert.deepEqual(data.warnings, []);
    }));

  it('ends in 1 where the data that a definition names are not there, with the sizes, unless they are to be left out', () =>
    withModel(MODEL.replace(/dataset: .*/, 'dataset: { format: folder, path: nowhere }'), async (file) => {
      const { code, out, err } = await udc('check', file);
      assert.equal(code, 1);
      assert.match(out, /\ntotal /);
      assert.match(err, /small\.udc\.yaml:5:34: .*nowhere: there is no such folder.*; --no-data leaves the data out/);
      const told = await udc('check', file, '--json');
      assert.equal(told.code, 1);
      assert.match((JSON.parse(told.out) as { dataProblem: string }).dataProblem, /no such folder/);
      assert.deepEqual(
        [(await udc('check', file, '--no-data')).code, (await udc('check', file, '--no-data')).err],
        [0, ''],
      );
    }));

  it('calls bytes exact only where weights were encoded', () =>
    withModel(MODEL, async (file) => {
      const { exactSizes, exactFrom } = checked(await udc('check', file, '--json'));
      assert.deepEqual([exactSizes, exactFrom], [false, undefined]);
    }));

  it('ends in 3 with the smallest reachable size where the budget cannot be met', () =>
    withModel(MODEL, async (file) => {
      const { totals } = checked(await udc('check', file, '--json'));
      const { code, out, err } = await udc('check', file, '--budget', '100 B');
      assert.equal(code, 3);
      assert.match(out, /It cannot be met\./);
      assert.match(
        err,
        new RegExp(
          `the budget of 100 B for weights cannot be met: the smallest architecture needs ${totals.bytes.smallest} B`,
        ),
      );
      assert.equal(
        (await udc('check', file, '--budget', String(totals.bytes.smallest))).code,
        0,
        'that size itself is within reach',
      );
    }));

  it('says what another target cannot run', () =>
    withModel(MODEL, async (file) => {
      const { code, err } = await udc('check', file, '--target', 'max78000');
      assert.equal(code, 1);
      assert.match(err, /small\.udc\.yaml: max78000 cannot run this: stem: stride 2x2/);
      assert.match(
        (await udc('check', file, '--target', 'max7800')).err,
        /--target: there is no target 'max7800'; did you mean 'max78000' or 'max78002'\?/,
      );
    }));

  it('refuses a limit on the mean of an ensemble where nobody knows the target of it', () =>
    withModel(
      MODEL.replace('ethos-u55-128', 'stm32f746').replace(
        /^layers:/m,
        'ensemble: { members: 2, latency: 1 ms }\nlayers:',
      ),
      async (file) => {
        const { code, err } = await udc('check', file);
        assert.notEqual(code, 0);
        assert.match(err, /small\.udc\.yaml:\d+:\d+: the latency on stm32f746 is not known/);
      },
    ));

  it('points at every error of a definition', () =>
    withModel(MODEL.replace('op: conv', 'op: convv').replace('units: 6', 'units: -6'), async (file) => {
      const { code, out, err } = await udc('check', file);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /small\.udc\.yaml:9:23: .*`convv`; did you mean `conv`\?/);
      assert.match(err, /small\.udc\.yaml:11:\d+: /);
      assert.ok(!/\n\s+at /.test(err), 'no stack trace');
    }));
});

describe('udc search', () => {
  it('refuses before it starts anything: a budget, a target, a definition without data or budget', () =>
    withModel(MODEL, async (file, folder) => {
      const { code, out, err } = await udc('search', file, '--budget', '0.1 KiB', '--json');
      assert.equal(code, 3);
      const { error } = JSON.parse(out) as { error: { smallestBytes: number; budgetBytes: number } };
      assert.equal(error.budgetBytes, 102);
      assert.match(err, new RegExp(`the smallest architecture needs ${error.smallestBytes} B`));
      const refused = async (text: string, message: RegExp): Promise<void> => {
        await writeFile(file, text);
        const told = await udc('search', file);
        assert.equal(told.code, 1, told.err);
        assert.match(told.err, message);
      };
      await refused(MODEL.replace('ethos-u55-128', 'max78000'), /max78000 cannot run this: stem: stride 2x2/);
      await refused(MODEL.replace(/dataset: .*\n/, ''), /there is no `dataset:`/);
      await refused(
        MODEL.replace(', weights: 4 KiB', ''),
        /there is no budget: write `target: \{ npu: ethos-u55-128, weights: 48 KiB \}` or give --budget/,
      );
      await writeFile(file, MODEL.replace('weights: 4 KiB', 'weights: 4 KiB, activations: 100 B'));
      const activations = await udc('search', file);
      assert.equal(activations.code, 3);
      assert.match(
        activations.err,
        /the budget of 100 B for activations cannot be met: the smallest architecture needs [\d,]+ B/,
      );
      assert.deepEqual(await readdir(folder), ['small.udc.yaml'], 'no run was made');
    }));
});
