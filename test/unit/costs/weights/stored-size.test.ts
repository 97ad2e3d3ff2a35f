/** Stored sizes by real encodes: the numbers that a certificate rests on. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { coreShares } from '../../../../src/costs/weights/ethos/ethos-order.ts';
import { decodeStream } from '../../../../src/costs/weights/mlw/decode-stream.ts';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { reorder, restore } from '../../../../src/costs/weights/mlw/reorder.ts';
import { encodedBytes, encodeWeights, quickSize, storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { outputsOf } from '../../../../src/costs/weights/ethos/streams.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { trainedWeights } from '../support/weight-generators.ts';

function tensor(
  kind: WeightTensor['kind'],
  ohwi: [number, number, number, number],
  bits: number,
  sparsity = 0,
  seed = 1,
): WeightTensor {
  return { kind, ohwi, bits, values: trainedWeights(seed, ohwi[0] * ohwi[1] * ohwi[2] * ohwi[3], bits, sparsity) };
}

const shapes: fc.Arbitrary<WeightTensor> = fc
  .record({
    kind: fc.constantFrom('conv' as const, 'depthwise' as const, 'dense' as const),
    outputs: fc.integer({ min: 1, max: 50 }),
    height: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 10 }),
    inputs: fc.integer({ min: 1, max: 40 }),
    bits: fc.constantFrom(2, 4, 8),
    sparsity: fc.constantFrom(0, 0.5, 0.9),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ kind, outputs, height, width, inputs, bits, sparsity, seed }) =>
    tensor(
      kind,
      kind === 'dense' ? [outputs, 1, 1, inputs] : [outputs, height, width, kind === 'depthwise' ? 1 : inputs],
      bits,
      sparsity,
      seed,
    ),
  );

describe('stored size', () => {
  it('counts the padding of the brick order', () => {
    const u55 = findTarget('ethos-u55-128');
    const coded = (kind: WeightTensor['kind'], ohwi: [number, number, number, number]): number =>
      storedSize(u55, tensor(kind, ohwi, 4)).codedElements;
    assert.equal(coded('conv', [32, 3, 3, 16]), 6144);
    assert.equal(coded('conv', [16, 3, 3, 3]), 1536);
    assert.equal(coded('depthwise', [64, 3, 3, 1]), 768);
    assert.equal(coded('conv', [64, 1, 1, 40]), 4096);
    assert.equal(coded('conv', [64, 1, 1, 32]), 2048);
    assert.equal(coded('dense', [12, 1, 1, 64]), 16 * 64);
  });

  it('U55-32 fills output channels to multiples of 4', () => {
    assert.equal(storedSize(findTarget('ethos-u55-32'), tensor('dense', [12, 1, 1, 64], 4)).codedElements, 12 * 64);
  });

  it('a depthwise layer of 72 weights stores 112 bytes of weights and its scales', () => {
    const size = storedSize(findTarget('ethos-u55-128'), tensor('depthwise', [8, 3, 3, 1], 8));
    assert.equal(size.codedElements, 96);
    assert.equal(size.sideBytes, 80);
    assert.equal(size.weightBytes, 112);
  });

  it('10 bytes a channel, padded to 16; for each core on its own', () => {
    assert.equal(storedSize(findTarget('ethos-u55-256'), tensor('dense', [10, 1, 1, 8], 4)).sideBytes, 112);
    const two = storedSize(findTarget('ethos-u65-512'), tensor('dense', [10, 1, 1, 8], 4));
    assert.equal(two.sideBytes, 64 + 64);
    assert.equal(two.codedElements, 2 * 8 * 32);
  });

  it('the streams hold the weights', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom('ethos-u55-32', 'ethos-u55-128', 'ethos-u65-512'), (weights, name) => {
        const target = findTarget(name);
        const { bytes, size } = encodeWeights(target, weights);
        assert.ok(bytes.length <= size.weightBytes, 'cut or not');
        assert.equal(size.totalBytes, size.weightBytes + size.sideBytes);
        const filter = weights.values.length / weights.ohwi[0];
        const found = new Int16Array(weights.values.length);
        let rest = bytes;
        for (const share of coreShares(weights, target.engine!)) {
          const values = restore(decodeStream(rest), share.ohwi, share.order);
          for (let o = 0; o < share.ohwi[0]; o++)
            found.set(values.subarray(o * filter, (o + 1) * filter), (o * share.cores + share.core) * filter);
          // A stream ends at the first 16-byte boundary after its end marker: the shortest prefix that decodes.
          let length = 16;
          for (; ; length += 16) {
            try {
              decodeStream(rest.subarray(0, length));
              break;
            } catch {
              assert.ok(length < rest.length);
            }
          }
          rest = rest.subarray(length);
        }
        assert.equal(rest.length, 0);
        assert.deepEqual(found, Int16Array.from(weights.values));
      }),
      { numRuns: 30, seed: 6 },
    );
  });

  it('the quick size is that of three usual layouts, and never more than what is promised', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom('ethos-u55-32', 'ethos-u55-128', 'ethos-u65-512', 'nxp-imx93'),
        (weights, name) => {
          const target = findTarget(name);
          const [outputs] = weights.ohwi;
          const layouts = [
            [0, outputs],
            ...(weights.kind === 'dense' || outputs <= 16
              ? []
              : [[0, 16, outputs], outputs > 48 ? [0, 16, 48, outputs] : [0, 16, outputs]]),
          ];
          const stored = layouts.map((ends) =>
            ends
              .slice(1)
              .reduce((sum, end, i) => sum + encodedBytes(target, outputsOf(weights, ends[i]!, end)).length, 0),
          );
          const quick = quickSize(target, weights);
          assert.equal(quick.weightBytes, Math.max(...stored));
          assert.ok(quick.weightBytes <= storedSize(target, weights).weightBytes);
        },
      ),
      { numRuns: 60, seed: 8 },
    );
  });

  it('is encoded as the compiler of the chip does', () => {
    const weights = tensor('conv', [16, 3, 3, 16], 4, 0.5);
    const streams = (['ethos-u65-256', 'nxp-imx93'] as const).map(
      (name) => encodeWeights(findTarget(name), weights).bytes,
    );
    const [{ order, ohwi }] = coreShares(weights, findTarget('nxp-imx93').engine!) as [
      ReturnType<typeof coreShares>[number],
    ];
    const coded = reorder(weights.values, ohwi, order);
    assert.deepEqual(streams, [encodeStream(coded, 'regor'), encodeStream(coded, 'classic')]);
    assert.notDeepEqual(streams[0], streams[1]);
  });

  it('packed, bitmask, raw and entropy', () => {
    const values = Int8Array.of(0, 1, -2, 0, 0, 1, -2, 1, 0);
    const sized = (name: string): number =>
      storedSize(findTarget(name), { kind: 'dense', ohwi: [1, 1, 1, 9], values, bits: 2 }).weightBytes;
    assert.equal(sized('max78000'), Math.ceil(18 / 8));
    assert.equal(sized('generic-bitmask'), 2 + Math.ceil(10 / 8));
    assert.equal(sized('stm32h743'), 9);
    assert.equal(sized('generic-npu'), Math.ceil((9 * 1.5305) / 8));
    const { bytes } = encodeWeights(findTarget('max78000'), { kind: 'dense', ohwi: [1, 1, 1, 9], values, bits: 2 });
    assert.deepEqual([...bytes], [0b00100100, 0b01100100, 0b00]);
    const mask = encodeWeights(findTarget('generic-bitmask'), { kind: 'dense', ohwi: [1, 1, 1, 9], values, bits: 2 });
    assert.deepEqual([...mask.bytes], [0b11100110, 0, 0b10011001, 0b01]);
  });

  it("1 bit holds −1 and 0 in two's complement, and is offered by no target", () => {
    const target = findTarget('max78000');
    const binary = (values: number[]): Uint8Array =>
      encodeWeights(target, { kind: 'dense', ohwi: [1, 1, 1, values.length], values: Int8Array.from(values), bits: 1 })
        .bytes;
    assert.deepEqual([...binary([-1, 0, 0, -1])], [0b1001]);
    assert.throws(() => binary([-1, 0, 1]), /weight 2 is 1: 1 bits hold -1…0/);
    assert.deepEqual(
      TARGETS.filter(({ bits }) => bits.includes(1)),
      [],
    );
    assert.ok(target.notes.some((note) => note.startsWith('1-bit weights are not offered')));
  });

  it('a layer of zeros is small in every coded format', () => {
    for (const target of TARGETS) {
      const size = storedSize(target, { kind: 'conv', ohwi: [32, 3, 3, 32], values: new Int8Array(9216), bits: 2 });
      // The deepest micro-block of the largest Ethos-U85 has twice as many output channels as this layer.
      const limit = target.u85
        ? 6000
        : { mlw: 2400, packed: 2304, bitmask: 1152, entropy: 0, raw: 9216 }[target.format];
      assert.ok(size.weightBytes <= limit, `${target.name}: ${size.weightBytes}`);
    }
  });

  it('wrong shapes and values are named', () => {
    const mcu = findTarget('stm32h743');
    assert.throws(
      () => storedSize(mcu, { kind: 'dense', ohwi: [2, 1, 1, 3], values: new Int8Array(5), bits: 8 }),
      /2x1x1x3 \(OHWI\) has 6 weights, but 5 are given/,
    );
    assert.throws(
      () => storedSize(mcu, { kind: 'dense', ohwi: [1, 1, 1, 2], values: Int8Array.of(0, 9), bits: 4 }),
      /weight 1 is 9: 4 bits hold -8…7/,
    );
    assert.throws(
      () => storedSize(mcu, { kind: 'depthwise', ohwi: [1, 1, 1, 2], values: new Int8Array(2), bits: 4 }),
      /one input channel/,
    );
  });
});

describe('targets', () => {
  it('have unique names and sourced numbers', () => {
    const names = TARGETS.map((target) => target.name);
    assert.equal(new Set(names).size, names.length);
    for (const target of TARGETS) {
      const numbers = [
        target.sideBytesPerChannel,
        target.weightMemory,
        target.activationMemory,
        target.macsPerCycle,
        ...target.systems.flatMap((s) => [s.clockHz, s.sramBytesPerSecond, s.weightBytesPerSecond]),
      ];
      for (const number of numbers)
        if (number) assert.ok(number.source.length > 5 && Number.isFinite(number.value), target.name);
      assert.equal(target.format === 'mlw', target.engine !== undefined, target.name);
    }
  });

  it('are found by name; a slip is put right', () => {
    assert.equal(findTarget('MAX78000').weightMemory?.value, 442_368);
    assert.throws(() => findTarget('max7800'), /did you mean 'max78000'/);
    assert.throws(() => findTarget('zzzzzzzzzzzz'), /the targets are ethos-u55-32, /);
  });
});
