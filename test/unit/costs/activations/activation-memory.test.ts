/**
 * Activation memory over the real schedule: published networks, branches, in-place additions, bricks of 16 channels.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../../src/network/architecture.ts';
import { filterShape, macs, outputElements, parameters } from '../../../../src/network/operation-counts.ts';
import type { Architecture } from '../../../../src/network/types.ts';
import { executionOrder } from '../../../../src/costs/activations/map-layout.ts';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { assignmentFrom, definition, networkOf, networks, seeds } from '../support/random-networks.ts';
import { dscnn, mobilenetV2, resnet8 } from '../support/published-networks.ts';

const ETHOS = findTarget('ethos-u55-128');
const architectureOf = (layers: string, input: string, task = 'classification'): Architecture =>
  instantiate(networkOf(definition(layers, { input, task })), []);

const total = (architecture: Architecture, of: (operation: Architecture['operations'][number]) => number): number =>
  architecture.operations.reduce((sum, operation) => sum + of(operation), 0);
const weights = (architecture: Architecture): number =>
  total(architecture, (operation) => filterShape(operation)?.reduce((a, b) => a * b, 1) ?? 0);

/** Tensors alive while an operation runs, found the slow way: by looking at every reader. */
function liveBytesSlowly({ operations, input }: Architecture, index: number): number {
  const root = (i: number): number =>
    i >= 0 && operations[i]!.kind === 'flatten' ? root(operations[i]!.inputs[0]!) : i;
  const bytes = (i: number): number =>
    i < 0 ? input.height * input.width * input.channels : outputElements(operations[i]!);
  const alive = new Set<number>([root(index)]);
  for (let reader = index; reader < operations.length; reader++) {
    for (const read of operations[reader]!.inputs) if (root(read) < index) alive.add(root(read));
  }
  return [...alive].reduce((sum, i) => sum + bytes(i), 0);
}

describe('activation memory', () => {
  it('ResNet-8: the second residual convolution', () => {
    const network = resnet8();
    const memory = activationMemory(network);
    assert.equal(memory.peakBytes, 49_152);
    assert.equal(network.operations[memory.peakOperation]!.id, 'a/residual/conv2');
    assert.equal(weights(network), 77_360);
    assert.equal(total(network, parameters) - weights(network), 346);
    assert.equal(total(network, macs), 12_501_632);
  });

  it('DS-CNN: the first depthwise convolution', () => {
    const network = dscnn();
    const memory = activationMemory(network, findTarget('ethos-u55-128'));
    assert.equal(memory.peakBytes, 16_000);
    assert.equal(network.operations[memory.peakOperation]!.id, 'b1/dsconv/depthwise');
    assert.equal(weights(network), 22_016);
    assert.equal(total(network, macs), 2_656_768);
  });

  it('MobileNetV2 1.0 at 224 and 0.35 at 144', () => {
    const full = mobilenetV2(224, 32, [16, 24, 32, 64, 96, 160, 320]);
    assert.equal(weights(full), 3_469_760);
    assert.equal(total(full, macs), 300_774_272);
    assert.equal(activationMemory(full).peakBytes, 1_505_280);
    const small = mobilenetV2(144, 16, [8, 8, 16, 24, 32, 56, 112], 448);
    // Published counts have two numbers of batch normalisation for each channel, where `parameters` has one bias.
    assert.equal(
      total(small, parameters) + total(small, ({ batchNorm, outChannels }) => (batchNorm ? outChannels : 0)),
      750_280,
    );
    assert.equal(total(small, macs), 23_499_152);
    assert.equal(activationMemory(small).peakBytes, 311_040);
  });

  it('an addition in place, where the target allows it and nothing else reads the input', () => {
    const layers =
      '  - { name: a, op: conv, kernel: 3x3, filters: 8 }\n  - { name: b, op: conv, kernel: 3x3, filters: 8 }\n  - { name: c, op: add, from: a }\n  - { name: d, op: conv, kernel: 3x3, filters: 8 }\n  - { name: e, op: add, from: a }';
    const architecture = instantiate(networkOf(definition(layers, { task: 'super-resolution', input: '16x16x8' })), []);
    const tensor = 16 * 16 * 8;
    const ids = architecture.operations.map(({ id }) => id);
    assert.deepEqual(ids, ['a/conv/conv', 'b/conv/conv', 'c/add/add', 'd/conv/conv', 'e/add/add']);
    assert.deepEqual(activationMemory(architecture).perOperation, [
      2 * tensor,
      2 * tensor,
      3 * tensor,
      3 * tensor,
      3 * tensor,
    ]);
    // In bricks of 16 channels but for the network's input and output; nothing writes over `a`, which two operations
    // read.
    assert.deepEqual(activationMemory(architecture, ETHOS).perOperation, [
      3 * tensor,
      4 * tensor,
      4 * tensor,
      6 * tensor,
      5 * tensor,
    ]);
    assert.deepEqual(
      activationMemory(architecture, findTarget('stm32h743')).perOperation,
      activationMemory(architecture).perOperation,
    );
  });

  it('live ranges equal a search for readers, over random networks', () => {
    fc.assert(
      fc.property(networks(8), seeds, (network, numbers) => {
        const architecture = instantiate(network, assignmentFrom(network, numbers));
        const memory = activationMemory(architecture);
        assert.deepEqual(
          memory.perOperation,
          architecture.operations.map((_, i) => liveBytesSlowly(architecture, i)),
        );
        assert.equal(memory.peakBytes, memory.perOperation[memory.peakOperation]);
      }),
      { numRuns: 80, seed: 21 },
    );
  });

  it("an Ethos-U keeps maps in bricks of 16 channels, and the network's input and output without gaps", () => {
    // What Vela 5.2 takes for these networks without weight buffers and cascades.
    for (const [channels, side, bytes] of [
      [8, 64, 131_072],
      [16, 64, 131_072],
      [20, 32, 65_536],
      [24, 32, 65_536],
      [40, 32, 98_304],
    ] as const) {
      const layers = [1, 2, 3]
        .map((i) => `  - { name: c${i}, op: conv, kernel: 3x3, filters: ${channels} }`)
        .join('\n');
      const { peakBytes } = activationMemory(
        architectureOf(`${layers}\n  - { name: p, op: global-average-pool }`, `${side}x${side}x3`),
        ETHOS,
      );
      assert.equal(peakBytes, bytes, `${channels} channels`);
    }
    const [first, last] = activationMemory(
      architectureOf(
        '  - { name: a, op: conv, kernel: 3x3, filters: 24 }\n  - { name: b, op: conv, kernel: 3x3, filters: 9 }',
        '9x9x9',
        'super-resolution',
      ),
      ETHOS,
    ).perOperation;
    assert.deepEqual([first, last], [736 + 2592, 2592 + 736]);
  });

  it('maps that are read in another shape lie without gaps', () => {
    const flat =
      '  - { name: c, op: conv, kernel: 3x3, filters: 20 }\n  - { name: f, op: flatten }\n  - { name: d, op: dense, units: 5 }';
    assert.deepEqual(activationMemory(architectureOf(flat, '8x8x1'), ETHOS).perOperation, [64 + 1280, 1280, 1280 + 16]);
    // An activation over fewer than 8 channels is run on a deeper map; without one the map lies in bricks.
    const shallow = (activation: string): number =>
      activationMemory(
        architectureOf(
          `  - { name: c, op: conv, kernel: 3x3, filters: 4, activation: ${activation} }\n  - { name: d, op: conv, kernel: 3x3, filters: 16 }\n  - { name: p, op: global-average-pool }`,
          '8x8x1',
        ),
        ETHOS,
      ).perOperation[0]!;
    assert.deepEqual([shallow('relu'), shallow('none')], [64 + 256, 64 + 1024]);
  });

  it('an activation over few channels reads a map without gaps and may write bricks behind it', () => {
    // What Vela 5.2 takes for these networks without weight buffers and cascades, U55-32 to U65-512.
    const last = '  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 10 }';
    const linear = `  - { name: s, op: conv, kernel: 3x3, stride: 2, filters: 4 }
  - { name: i, op: ibn, kernel: 5x5, filters: 4, expand: 1 }
  - { name: c, op: pwconv, filters: 4 }
  - { name: a, op: add, from: s, activation: relu }
  - { name: m, op: max-pool, kernel: 2x2, stride: 1, padding: same }
${last}`;
    assert.equal(activationMemory(architectureOf(linear, '16x8x3'), ETHOS).peakBytes, 768);
    const beside = `  - { name: s, op: conv, kernel: 5x3, filters: 4 }
  - { name: b, op: dsconv, kernel: 3x3, filters: 4 }
  - { name: f, op: fused-ibn, kernel: 3x3, filters: 4, expand: 1 }
  - { name: w, op: dwconv, kernel: 3x3 }
  - { name: a, op: add, from: b }
  - { name: e, op: dsconv, kernel: 3x3, filters: 4 }
${last}`;
    assert.equal(activationMemory(architectureOf(beside, '20x8x1'), ETHOS).peakBytes, 3840);
  });

  it('the shortcut of a residual block runs before its convolutions on an Ethos-U', () => {
    const { operations } = architectureOf(
      '  - { name: a, op: conv, kernel: 3x3, filters: 16 }\n  - { name: r, op: residual, kernel: 3x3, filters: 32, shortcut: projection }\n  - { name: p, op: global-average-pool }',
      '16x16x3',
    );
    assert.deepEqual(
      operations.map(({ id }) => id.split('/').at(-1)),
      ['conv', 'conv1', 'conv2', 'shortcut', 'add', 'pool'],
    );
    assert.deepEqual(executionOrder(operations, ETHOS), [0, 3, 1, 2, 4, 5]);
    assert.deepEqual(executionOrder(operations), [0, 1, 2, 3, 4, 5]);
  });

  it('runs every operation once, after what it reads, over random networks', () => {
    fc.assert(
      fc.property(networks(8), seeds, (network, numbers) => {
        const { operations } = instantiate(network, assignmentFrom(network, numbers));
        const order = executionOrder(operations, ETHOS);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          operations.map((_, i) => i),
        );
        operations.forEach(({ inputs }, i) =>
          inputs.forEach((input) => {
            assert.ok(order.indexOf(input) < order.indexOf(i));
          }),
        );
      }),
      { numRuns: 60, seed: 22 },
    );
  });

  it('a network without operations is its input', () => {
    assert.deepEqual(activationMemory({ name: 'none', input: { height: 4, width: 4, channels: 2 }, operations: [] }), {
      peakBytes: 32,
      peakOperation: -1,
      perOperation: [],
    });
  });
});
