/** The pull towards common codes: lengths are an ideal code's, and the gradient is that of the lengths between them. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../../src/base/random.ts';
import { codeLengths, totalCodeLength } from '../../../src/training/trained/code-lengths.ts';
import { codesOf } from '../../../src/costs/weights/fitted-codes.ts';
import { openTestBackend } from '../strategies/support.ts';

type Shape = [number, number, number, number];
const SHAPES = [
  { depthwise: false, shape: [3, 3, 2, 4] as Shape, channels: 4 },
  { depthwise: true, shape: [3, 3, 4, 1] as Shape, channels: 4 },
];

function example(shape: Shape, bits: number): Readonly<Record<'w' | 'mask' | 'steps' | 'lengths', Float32Array>> {
  const random = new SeededRandom(4);
  const size = shape.reduce((a, b) => a * b, 1);
  const w = Float32Array.from({ length: size }, () => random.normal());
  const mask = Float32Array.from({ length: size }, () => Number(random.next() < 0.7));
  const steps = Float32Array.from({ length: 4 }, () => 0.4 + random.next());
  return { w, mask, steps, lengths: codeLengths(codesOf(w, mask, steps, bits), bits) };
}

describe('code lengths', () => {
  before(openTestBackend);

  it('are short for common codes, finite for absent ones, and at least the entropy together', () => {
    const lengths = codeLengths(Int8Array.of(0, 0, 0, 0, 0, 0, 1, -1), 3);
    assert.equal(lengths.length, 7);
    assert.ok(lengths[3]! < lengths[4]! && lengths[4]! < lengths[6]! && Number.isFinite(lengths[0]!));
    assert.equal(lengths[2], lengths[4]);
    assert.ok(Math.abs(lengths.reduce((sum, bits) => sum + 2 ** -bits, 0) - 1) < 1e-6, 'they are those of a code');
  });

  for (const { depthwise, shape, channels } of SHAPES)
    it(`of ${depthwise ? 'depthwise' : 'full'} filters: on the grid they are those of the codes`, async () => {
      const { w, mask, steps, lengths } = example(shape, 3);
      const codes = codesOf(w, mask, steps, 3);
      const onGrid = Float32Array.from(codes, (code, i) => code * steps[i % channels]!);
      const total = tf.tidy(() =>
        totalCodeLength(tf.tensor4d(onGrid, shape), tf.tensor4d(mask, shape), tf.tensor1d(steps), lengths, {
          bits: 3,
          depthwise,
        }),
      );
      const expected = codes.reduce((sum, code) => sum + lengths[code + 3]!, 0);
      assert.ok(Math.abs((await total.data())[0]! - expected) < 1e-3);
      total.dispose();
    });

  for (const { depthwise, shape, channels } of SHAPES)
    for (const bits of [2, 4])
      it(`${bits} bits, ${depthwise ? 'depthwise' : 'full'}: the gradient is that of finite differences; none of pruned weights or steps`, async () => {
        const { w, mask, steps, lengths } = example(shape, bits);
        const at = (values: Float32Array): tf.Scalar =>
          totalCodeLength(tf.tensor4d(values, shape), tf.tensor4d(mask, shape), tf.tensor1d(steps), lengths, {
            bits,
            depthwise,
          });
        const grad = tf.tidy(() =>
          tf.grad((x) =>
            totalCodeLength(x as tf.Tensor4D, tf.tensor4d(mask, shape), tf.tensor1d(steps), lengths, {
              bits,
              depthwise,
            }),
          )(tf.tensor4d(w, shape)),
        );
        const found = await grad.data();
        grad.dispose();
        const limit = 2 ** (bits - 1) - 1;
        const h = 1e-2;
        let checked = 0;
        for (let i = 0; i < w.length; i++) {
          const place = w[i]! / steps[i % channels]!;
          // Not across a code, where the slope changes.
          if (Math.abs(place - Math.round(place)) < (1.5 * h) / steps[i % channels]!) continue;
          const moved = (by: number): Float32Array => w.map((value, j) => (j === i ? value + by : value));
          const [up, down] = [at(moved(h)), at(moved(-h))];
          const slope = ((await up.data())[0]! - (await down.data())[0]!) / (2 * h);
          tf.dispose([up, down]);
          assert.ok(Math.abs(slope - found[i]!) < 0.05, `weight ${i}: ${slope} and ${found[i]}`);
          if (mask[i] === 0 || Math.abs(place) > limit) assert.equal(found[i]! + 0, 0);
          else checked++;
        }
        assert.ok(checked > 5);
      });
});
