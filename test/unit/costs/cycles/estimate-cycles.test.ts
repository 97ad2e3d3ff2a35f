/** The cycle estimate: by hand for single operators, and its laws over whole networks. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../../src/network/architecture.ts';
import { macs } from '../../../../src/network/operation-counts.ts';
import { chooseBlock } from '../../../../src/costs/weights/ethos/block-choice.ts';
import { commandStreamBytes } from '../../../../src/costs/cycles/command-stream.ts';
import { estimateCycles } from '../../../../src/costs/cycles/estimate-cycles.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import { definition, networkOf } from '../support/random-networks.ts';
import { dscnn, resnet8 } from '../support/published-networks.ts';

const one = (layer: string, input: string): ReturnType<typeof resnet8> =>
  instantiate(networkOf(definition(`  - { name: a, ${layer} }`, { input, task: 'super-resolution' })), []);

describe('cycle estimate', () => {
  it('says what Vela 5.2 says, operator by operator', () => {
    // vela --accelerator-config … --verbose-performance for three convolutions of 20 channels, a global average pool
    // and a dense layer.
    const layers = [1, 2, 3].map((i) => `  - { name: c${i}, op: conv, kernel: 3x3, filters: 20 }`).join('\n');
    const architecture = instantiate(
      networkOf(
        definition(`${layers}\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4 }`, {
          input: '32x32x3',
        }),
      ),
      [],
    );
    const vela = {
      'ethos-u55-128': [20_880, 75_897, 75_897, 15_628, 192],
      'ethos-u65-256': [12_217, 38_988, 38_988, 15_551, 331],
      'ethos-u85-256': [23_437, 37_997, 37_997, 10_356, 455],
    };
    for (const [target, cycles] of Object.entries(vela)) {
      const { perOperation } = estimateCycles(architecture, findTarget(target), [800, 4000, 4000, 0, 144]);
      cycles.forEach((expected, i) => {
        assert.ok(
          Math.abs(perOperation[i]! - expected) <= Math.max(100, 0.03 * expected),
          `${target}, operator ${i}: ${perOperation[i]} said, ${expected} by Vela`,
        );
      });
    }
  });

  it('says it of weights that are fetched in parts, the last one smaller than the compiler would take', () => {
    // vela --accelerator-config ethos-u55-32 --system-config Ethos_U55_Deep_Embedded: both first layers are computed in
    // two parts, so that the third one's weights are fetched while the last part of the second is.
    const layers = [
      'name: first, op: conv, kernel: 5x5, filters: 32',
      'name: second, op: conv, kernel: 3x3, stride: 2, filters: 64',
      'name: third, op: conv, kernel: 5x5, filters: 12',
      'name: pool, op: global-average-pool',
      'name: logits, op: dense, units: 4',
    ];
    const text = definition(layers.map((layer) => `  - { ${layer} }`).join('\n'), { input: '16x16x1' });
    const target = findTarget('ethos-u55-32+Ethos_U55_Deep_Embedded');
    const { perOperation } = estimateCycles(instantiate(networkOf(text), []), target, [1216, 17_648, 17_536, 0, 96]);
    [61_558, 39_104, 68_356, 409, 288].forEach((expected, i) => {
      assert.ok(Math.abs(perOperation[i]! - expected) <= 0.02 * expected, `operator ${i}: ${perOperation[i]}`);
    });
  });

  it('says it of separable layers and pools too, on every size of Ethos-U85', () => {
    // By the same command; stored weight bytes, then cycles, of stem, depthwise, pointwise, max pool, depthwise,
    // average pool, global average pool and dense layer.
    const layers = [
      'name: stem, op: conv, kernel: 3x3, filters: 20, stride: 2, bits: 8',
      'name: separable, op: dsconv, kernel: 5x5, filters: 72',
      'name: most, op: max-pool, kernel: 3x3, stride: 2',
      'name: each, op: dwconv, kernel: 3x3, stride: 2',
      'name: mean, op: average-pool, kernel: 2x2, stride: 1',
      'name: pool, op: global-average-pool',
      'name: logits, op: dense, units: 4',
    ];
    const text = definition(layers.map((layer) => `  - { ${layer} }`).join('\n'), { input: '50x40x3' });
    const architecture = instantiate(networkOf(text), []);
    const vela: Readonly<Record<string, readonly (readonly number[])[]>> = {
      'ethos-u85-128': [
        [864, 640, 2304, 0, 768, 0, 0, 432],
        [43_629, 29_329, 36_589, 24_390, 2889, 3826, 1005, 434],
      ],
      'ethos-u85-512': [
        [1072, 672, 2368, 0, 800, 0, 0, 576],
        [16_113, 8689, 25_390, 7105, 1953, 1444, 996, 390],
      ],
      'ethos-u85-2048': [
        [1056, 800, 2400, 0, 864, 0, 0, 1296],
        [14_765, 3216, 3914, 2709, 1953, 605, 993, 1562],
      ],
    };
    for (const [target, [bytes, cycles]] of Object.entries(vela)) {
      const { perOperation } = estimateCycles(architecture, findTarget(target), bytes!);
      cycles!.forEach((expected, i) => {
        const error = Math.abs(perOperation[i]! / expected - 1);
        assert.ok(error <= 0.02, `${target}, operator ${i}: ${perOperation[i]} said, ${expected} by Vela`);
      });
    }
  });

  it('weights out of flash bind a layer without reuse', () => {
    const architecture = one('op: pwconv, filters: 256', '1x1x256');
    const estimate = (bytes: number, name = 'Ethos_U55_High_End_Embedded'): number =>
      estimateCycles(
        architecture,
        findTarget('ethos-u55-128'),
        [bytes],
        findTarget('ethos-u55-128').systems.find((system) => system.name === name),
      ).total;
    const side = 256 * 10;
    assert.equal(estimate(65_536), (65_536 + side) / (0.5e9 / 500e6));
    assert.equal(estimate(65_536, 'Ethos_U55_Deep_Embedded'), (65_536 + side) / (0.1e9 / 200e6));
  });

  it('never beats the multiply-accumulate array', () => {
    for (const architecture of [resnet8(), dscnn()]) {
      for (const width of [32, 64, 128, 256]) {
        const { perOperation, known } = estimateCycles(
          architecture,
          findTarget(`ethos-u55-${width}`),
          architecture.operations.map(() => 1000),
        );
        assert.ok(known);
        architecture.operations.forEach((operation, i) => {
          assert.ok(perOperation[i]! >= macs(operation) / width, `${operation.id} on ${width}`);
        });
      }
    }
  });

  it('a shared activation over few channels is a pass of its own, an addition costs more than a copy', () => {
    const total = (layers: string): number =>
      estimateCycles(
        instantiate(
          networkOf(definition(`${layers}\n  - { name: p, op: global-average-pool }`, { input: '32x32x3' })),
          [],
        ),
        findTarget('ethos-u55-128'),
        [500, 500, 500, 0, 0],
      ).perOperation.at(-2)!;
    const few = (activation: string): number =>
      total(`  - { name: a, op: conv, kernel: 3x3, filters: 4, activation: ${activation} }`);
    // 32 x 32 x 4 elements, one a cycle, and the last block.
    assert.ok(few('relu') - few('none') >= 4096);
    const sum = total(
      '  - { name: a, op: conv, kernel: 3x3, filters: 16 }\n  - { name: b, op: conv, kernel: 3x3, filters: 16 }\n  - { name: s, op: add, from: a }',
    );
    assert.equal(sum, 1.5 * 32 * 32 * 16, '1.5 cycles an element on 128 MAC');
  });

  it("larger weights are never faster by more than the compiler's own rules of thumb", () => {
    const architecture = resnet8();
    const target = findTarget('ethos-u55-256');
    const at = (bytes: number): number =>
      estimateCycles(
        architecture,
        target,
        architecture.operations.map(() => bytes),
      ).total;
    assert.ok(at(1000) <= at(10_000));
    assert.ok(at(10_000) < at(100_000));
  });

  it("every Ethos-U has a model, and its presets begin with the compiler's default", () => {
    for (const target of TARGETS)
      assert.equal(estimateCycles(dscnn(), target, []).known, target.engine !== undefined, target.name);
    assert.deepEqual(
      ['ethos-u55-64', 'ethos-u65-512', 'ethos-u85-512'].map((name) => findTarget(name).systems[0]!.name),
      ['Ethos_U55_High_End_Embedded', 'Ethos_U65_Client_Server', 'Ethos_U85_SYS_DRAM_Mid'],
    );
  });

  it('the command stream grows with the passes of a network, and other chips have none', () => {
    const bytes = (architecture: typeof small): number =>
      commandStreamBytes(architecture, findTarget('ethos-u55-128'))!;
    const small = one('op: conv, kernel: 3x3, filters: 3', '8x8x3');
    assert.ok(bytes(small) > 300 && bytes(small) < 1000);
    assert.ok(bytes(resnet8()) > bytes(small) + 9 * 100);
    assert.equal(commandStreamBytes(small, findTarget('max78000')), undefined);
  });

  it('blocks fit the shared buffer and the layer', () => {
    for (const architecture of [resnet8(), dscnn()]) {
      for (const { engine } of TARGETS) {
        if (!engine) continue;
        for (const operation of architecture.operations.filter(({ kind }) => kind !== 'flatten')) {
          const { output, input } = chooseBlock(operation, engine);
          assert.equal(output.depth % engine.microBlock.depth, 0);
          assert.ok(2 * input.height * input.width * input.depth <= engine.sharedBanks * 1024);
          assert.ok(output.depth <= 128 && output.depth < operation.outChannels + engine.microBlock.depth);
        }
      }
    }
  });

  it('is unknown, and zero, where the target publishes no rates', () => {
    assert.deepEqual(estimateCycles(dscnn(), findTarget('stm32h743'), []), {
      bottlenecks: [],
      known: false,
      total: 0,
      perOperation: dscnn().operations.map(() => 0),
    });
    assert.equal(
      estimateCycles(dscnn(), findTarget('stm32n6'), []).known,
      false,
      'a rate of multiply-accumulates is no model',
    );
  });
});
