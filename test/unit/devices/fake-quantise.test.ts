/**
 * The quantisers of the last stage: levels, idempotence, straight-through and LSQ gradients, equal on both backends.
 */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openBackend } from '../../../src/devices/open-device.ts';
import { fakeQuantActivation, quantiseWeights } from '../../../src/devices/operators/fake-quantise.ts';
import { assertSameAsCpu, FIXED, plain, randomValues, type Operator, type Plain } from './support.ts';

const positive = (shape: number[], seed: number): Plain => ({
  shape,
  values: plain(shape, seed).values.map((v) => 0.1 + Math.abs(v)),
});

describe('quantiseWeights', () => {
  it('equals the CPU backend in output and gradients', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1, max: 6 }),
          last: fc.integer({ min: 1, max: 9 }),
          bits: fc.constantFrom(1, 2, 3, 4, 8),
          depthwise: fc.boolean(),
          seed: fc.nat(1000),
        }),
        async ({ rows, last, bits, depthwise, seed }) => {
          const shape: [number, number, number, number] = [3, 3, rows, last];
          const mask: Plain = { shape, values: randomValues(9 * rows * last, seed + 3).map((v) => (v > -0.3 ? 1 : 0)) };
          const operator: Operator = ([w, step]) =>
            quantiseWeights(
              w as tf.Tensor4D,
              step as tf.Tensor1D,
              tf.tensor(mask.values.slice(), shape) as tf.Tensor4D,
              bits,
              { depthwise },
            );
          await assertSameAsCpu(operator, [plain(shape, seed), positive([depthwise ? rows * last : last], seed + 1)]);
        },
      ),
      FIXED,
    ));

  it('uses only the levels of its bitwidth, keeps pruned weights at zero and changes nothing when repeated', async () => {
    await openBackend('wasm');
    for (const bits of [2, 3, 4, 8]) {
      const w = tf.tensor4d(
        randomValues(400, bits).map((v) => 3 * v),
        [1, 1, 20, 20],
      );
      const mask = tf.tensor4d(
        randomValues(400, 50 + bits).map((v) => (v > 0 ? 1 : 0)),
        [1, 1, 20, 20],
      );
      const step = tf.fill([20], 0.125) as tf.Tensor1D;
      const once = quantiseWeights(w, step, mask, bits, { depthwise: false });
      const codes = once.dataSync().map((v) => v / 0.125);
      const limit = 2 ** (bits - 1) - 1;
      assert.ok(codes.every((code) => Number.isInteger(code) && Math.abs(code) <= limit));
      assert.ok(new Set(codes).size <= 2 * limit + 1);
      assert.ok(mask.dataSync().every((m, i) => m === 1 || codes[i] === 0));
      assert.deepEqual(quantiseWeights(once, step, mask, bits, { depthwise: false }).dataSync(), once.dataSync());
    }
  });

  it("gives LSQ's gradient to the step", async () => {
    await openBackend('wasm');
    const w = tf.tensor4d([0.26, 0.9, -9], [1, 1, 3, 1]);
    const mask = tf.ones([1, 1, 3, 1]) as tf.Tensor4D;
    const [dw, dstep] = tf.grads((x: tf.Tensor, s: tf.Tensor) =>
      tf.sum(quantiseWeights(x as tf.Tensor4D, s as tf.Tensor1D, mask, 3, { depthwise: false })),
    )([w, tf.tensor1d([0.5])]);
    assert.deepEqual([...dw!.dataSync()], [1, 1, 0]);
    const expected = (1 - 0.52 + (2 - 1.8) - 3) / Math.sqrt(3 * 3);
    assert.ok(Math.abs(dstep!.dataSync()[0]! - expected) < 1e-6);
  });
});

describe('fakeQuantActivation', () => {
  const grid = { scale: 0.05, zeroPoint: -20 };
  it('equals the CPU backend in output and gradient', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(1000), (count, seed) =>
        assertSameAsCpu(
          ([x]) => fakeQuantActivation(x!, grid),
          [{ shape: [count], values: randomValues(count, seed).map((v) => 8 * v) }],
          1e-6,
        ),
      ),
      FIXED,
    ));

  it('rounds to the grid, saturates at its ends and stops the gradient there', async () => {
    await openBackend('wasm');
    const x = tf.tensor1d([0, 0.07, 100, -100]);
    const values = fakeQuantActivation(x, grid).dataSync();
    [0, 0.05, 147 * 0.05, -108 * 0.05].forEach((expected, i) => {
      assert.ok(Math.abs(values[i]! - expected) < 1e-5);
    });
    assert.deepEqual(
      [
        ...tf
          .grad((t) => tf.sum(fakeQuantActivation(t, grid)))(x)
          .dataSync(),
      ],
      [1, 1, 0, 0],
    );
  });
});
