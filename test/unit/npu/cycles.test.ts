/** The cycle estimate: by hand for single operators, and its laws over whole networks. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../src/model/architecture.ts';
import { macs } from '../../../src/model/cost.ts';
import { chooseBlock } from '../../../src/npu/blocks.ts';
import { estimateCycles } from '../../../src/npu/cycles.ts';
import { findTarget, TARGETS } from '../../../src/npu/targets.ts';
import { definition, networkOf } from './networks.ts';
import { dscnn, resnet8 } from './zoo.ts';

const one = (layer: string, input: string): ReturnType<typeof resnet8> => instantiate(networkOf(definition(`  - { name: a, ${layer} }`, { input, task: 'super-resolution' })), []);

describe('cycle estimate', () => {
  it('a depth-first convolution by hand', () => {
    // 16 x 16 x 64 outputs of 3x3 x 64 on 128 MAC: every block does ceil(w/2)·h micro-blocks of 8 channels in 4 cycles for each of 9 elements and 2 input blocks.
    const architecture = one('op: conv, kernel: 3x3, filters: 64', '16x16x64');
    const target = findTarget('ethos-u55-128');
    const { output } = chooseBlock(architecture.operations[0]!, target.engine!);
    const blocks = (16 / output.height) * (16 / output.width) * (64 / output.depth);
    const expected = blocks * Math.max(32, (4 * output.height * output.width) / 2) * 9 * (output.depth / 8) * 2;
    assert.equal(estimateCycles(architecture, target, [0]).total, expected);
    // 128 MAC a cycle at most: 9 437 184 MACs need 73 728 cycles.
    assert.ok(expected >= macs(architecture.operations[0]!) / 128);
  });

  it('weights out of flash bind a layer without reuse', () => {
    const architecture = one('op: pwconv, filters: 256', '1x1x256');
    const cycles = estimateCycles(architecture, findTarget('ethos-u55-128'), [65536]).total;
    assert.equal(cycles, 65536 / (0.5e9 / 500e6));
    const slow = findTarget('ethos-u55-128').systems.find(({ name }) => name === 'deep embedded');
    assert.equal(estimateCycles(architecture, findTarget('ethos-u55-128'), [65536], slow).total, 65536 / (0.1e9 / 200e6));
  });

  it('never beats the multiply-accumulate array, and more of it is never slower', () => {
    for (const architecture of [resnet8(), dscnn()]) {
      const none = architecture.operations.map(() => 0);
      let before = Infinity;
      for (const width of [32, 64, 128, 256]) {
        const { total, perOperation, known } = estimateCycles(architecture, findTarget(`ethos-u55-${width}`), none);
        assert.ok(known);
        architecture.operations.forEach((operation, i) => { assert.ok(perOperation[i]! >= macs(operation) / width, `${operation.id} on ${width}`); });
        assert.ok(total <= before);
        before = total;
      }
    }
  });

  it('smaller weights are never slower', () => {
    const architecture = resnet8();
    const target = findTarget('ethos-u55-256');
    const at = (bytes: number): number => estimateCycles(architecture, target, architecture.operations.map(() => bytes)).total;
    assert.ok(at(1000) <= at(10_000));
    assert.ok(at(10_000) < at(100_000));
  });

  it('blocks fit the shared buffer and the layer', () => {
    for (const architecture of [resnet8(), dscnn()]) {
      for (const { engine } of TARGETS) {
        if (!engine) continue;
        for (const operation of architecture.operations.filter(({ kind }) => kind !== 'add' && kind !== 'flatten')) {
          const { output, input } = chooseBlock(operation, engine);
          assert.equal(output.depth % engine.microBlock.depth, 0);
          assert.ok(2 * input.height * input.width * input.depth <= engine.sharedBanks * 1024);
          assert.ok(output.depth <= 128 && output.depth < operation.outChannels + engine.microBlock.depth);
        }
      }
    }
  });

  it('is unknown, and zero, where the target publishes no rates', () => {
    assert.deepEqual(estimateCycles(dscnn(), findTarget('stm32h743'), []), { known: false, total: 0, perOperation: dscnn().operations.map(() => 0) });
    const n6 = estimateCycles(dscnn(), findTarget('stm32n6'), []);
    assert.ok(n6.known && n6.total >= 2_656_768 / 300);
  });
});
