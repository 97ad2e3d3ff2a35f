/**
 * `udc check` and `udc import` of an existing network: a .tflite by our own writer, its costs and a definition around
 * it.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { METADATA_KEY } from '../../../src/reports/metadata.ts';
import type { NetworkReport } from '../../../src/formats/network/network-report.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { initialProblems, readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../../src/integer/sizing.ts';
import { macs, parameters } from '../../../src/network/operation-counts.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { NETWORKS } from '../integer/networks.ts';
import { inFolder } from '../../scratch.ts';
import { udc } from './support.ts';

const network = quantise(NETWORKS['separable']!());
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function withNetwork(
  body: (file: string, folder: string) => Promise<void>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const file = join(folder, 'small.tflite');
    await writeFile(file, writeTflite(network, { description: 'a test', metadata }));
    await body(file, folder);
  });
}

async function reportOf(...args: string[]): Promise<NetworkReport> {
  const { code, out, err } = await udc('check', ...args, '--json');
  assert.deepEqual([code, err], [0, '']);
  return JSON.parse(out) as NetworkReport;
}

describe('udc check of a network', () => {
  for (const name of ['ethos-u55-128', 'ethos-u65-512', 'generic-npu', 'stm32h743']) {
    it(`adds up to the encoded weights on ${name}`, () =>
      withNetwork(async (file) => {
        const { rows, totals, target } = await reportOf(file, '--target', name);
        const { operations } = network.architecture;
        const sizes = sizeNetwork(network, findTarget(name)).perOperation.flatMap((size) => size ?? []);
        assert.equal(target, name);
        assert.equal(totals.bytes.totalBytes, sum(sizes.map(({ totalBytes }) => totalBytes)));
        assert.equal(sum(rows.map(({ bytes }) => bytes.weightBytes)), sum(sizes.map(({ weightBytes }) => weightBytes)));
        assert.equal(sum(rows.map((row) => row.parameters)), sum(operations.map(parameters)));
        assert.equal(sum(rows.map((row) => row.macs)), sum(operations.map(macs)));
        assert.equal(totals.peakActivationBytes, activationMemory(network.architecture, findTarget(name)).peakBytes);
        assert.equal(Math.max(...rows.map((row) => row.activationBytes)), totals.peakActivationBytes);
      }));
  }

  it('says bits and zeros of each layer with weights', () =>
    withNetwork(async (file) => {
      const { rows } = await reportOf(file);
      for (const { name, bits, sparsity } of rows) {
        const codes = network.operations.flatMap(({ operation, weights }) =>
          operation.layerName === name && weights ? [...weights.codes] : [],
        );
        assert.equal(bits === undefined, codes.length === 0, name);
        if (bits === undefined) continue;
        assert.ok(
          codes.every((code) => Math.abs(code) < 2 ** (bits - 1)),
          `${name}: ${bits} bits`,
        );
        assert.equal(sparsity, codes.filter((code) => code === 0).length / codes.length);
      }
    }));

  it('raises bitwidths to those that the target has', () =>
    withNetwork(async (file) => {
      const { out } = await udc('check', file, '--target', 'mcu-packed', '--json');
      const { rows } = JSON.parse(out) as NetworkReport;
      assert.ok(
        rows.every(({ bits }) => bits === undefined || [2, 4, 8].includes(bits)),
        JSON.stringify(rows.map(({ bits }) => bits)),
      );
    }));

  it('prints a table, and takes the target that the network was searched for', () =>
    withNetwork(
      async (file) => {
        const { code, out, err } = await udc('check', file);
        assert.deepEqual([code, err], [0, '']);
        assert.match(out, /^small\.tflite for ethos-u65-256\n/);
        const names = [...new Set(network.architecture.operations.map(({ layerName }) => layerName))];
        const lines = out.split('\n').slice(4, 4 + names.length);
        assert.deepEqual(
          lines.map((line) => line.split(' ')[0]),
          names,
        );
        assert.match(out, /\ntotal .* B\n/);
      },
      { [METADATA_KEY]: '{"target":"ethos-u65-256"}' },
    ));

  it('ends in 3 where the budget is not met', () =>
    withNetwork(async (file) => {
      const { totals } = await reportOf(file);
      assert.equal((await udc('check', file, '--budget', String(totals.bytes.totalBytes))).code, 0);
      const { code, out, err } = await udc('check', file, '--budget', String(totals.bytes.totalBytes - 1));
      assert.equal(code, 3);
      assert.match(out, /It is not met\./);
      assert.match(err, /small\.tflite: weights take [\d,]+ B/);
    }));

  it('says what the target cannot run, and what cannot be read', () =>
    withNetwork(async (file, folder) => {
      const { code, err } = await udc('check', file, '--target', 'max78000');
      assert.equal(code, 1);
      assert.match(err, /small\.tflite: max78000 cannot run this: \w+: MAX78000 has no depthwise convolutions/);
      const broken = join(folder, 'broken.tflite');
      await writeFile(broken, 'not a network');
      const failed = await udc('check', broken);
      assert.deepEqual([failed.code, failed.out], [1, '']);
      assert.match(failed.err, /broken\.tflite: this is neither a TensorFlow Lite nor an ONNX model/);
      assert.equal((await udc('check', file, '--target', 'ethos')).code, 2);
    }));
});

describe('udc import', () => {
  it('writes a definition that holds the network', () =>
    withNetwork(async (file, folder) => {
      const out = join(folder, 'small.udc.yaml');
      const { code, out: said, err } = await udc('import', file, '--out', out, '--target', 'ethos-u65-256');
      assert.deepEqual([code, err], [0, '']);
      assert.match(said, /layers for ethos-u65-256, their weights in .*small\.safetensors\. Next: udc check /);
      const { definition, network: parsed } = parseDefinition(await readFile(out, 'utf8'));
      assert.deepEqual([definition!.name, definition!.target.npu], ['small', 'ethos-u65-256']);
      assert.ok(parsed!.architectures > 1n);
      assert.equal(definition!.training.initialWeights, 'small.safetensors');
      assert.deepEqual(
        initialProblems(parsed!, readInitialWeights(await readFile(join(folder, 'small.safetensors')))),
        [],
      );
      const checked = await udc('check', out);
      assert.deepEqual([checked.code, checked.err], [0, '']);
    }));

  it('leaves weights that udc check wants to find, and whose layers it compares', () =>
    withNetwork(async (file, folder) => {
      const out = join(folder, 'small.udc.yaml');
      await udc('import', file, '--out', out);
      const text = await readFile(out, 'utf8');
      await writeFile(
        out,
        text.replace(/name: \S+,/g, (name) => name.replace(',', 'x,')),
      );
      assert.match(
        (await udc('check', out)).err,
        /small\.udc\.yaml: training\.initialWeights: .*small\.safetensors: no operation of the file is one of this definition/,
      );
      await writeFile(out, text.replace('small.safetensors', 'gone.safetensors'));
      const { code, err } = await udc('check', out);
      assert.equal(code, 1);
      assert.match(err, /training\.initialWeights: .*gone\.safetensors: there is no such file/);
    }));

  it('writes the network alone with --fixed: as many parameters and operations', () =>
    withNetwork(async (file, folder) => {
      const out = join(folder, 'fixed.udc.yaml');
      assert.equal((await udc('import', file, '--out', out, '--fixed', '--json')).code, 0);
      const { architectures, totals } = JSON.parse((await udc('check', out, '--json')).out) as {
        architectures: string;
        totals: { parameters: { largest: number }; macs: { largest: number } };
      };
      const { totals: original } = await reportOf(file);
      assert.deepEqual(
        [architectures, totals.parameters.largest, totals.macs.largest],
        ['1', original.parameters, original.macs],
      );
    }));

  it('replaces no file, and leaves none where the network cannot be read', () =>
    withNetwork(async (file, folder) => {
      const out = join(folder, 'mine.udc.yaml');
      await writeFile(out, 'mine');
      const { code, err } = await udc('import', file, '--out', out);
      assert.equal(code, 1);
      assert.match(err, /mine\.udc\.yaml: this file exists and may hold your changes/);
      assert.equal(await readFile(out, 'utf8'), 'mine');
      await writeFile(file, 'not a network');
      assert.equal((await udc('import', file, '--out', join(folder, 'new.udc.yaml'))).code, 1);
      assert.deepEqual((await readdir(folder)).sort(), ['mine.udc.yaml', 'small.tflite']);
      assert.equal((await udc('import', file)).code, 2);
    }));

  it('leaves no weights behind where the definition cannot be written, so that the same command works once it can', () =>
    withNetwork(async (file, folder) => {
      if (process.platform === 'win32') return;
      const out = join(folder, 'new.udc.yaml');
      await symlink(join(folder, 'gone', 'new.udc.yaml'), out);
      assert.match((await udc('import', file, '--out', out)).err, /new\.udc\.yaml: there is no such file or folder/);
      assert.deepEqual((await readdir(folder)).sort(), ['new.udc.yaml', 'small.tflite']);
      await mkdir(join(folder, 'gone'));
      assert.equal((await udc('import', file, '--out', out)).code, 0);
    }));
});
