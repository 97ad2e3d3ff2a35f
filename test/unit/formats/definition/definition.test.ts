/** Definitions around networks: parsed again they are the same network, and a search space holds it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { weightsFor } from '../../../../src/formats/definition/imported-weights.ts';
import { foldedFor, writeDefinition } from '../../../../src/formats/definition/write-definition.ts';
import { exportInput } from '../../../../src/reports/export-input.ts';
import { networkReport } from '../../../../src/formats/network/network-report.ts';
import { onTarget } from '../../../../src/formats/network/network-target.ts';
import { packFolded } from '../../../../src/integer/pack-folded.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { sizeNetwork } from '../../../../src/integer/sizing.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { Architecture } from '../../../../src/network/types.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { readExactLayers } from '../../../../src/runs/folder/read-exact-layers.ts';
import { EXACT_LAYERS, type ExactLayers } from '../../../../src/wire/exact-layers.ts';
import { writeSafetensors } from '../../../../src/base/safetensors-file.ts';
import { inFolder } from '../../../scratch.ts';
import { NETWORKS, randomImages } from '../../integer/networks.ts';
import { exampleRun, foldedOf } from '../run.ts';
import { randomGraph } from '../../network/support/random-graphs.ts';
import { evaluateInteger } from '../../../../src/integer/evaluate-integer.ts';
import { readOnnx } from '../../../../src/formats/onnx/read-onnx.ts';
import { writeOnnx } from '../../../../src/formats/onnx/write-onnx.ts';
import { readTflite } from '../../../../src/formats/tflite/read-tflite.ts';
import { writeTflite } from '../../../../src/formats/tflite/write-tflite.ts';
import { cases } from '../../../cases.ts';

const shapes = ({ operations }: Architecture): unknown[] =>
  operations.map(({ kind, inChannels, outChannels, kernel, stride, activation, outSize }) => ({
    kind,
    inChannels,
    outChannels,
    kernel,
    stride,
    activation,
    outSize,
  }));

function architectureOf(layers: string): Architecture {
  const { network, diagnostics } = parseDefinition(
    `udc: 1\nname: a\ninput: 16x12x8\ntarget: { npu: ethos-u55-128 }\nlayers:\n${layers}`,
  );
  assert.ok(network, diagnostics.map(({ message }) => message).join('; '));
  return instantiate(network, []);
}

const END = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 6 }\n';
const LAYERS: Readonly<Record<string, string>> = {
  'a plain chain':
    '  - { name: c, op: conv, kernel: 5x3, stride: 2x1, filters: 16, padding: valid }\n  - { name: p, op: max-pool, kernel: 2 }\n',
  'separable and pointwise':
    '  - { name: d, op: dwconv, kernel: 3x3, multiplier: 2, activation: relu6 }\n  - { name: s, op: dsconv, kernel: 3x3, stride: 2, filters: 16 }\n  - { name: w, op: pwconv, filters: 24, activation: none }\n',
  'residual blocks':
    '  - { name: r, op: residual, kernel: 3x3, filters: 8 }\n  - { name: s, op: residual, kernel: 3x3, stride: 2, filters: 16 }\n  - { name: t, op: residual, kernel: 3x3, filters: 24, shortcut: projection }\n',
  bottlenecks:
    '  - { name: i, op: ibn, kernel: 5x5, filters: 8, expand: 3, shortcut: identity, activation: relu6 }\n  - { name: f, op: fused-ibn, kernel: 3x3, filters: 8, expand: 2, shortcut: identity }\n  - { name: j, op: ibn, kernel: 3x3, stride: 2, filters: 16, expand: 2 }\n',
  'shortcuts around pools':
    '  - { name: m, op: max-pool, kernel: 3x3, stride: 1, padding: same }\n  - { name: a, op: add, from: input, activation: relu }\n  - { name: v, op: average-pool, kernel: 2, stride: 1, padding: same }\n  - { name: b, op: add, from: a }\n  - { name: w, op: pwconv, filters: 8, activation: none, input: b }\n  - { name: n, op: max-pool, kernel: 3x3, stride: 1, padding: same, input: b }\n  - { name: c, op: add, from: w }\n',
  shortcuts:
    '  - { name: a, op: conv, kernel: 3x3, filters: 8, shortcut: identity }\n  - { name: b, op: dsconv, kernel: 3x3, filters: 16, shortcut: projection }\n',
  'an addition across layers':
    '  - { name: a, op: conv, kernel: 3x3, filters: 16 }\n  - { name: b, op: conv, kernel: 3x3, filters: 16, dilation: 2 }\n  - { name: c, op: dsconv, kernel: 3x3, filters: 16 }\n  - { name: d, op: conv, kernel: 1x3, filters: 16 }\n  - { name: e, op: add, from: a, activation: relu }\n',
  'a flattened map':
    '  - { name: p, op: average-pool, kernel: 4, stride: 4 }\n  - { name: f, op: flatten }\n  - { name: h, op: dense, units: 20, activation: relu }\n',
};

describe('definitions around networks', () => {
  for (const [what, layers] of Object.entries(LAYERS)) {
    it(`writes ${what}`, () => {
      const architecture = architectureOf(layers + (what === 'a flattened map' ? END.split('\n')[1]! : END));
      for (const search of [false, true]) {
        const written = writeDefinition(architecture, { name: 'a network!', npu: 'ethos-u55-128', search });
        const { network, definition, diagnostics } = parseDefinition(written.text);
        assert.deepEqual(
          diagnostics.filter(({ severity }) => severity === 'error'),
          [],
        );
        assert.equal(definition!.name, 'a-network-');
        assert.equal(network!.architectures > 1n, search);
        assert.deepEqual(
          shapes(written.architecture),
          shapes({ ...architecture, operations: written.operations.map((i) => architecture.operations[i]!) }),
        );
        if (!search) assert.deepEqual(shapes(instantiate(network!, [])), shapes(written.architecture));
      }
    });
  }

  it('offers the bitwidths that the target stores', () => {
    const architecture = architectureOf(LAYERS['a plain chain']! + END);
    for (const [npu, bits] of [
      ['ethos-u55-128', '2 | 3 | 4 | 6 | 8'],
      ['max78000', '2 | 4 | 8'],
      ['coral-edge-tpu', '8'],
    ]) {
      assert.ok(
        writeDefinition(architecture, { name: 'a', npu: npu!, search: true }).text.includes(`search: { bits: ${bits},`),
        npu,
      );
    }
  });

  it('takes the weights along', () => {
    const { integer } = exportInput(exampleRun((i) => i)).network!;
    const written = writeDefinition(integer.architecture, { name: 'again', npu: 'ethos-u55-128', search: true });
    const again = quantise(foldedFor(written, integer));
    for (const [i, { weights, output }] of again.operations.entries()) {
      const original = integer.operations[written.operations[i]!]!;
      assert.deepEqual(weights?.codes, original.weights?.codes);
      assert.equal(output.zeroPoint, original.output.zeroPoint);
      assert.ok(Math.abs(output.scale / original.output.scale - 1) < 1e-6);
      weights?.biases.forEach((bias, o) =>
        assert.ok(Math.abs(bias - original.weights!.biases[o]!) <= 1 + Math.abs(bias) * 1e-5),
      );
    }
  });

  it('keeps what each layer costs with the weights, as the table has it', () =>
    inFolder(async (folder) => {
      const { integer } = exportInput(exampleRun((i) => i)).network!;
      for (const name of ['ethos-u55-128', 'ethos-u85-256', 'mcu-packed', 'generic-bitmask']) {
        const target = findTarget(name);
        const file = join(folder, `${name}.safetensors`);
        const stored = onTarget(integer, target);
        const written = writeDefinition(stored.architecture, { name: 'again', npu: name, search: false });
        await writeFile(file, weightsFor(written, stored, target));
        const exact = await readExactLayers(file);
        assert.deepEqual(
          weightsFor(written, stored, target, sizeNetwork(stored, target)),
          weightsFor(written, stored, target),
          'sized before',
        );
        const { rows } = networkReport(integer, target);
        assert.equal(exact?.target, name);
        assert.deepEqual(
          exact.layers.map(({ totalBytes, sideBytes, parameters, macs, output }) => ({
            totalBytes,
            sideBytes,
            parameters,
            macs,
            output,
          })),
          rows.map(({ bytes: { totalBytes, sideBytes }, parameters, macs, output: { height, width, channels } }) => ({
            totalBytes,
            sideBytes,
            parameters,
            macs,
            output: [height, width, channels],
          })),
        );
      }
    }));

  it('says nothing of costs where the weights file does not, and names damage', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'w.safetensors');
      const tried = async (bytes: Uint8Array): Promise<ExactLayers | undefined> => {
        await writeFile(file, bytes);
        return readExactLayers(file);
      };
      assert.equal(await tried(packFolded(NETWORKS['residual']!())), undefined);
      assert.equal(await tried(new Uint8Array(3)), undefined);
      await assert.rejects(() => tried(new Uint8Array(64).fill(255)), /a header of \d+ bytes in a file of 64/);
      await assert.rejects(
        () => tried(writeSafetensors([], { [EXACT_LAYERS]: '{"target": 1, "layers": []}' })),
        /target: a text was expected, found 1/,
      );
      await assert.rejects(() => readExactLayers(join(folder, 'none')), { code: 'ENOENT' });
    }));

  it('refuses an operation that nobody reads', () => {
    const { architecture } = NETWORKS['residual']!();
    const operations = architecture.operations.map((operation, i) =>
      i === 6 ? { ...operation, inputs: [4, 4] } : operation,
    );
    assert.throws(
      () => writeDefinition({ ...architecture, operations }, { name: 'a', npu: 'ethos-u55-128', search: false }),
      /cannot be written as a definition: No layer reads `\w+`/,
    );
  });

  it('are written around networks with branches, as they are and with a search space, also of their files', () => {
    for (let seed = 0; seed < cases(20, 60); seed++) {
      const { text, network } = randomGraph(seed);
      const folded = foldedOf(instantiate(network, []), seed);
      const integer = quantise(folded);
      const files = [
        readTflite(writeTflite(integer, { description: 'graph' })),
        readOnnx(writeOnnx(integer, { producerVersion: '1', description: 'graph', int4: false })),
      ];
      for (const { architecture } of [folded, ...files.map((file) => file.network)])
        for (const search of [false, true]) {
          const written = writeDefinition(architecture, { name: 'graph', npu: 'ethos-u55-128', search });
          const order = written.operations;
          const back = written.architecture.operations.map(({ inputs }) =>
            inputs.map((at) => (at < 0 ? at : order[at]!)),
          );
          const given = order.map((at) => architecture.operations[at]!);
          assert.deepEqual(
            back.map((list) => new Set(list)),
            given.map(({ inputs }) => new Set(inputs)),
            text,
          );
          assert.deepEqual(shapes(written.architecture), shapes({ ...architecture, operations: given }));
          assert.equal(new Set(order).size, architecture.operations.length);
        }
      const images = randomImages(folded, 3, seed);
      const expected = evaluateInteger(integer, images, 3);
      for (const file of files) assert.deepEqual(evaluateInteger(file.network, images, 3), expected, text);
    }
  });
});
