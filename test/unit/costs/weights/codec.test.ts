/** The weight stream: golden lengths and hashes, and the decoder as the encoder's inverse. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodeStream } from '../../../../src/costs/weights/mlw/decode-stream.ts';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { bellWeights, uniformWeights, weightStreams } from '../support/weight-generators.ts';
import golden from './mlw-golden.json' with { type: 'json' };
import regor from './mlw-regor-golden.json' with { type: 'json' };

const ENCODERS = ['regor', 'classic'] as const;

function goldenWeights(vector: { name: string }): Int16Array {
  const parts = [...vector.name.matchAll(/gen_([ub])\(([^)]*)\)/g)].map(([, kind, list]) => {
    const [seed, n, a, b] = list!.split(',').map((item) => Number(item.replace(/.*=/, '')));
    return kind === 'u' ? uniformWeights(seed!, n!, a!, b!) : bellWeights(seed!, n!, a!, b!);
  });
  if (parts.length > 0) return Int16Array.from(parts.flatMap((part) => [...part]));
  if (vector.name.startsWith('ramp')) return Int16Array.from({ length: 256 }, (_, i) => i - 128);
  const { hex } = golden.vectors.find((other) => other.name === vector.name && 'hex' in other)!;
  return decodeStream(Buffer.from(hex!, 'hex'));
}

describe('weight stream', () => {
  for (const vector of golden.vectors) {
    it(`classic golden: ${vector.name}`, () => {
      const weights = goldenWeights(vector);
      assert.equal(weights.length, vector.n);
      assert.equal(weights.filter((w) => w !== 0).length, vector.nonzero);
      assert.equal(
        weights.reduce((a, b) => a + b, 0),
        vector.sum,
      );
      const stream = encodeStream(weights, 'classic');
      assert.equal(stream.length, vector.bytes);
      assert.equal(createHash('sha256').update(stream).digest('hex').slice(0, 16), vector.sha256_16);
      if ('hex' in vector) assert.equal(Buffer.from(stream).toString('hex'), vector.hex);
      assert.deepEqual(decodeStream(stream), weights);
    });
  }

  for (const vector of regor.vectors) {
    it(`Regor golden: ${vector.name}`, () => {
      const weights = goldenWeights(vector);
      assert.equal(weights.length, vector.n);
      const stream = encodeStream(weights, 'regor');
      assert.equal(stream.length, vector.bytes);
      assert.equal(createHash('sha256').update(stream).digest('hex').slice(0, 16), vector.sha256_16);
      assert.deepEqual(decodeStream(stream), weights);
    });
  }

  it('decode(encode(w)) = w', () => {
    fc.assert(
      fc.property(weightStreams, fc.constantFrom(...ENCODERS), (weights, encoder) => {
        const stream = encodeStream(weights, encoder);
        assert.equal(stream.length % 16, 0);
        assert.deepEqual(decodeStream(stream), weights);
      }),
      { numRuns: 400, seed: 2 },
    );
  });

  it('decode(encode(w)) = w for any values', () => {
    const anything = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -255, max: 255 }) }, { weight: 2, arbitrary: fc.constant(0) }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(anything, fc.constantFrom(...ENCODERS), (list, encoder) => {
        const weights = Int16Array.from(list);
        assert.deepEqual(decodeStream(encodeStream(weights, encoder)), weights);
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  it('holds a run longer than a slice, and more weights than a slice', () => {
    for (const weights of [
      new Int16Array(70000),
      new Int16Array(70000).fill(-255),
      Int16Array.from({ length: 80000 }, (_, i) => (i % 40 === 0 ? 5 : 0)),
    ]) {
      for (const encoder of ENCODERS) assert.deepEqual(decodeStream(encodeStream(weights, encoder)), weights);
    }
  });

  it('an empty tensor is an end marker', () => {
    const stream = encodeStream(new Int16Array(0));
    assert.equal(stream.length, 16);
    assert.equal(decodeStream(stream).length, 0);
  });

  it('a weight out of range is named', () => {
    assert.throws(() => encodeStream(Int16Array.of(0, 255, 256)), /weight 2 is 256/);
    assert.throws(() => encodeStream(Int16Array.of(-256)), /weight 0 is -256/);
  });

  it('a damaged stream is an error, never an endless loop', () => {
    const stream = encodeStream(bellWeights(7, 2000, 4, 0));
    assert.throws(() => decodeStream(stream.subarray(0, 200)), /weight stream ends inside a field/);
    assert.throws(() => decodeStream(new Uint8Array(16).fill(4)), /4 is no zero-run divisor/);
    assert.throws(() => decodeStream(new Uint8Array(16)), /no palette/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeStream(bytes);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});
