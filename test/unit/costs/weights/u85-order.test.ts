/**
 * The order of Ethos-U85 weights: every weight once, the padding that is expected, and the streams that Vela writes.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { U85_ENGINES, type U85Macs } from '../../../../src/targets/u85-engine.ts';
import { encodeFast } from '../../../../src/costs/weights/u85/fast-format.ts';
import {
  deepestMicro,
  microDepth,
  orderOf,
  traversalOf,
  type U85Shape,
} from '../../../../src/costs/weights/u85/u85-layouts.ts';
import {
  u85Elements,
  u85Interleaved,
  u85Positions,
  u85Stream,
  type U85Order,
} from '../../../../src/costs/weights/u85/u85-order.ts';
import { uniformWeights } from '../support/weight-generators.ts';
import golden from './u85-golden.json' with { type: 'json' };

const MACS = [128, 256, 512, 1024, 2048] as const;
const sides = (max: number): fc.Arbitrary<{ height: number; width: number }> =>
  fc.record({ height: fc.integer({ min: 1, max }), width: fc.integer({ min: 1, max }) });

const layouts: fc.Arbitrary<{ ohwi: WeightTensor['ohwi']; order: U85Order }> = fc
  .record({
    kind: fc.constantFrom('conv' as const, 'depthwise' as const, 'dense' as const),
    outputs: fc.integer({ min: 1, max: 90 }),
    kernel: sides(10),
    inputs: fc.integer({ min: 1, max: 140 }),
    stride: sides(3),
    dilation: sides(2),
    macs: fc.constantFrom(...MACS),
    sparse: fc.boolean(),
    blocks: fc.integer({ min: 1, max: 6 }),
    deep: fc.boolean(),
  })
  .map(({ kind, outputs, kernel, inputs, stride, dilation, macs, sparse, blocks, deep }) => {
    const ohwi =
      kind === 'dense'
        ? ([outputs, 1, 1, inputs] as const)
        : ([outputs, kernel.height, kernel.width, kind === 'depthwise' ? 1 : inputs] as const);
    const shape: U85Shape = {
      kind,
      ohwi,
      ...(kind !== 'dense' && { stride, dilation }),
      outSize: { height: 4, width: 5 },
    };
    const engine = U85_ENGINES[macs];
    const micro = deep ? deepestMicro(engine, shape) : microDepth(engine, shape);
    return { ohwi, order: orderOf(engine, shape, sparse && kind !== 'depthwise', micro, Math.max(16, micro) * blocks) };
  })
  .filter(({ ohwi }) => ohwi.reduce((a, b) => a * b) < 30_000);

describe('Ethos-U85 order', () => {
  it('has every weight once over its decoders, zeros elsewhere, and the length that is told', () => {
    fc.assert(
      fc.property(layouts, ({ ohwi, order }) => {
        const elements = ohwi.reduce((product, size) => product * size);
        const { stream, all } = u85Elements(ohwi, order);
        assert.equal(all, stream * order.decoders);
        const found: number[] = [];
        for (let decoder = 0; decoder < order.decoders; decoder++) {
          const positions = u85Positions(ohwi, order, decoder);
          assert.equal(positions.length, stream);
          for (const position of positions) if (position >= 0) found.push(position);
        }
        assert.deepEqual(
          found.sort((a, b) => a - b),
          Array.from({ length: elements }, (_, i) => i),
        );
      }),
      { numRuns: 50, seed: 85 },
    );
  });

  it('the fast format has the same elements, the decoders in turn', () => {
    fc.assert(
      fc.property(
        layouts.filter(({ order }) => order.traversal !== 'depthwise'),
        ({ ohwi, order }) => {
          const values = Int16Array.from({ length: ohwi.reduce((a, b) => a * b) }, (_, i) => (i % 255) - 127);
          const all = u85Interleaved(values, ohwi, order);
          assert.equal(all.length, u85Elements(ohwi, order).all);
          const streams = Array.from({ length: order.decoders }, (_, decoder) => [
            ...u85Stream(values, ohwi, order, decoder),
          ]);
          const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
          assert.deepEqual(sorted(all), sorted(streams.flat()));
          if (order.decoders === 1) assert.deepEqual([...all], streams[0]);
        },
      ),
      { numRuns: 25, seed: 86 },
    );
  });

  it('the first output channels of a layer in one block are a layer of their own', () => {
    // Blocks as deep as the layer: what is cut off is as if the layer ended there.
    fc.assert(
      fc.property(layouts, ({ ohwi: [outputs, ...filter], order }) => {
        const deep = { ...order, blockDepth: 1024 };
        const positions = [...u85Positions([outputs, ...filter], deep, 0)].filter((position) => position >= 0);
        const first = Math.min(outputs, order.microDepth);
        const own = [...u85Positions([first, ...filter], deep, 0)].filter((position) => position >= 0);
        assert.deepEqual(
          positions.filter((position) => position < first * filter[0] * filter[1] * filter[2]),
          own,
        );
      }),
      { numRuns: 25, seed: 87 },
    );
  });

  it('kernels are filled to fives of elements and 16 inputs, or inputs to 64, whichever is better', () => {
    const conv = (height: number, width: number, inputs: number): string =>
      traversalOf({ kind: 'conv', ohwi: [8, height, width, inputs] }, false);
    assert.equal(conv(3, 3, 16), 'part-kernel');
    assert.equal(conv(1, 1, 32), 'part-kernel');
    assert.equal(conv(1, 1, 33), 'depth-first');
    assert.equal(conv(1, 1, 64), 'depth-first');
    assert.equal(conv(3, 3, 64), 'part-kernel');
    assert.equal(conv(2, 3, 64), 'depth-first');
    assert.equal(conv(5, 5, 64), 'depth-first');
    assert.equal(traversalOf({ kind: 'depthwise', ohwi: [8, 3, 3, 1] }, false), 'depthwise');
  });

  it('the micro-block adds least to the output; the first of equals', () => {
    const depth = (macs: U85Macs, outputs: number, height: number, width: number): number =>
      microDepth(U85_ENGINES[macs], { kind: 'conv', ohwi: [outputs, 3, 3, 8], outSize: { height, width } });
    assert.equal(depth(2048, 64, 8, 8), 64);
    assert.equal(depth(2048, 16, 8, 8), 16);
    assert.equal(depth(2048, 16, 1, 8), 64);
    assert.equal(depth(1024, 48, 8, 8), 16);
    assert.equal(depth(1024, 10, 1, 1), 32);
    assert.equal(depth(256, 10, 7, 7), 8);
  });

  for (const item of golden) {
    it(`golden: ${item.kind} ${item.ohwi.join('x')}, ${item.format} format, Ethos-U85-${item.macs}`, () => {
      const { kind, macs, stride, dilation, blockDepth, sparse } = item as Omit<typeof item, 'kind' | 'macs'> & {
        kind: WeightTensor['kind'];
        macs: U85Macs;
      };
      const ohwi = item.ohwi as unknown as WeightTensor['ohwi'];
      const square = (n: number): { height: number; width: number } => ({ height: n, width: n });
      const values = uniformWeights(
        item.seed,
        ohwi.reduce((a, b) => a * b),
        item.levels,
        item.zeros,
      );
      const order = orderOf(
        U85_ENGINES[macs],
        { kind, ohwi, stride: square(stride), dilation: square(dilation) },
        sparse,
        item.microDepth,
        blockDepth,
      );
      const streams =
        item.format === 'fast'
          ? [encodeFast(u85Interleaved(values, ohwi, order), sparse)]
          : Array.from({ length: order.decoders }, (_, decoder) =>
              encodeStream(u85Stream(values, ohwi, order, decoder)),
            );
      const hash = createHash('sha256');
      for (const stream of streams) hash.update(stream);
      assert.deepEqual(
        [streams.map(({ length }) => length), hash.digest('hex').slice(0, 16)],
        [item.bytes, item.sha256],
      );
    });
  }
});
