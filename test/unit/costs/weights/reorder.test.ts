/** Brick order: golden padding and stream lengths, and the inverse. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import {
  brickElements,
  brickOrder,
  reorder,
  restore,
  type BrickOrder,
  type Ohwi,
} from '../../../../src/costs/weights/mlw/reorder.ts';
import { bellWeights } from '../support/weight-generators.ts';
import golden from './mlw-golden.json' with { type: 'json' };

const orders: fc.Arbitrary<BrickOrder> = fc
  .record({
    traversal: fc.constantFrom('depthwise', 'part-kernel', 'depth-first'),
    inputBits: fc.constantFrom(8 as const, 16 as const),
    blocks: fc.integer({ min: 1, max: 16 }),
    outputMicroDepth: fc.constantFrom(4, 8),
    height: fc.constantFrom(4, 8),
    width: fc.constantFrom(4, 8),
  })
  .map(({ traversal, inputBits, blocks, outputMicroDepth, height, width }) => ({
    depthwise: traversal === 'depthwise',
    partKernel: traversal === 'part-kernel',
    inputBits,
    outputBlockDepth: blocks * 8,
    outputMicroDepth,
    inputMicroDepth: 8,
    subKernel: { height, width },
  }));
const shapes = fc.tuple(
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 1, max: 11 }),
  fc.integer({ min: 1, max: 11 }),
  fc.integer({ min: 1, max: 70 }),
);

describe('brick order', () => {
  for (const item of golden.reorder) {
    it(`golden: ${item.ohwi.join('×')}${item.depthwise ? ' depthwise' : item.partkernel ? ' part-kernel' : ''}`, () => {
      const ohwi = item.ohwi as [number, number, number, number];
      const order: BrickOrder = {
        depthwise: item.depthwise === 1,
        partKernel: item.partkernel === 1,
        inputBits: item.ifm_bits === 16 ? 16 : 8,
        outputBlockDepth: item.ofm_block_depth,
        outputMicroDepth: item.ofm_ublock_depth,
        inputMicroDepth: item.ifm_ublock_depth,
        subKernel: { height: 8, width: 8 },
      };
      const coded = reorder(bellWeights(4242, item.elements, 6, 1), ohwi, order);
      assert.equal(coded.length, item.padded);
      assert.equal(encodeStream(coded, 'classic').length, item.bytes);
    });
  }

  it('every weight once, zeros elsewhere, and back', () => {
    fc.assert(
      fc.property(shapes, orders, (shape, order) => {
        const ohwi: Ohwi = order.depthwise ? [shape[0], shape[1], shape[2], 1] : shape;
        const elements = ohwi[0] * ohwi[1] * ohwi[2] * ohwi[3];
        fc.pre(elements < 60000);
        const positions = brickOrder(ohwi, order);
        assert.equal(positions.length, brickElements(ohwi, order));
        assert.deepEqual(
          positions.filter((p) => p >= 0).sort(),
          Int32Array.from({ length: elements }, (_, i) => i),
        );
        const values = Int16Array.from({ length: elements }, (_, i) => (i % 511) - 255);
        assert.deepEqual(restore(reorder(values, ohwi, order), ohwi, order), values);
      }),
      { numRuns: 150, seed: 5 },
    );
  });
});
