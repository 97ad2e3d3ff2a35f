/**
 * What is promised for an Ethos-U85 against the layouts that its compiler may choose, and the formats among which it
 * chooses.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeStream, zerosInRuns } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { decodeStream } from '../../../../src/costs/weights/mlw/decode-stream.ts';
import { estimateSize } from '../../../../src/costs/weights/rates/estimate-size.ts';
import { encodeWeights, storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget, TARGETS, type Target } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { encodeFast, fastBytes } from '../../../../src/costs/weights/u85/fast-format.ts';
import { formatsOf, type CodedLayer } from '../../../../src/costs/weights/u85/u85-formats.ts';
import {
  deepestMicro,
  isSparse24,
  microDepth,
  orderOf,
  u85SideBytes,
} from '../../../../src/costs/weights/u85/u85-layouts.ts';
import { u85Stream } from '../../../../src/costs/weights/u85/u85-order.ts';
import { U85_ENGINES } from '../../../../src/targets/u85-engine.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { quantised, trainedWeights, uniformWeights } from '../support/weight-generators.ts';
import { cases } from '../../../cases.ts';

const U85_TARGETS = TARGETS.filter(({ u85 }) => u85);
const targets = fc.constantFrom(...U85_TARGETS);

const tensors: fc.Arbitrary<WeightTensor> = fc
  .record({
    kind: fc.constantFrom('conv' as const, 'depthwise' as const, 'dense' as const),
    outputs: fc.integer({ min: 1, max: 100 }),
    side: fc.integer({ min: 1, max: 5 }),
    inputs: fc.integer({ min: 1, max: 70 }),
    bits: fc.constantFrom(2, 4, 8),
    sparsity: fc.constantFrom(0, 0.5, 0.9),
    seed: fc.integer({ min: 1, max: 1e6 }),
    stride: fc.integer({ min: 1, max: 3 }),
    out: fc.record({ height: fc.integer({ min: 1, max: 20 }), width: fc.integer({ min: 1, max: 20 }) }),
  })
  .map(({ kind, outputs, side, inputs, bits, sparsity, seed, stride, out }) => {
    const ohwi =
      kind === 'dense'
        ? ([outputs, 1, 1, inputs] as const)
        : ([outputs, side, side, kind === 'depthwise' ? 1 : inputs] as const);
    const values = trainedWeights(
      seed,
      ohwi.reduce((a, b) => a * b),
      bits,
      sparsity,
    );
    return kind === 'dense'
      ? { kind, ohwi, bits, values }
      : { kind, ohwi, bits, values, stride: { height: stride, width: stride }, outSize: out };
  });

/** Bytes of streams and scales in the standard format, cut at `ends`, in blocks of a depth. */
function standardBytes(
  { u85 }: Target,
  tensor: WeightTensor,
  micro: number,
  ends: readonly number[],
  blockDepth?: number,
): number {
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  return ends.slice(1).reduce((sum, end, i) => {
    const from = ends[i]!;
    const part = tensor.values.subarray(from * filter, end * filter);
    const order = orderOf(u85!, tensor, false, micro, blockDepth);
    let bytes = u85SideBytes(end - from, micro, 10);
    for (let decoder = 0; decoder < order.decoders; decoder++)
      bytes += encodeStream(u85Stream(part, [end - from, height, width, inputs], order, decoder)).length;
    return sum + bytes;
  }, 0);
}

const layerOf = (values: Int16Array, sparse = false): CodedLayer => ({
  elements: values.length,
  bytes: encodeStream(values).length,
  zerosInRuns: zerosInRuns(values),
  distinct: new Set(values).size,
  sparse,
});

describe('Ethos-U85 promise', () => {
  it('is at least what any cut, block and strip takes in the standard format, where that may be chosen', () => {
    fc.assert(
      fc.property(
        tensors,
        targets,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (tensor, target, first, length, block) => {
          const outputs = tensor.ohwi[0];
          const own = microDepth(target.u85!, tensor);
          const size = storedSize(target, tensor);
          const whole = orderOf(target.u85!, tensor, false, own);
          const coded = Int16Array.from(
            Array.from({ length: whole.decoders }, (_, decoder) => [
              ...u85Stream(tensor.values, tensor.ohwi, whole, decoder),
            ]).flat(),
          );
          if (tensor.kind !== 'depthwise' && !formatsOf(target.u85!, layerOf(coded)).standard) return;
          const step = Math.max(16, own);
          const ends = [0];
          for (let end = first * 16; end < outputs; end += length * step) ends.push(end);
          ends.push(outputs);
          assert.ok(standardBytes(target, tensor, own, ends) <= size.totalBytes, `cut at ${ends.join()}`);
          assert.ok(
            standardBytes(target, tensor, own, [0, outputs], block * step) <= size.totalBytes,
            `blocks of ${block * step}`,
          );
          assert.ok(
            standardBytes(target, tensor, deepestMicro(target.u85!, tensor), [0, outputs]) <= size.totalBytes,
            'strips',
          );
          assert.equal(size.totalBytes, size.weightBytes + size.sideBytes);
          assert.ok(size.weightBytes > 0 && size.codedElements >= size.elements);
        },
      ),
      { numRuns: cases(25, 50), seed: 85 },
    );
  });

  it('without strides and output size holds for any', () => {
    fc.assert(
      fc.property(
        tensors.filter(({ kind }) => kind !== 'dense'),
        targets,
        (tensor, target) => {
          const { kind, ohwi, bits, values } = tensor;
          const open = storedSize(target, { kind, ohwi, bits, values }).totalBytes;
          // A stride reorders: a zero-run may be longer or shorter.
          assert.ok(
            storedSize(target, tensor).totalBytes <= open * 1.02 + 64,
            `${storedSize(target, tensor).totalBytes}, ${open}`,
          );
        },
      ),
      { numRuns: 30, seed: 86 },
    );
  });

  it('10 bytes a channel for every 16, or for every micro-block that is deeper', () => {
    const side = (macs: number, outputs: number): number =>
      storedSize(findTarget(`ethos-u85-${macs}`), {
        kind: 'dense',
        ohwi: [outputs, 1, 1, 8],
        bits: 2,
        values: new Int8Array(8 * outputs),
      }).sideBytes;
    assert.deepEqual(
      [side(128, 1), side(128, 16), side(128, 17), side(1024, 17), side(1024, 33), side(2048, 17), side(2048, 65)],
      [160, 160, 320, 320, 640, 640, 1280],
    );
  });

  it('before there are weights is within 20 % or 500 bytes of the promise', () => {
    const random = new SeededRandom(85);
    for (const target of U85_TARGETS) {
      for (const [kind, ohwi] of [
        ['conv', [64, 3, 3, 32]],
        ['conv', [48, 1, 1, 96]],
        ['depthwise', [96, 3, 3, 1]],
        ['dense', [100, 1, 1, 64]],
      ] as const) {
        for (const [bits, sparsity] of [
          [2, 0],
          [4, 0.5],
          [8, 0.9],
        ] as const) {
          const [estimated, real] = [
            estimateSize(target, { kind, ohwi, bits, sparsity }),
            storedSize(target, {
              kind,
              ohwi,
              bits,
              outSize: { height: 8, width: 8 },
              values: quantised({ ohwi, bits, sparsity }, random),
            }),
          ];
          assert.equal(estimated.codedElements >= estimated.elements, true);
          assert.ok(
            Math.abs(estimated.totalBytes - real.totalBytes) <= Math.max(500, 0.2 * real.totalBytes),
            `${target.name}, ${kind} ${ohwi.join('x')}, ${bits} bits, ${sparsity}: ${estimated.totalBytes} estimated, ${real.totalBytes} promised`,
          );
        }
      }
    }
  });

  it('the streams of the uncut layer hold the weights', () => {
    const weights: WeightTensor = {
      kind: 'conv',
      ohwi: [20, 3, 3, 10],
      bits: 8,
      values: trainedWeights(7, 1800, 8, 0.5),
      outSize: { height: 9, width: 9 },
    };
    const order = orderOf(U85_ENGINES[128], weights, false, 8);
    assert.deepEqual(
      decodeStream(encodeWeights(findTarget('ethos-u85-128'), weights).bytes),
      u85Stream(weights.values, weights.ohwi, order, 0),
    );
  });
});

describe('Ethos-U85 formats', () => {
  it('the fast format is a header, a table and indices of 2 or 4 bits, or bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -127, max: 127 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 400 }),
        fc.boolean(),
        (values, count, sparse) => {
          const weights = Int16Array.from({ length: count }, (_, i) => values[(i * 7) % values.length]!);
          const bytes = encodeFast(weights, sparse);
          const distinct = new Set(weights).size;
          assert.equal(bytes.length, fastBytes(count, distinct, sparse));
          assert.equal(bytes.length % 32, 0);
          const bitsAt = (from: number, n: number): number =>
            Array.from({ length: n }, (_, k) => ((bytes[(from + k) >> 3]! >> ((from + k) & 7)) & 1) << k).reduce(
              (a, b) => a + b,
            );
          const width = bitsAt(0, 1) ? 8 : bitsAt(1, 1) ? 2 : 4;
          const entry = (k: number): number => {
            const code = bitsAt(112 + 9 * k, 9);
            return code & 1 ? -(code >> 1) : code >> 1;
          };
          const found = Int16Array.from(weights, (_, i) => {
            const code = bitsAt(256 + i * width, width);
            return width === 8 ? (code << 24) >> 24 : entry(code);
          });
          assert.deepEqual(found, weights);
        },
      ),
      { numRuns: cases(50, 100), seed: 87 },
    );
  });

  it('dense weights of few levels are unpacked fast where a decoder is the bottleneck, sparse ones are not', () => {
    const choice = (macs: 128 | 2048, levels: number, zeros: number): string => {
      const { standard, fast } = formatsOf(U85_ENGINES[macs], layerOf(uniformWeights(3, 20_000, levels, zeros)));
      return `${standard ? 'standard ' : ''}${fast ? 'fast' : ''}`.trim();
    };
    assert.equal(choice(128, 1, 85), 'standard fast');
    assert.equal(choice(128, 7, 230), 'standard');
    assert.equal(choice(2048, 7, 128), 'standard');
    assert.equal(choice(2048, 7, 230), 'standard');
  });

  it('two zeros among four neighbouring inputs: few inputs always have them', () => {
    const sparse = (inputs: number, values: number[], kind: WeightTensor['kind'] = 'conv'): boolean =>
      isSparse24({ kind, ohwi: [values.length / inputs, 1, 1, inputs], values: Int8Array.from(values) });
    assert.equal(sparse(2, [1, 2, 3, 4]), true);
    assert.equal(sparse(3, [1, 2, 3]), false);
    assert.equal(sparse(3, [1, 0, 3]), true);
    assert.equal(sparse(6, [0, 1, 1, 0, 5, 6]), true);
    assert.equal(sparse(8, [0, 0, 1, 1, 1, 1, 0, 1]), false);
    assert.equal(sparse(2, [-128, 1]), false);
    assert.equal(sparse(1, [1, 1], 'depthwise'), false);
  });

  it('a layer that is sparse in fours is promised in its denser brick too', () => {
    const target = findTarget('ethos-u85-128');
    const values = Int8Array.from({ length: 32 * 130 }, (_, i) => ((i % 130) % 4 < 2 ? 1 + (i % 90) : 0));
    const size = storedSize(target, { kind: 'dense', ohwi: [32, 1, 1, 130], bits: 8, values });
    assert.ok(isSparse24({ kind: 'dense', ohwi: [32, 1, 1, 130], values }));
    // 130 inputs fill 192 in fours of 8 and 256 in fours of 16.
    const order = orderOf(U85_ENGINES[128], { kind: 'dense', ohwi: [32, 1, 1, 130] }, true, 8);
    assert.ok(size.totalBytes >= 320 + encodeStream(u85Stream(values, [32, 1, 1, 130], order, 0)).length);
  });
});
