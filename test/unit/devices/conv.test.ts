/** Convolutions and their gradients on `wasm` against the plain CPU backend and finite differences. */
import fc from 'fast-check';
import type * as tf from '@tensorflow/tfjs-core';
import { conv2d, depthwiseConv2d } from '../../../src/devices/operators/conv.ts';
import { assertFiniteDifferences, assertSameAsCpu, convolution, FIXED, plain, type Operator } from './support.ts';

type Geometry = Parameters<typeof conv2d>[2];
const full =
  (options: Geometry): Operator =>
  ([x, filter]) =>
    conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, options);
const depthwise =
  (options: Geometry): Operator =>
  ([x, filter]) =>
    depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, options);

describe('conv2d', () => {
  it('equals the CPU backend in output and gradients for any stride, padding and dilation', () =>
    fc.assert(
      fc.asyncProperty(convolution, ({ n, height, width, kh, kw, channels, filters, seed, ...geometry }) =>
        assertSameAsCpu(full(geometry), [
          plain([n, height, width, channels], seed),
          plain([kh, kw, channels, filters], seed + 1),
        ]),
      ),
      { ...FIXED, numRuns: 60 },
    ));

  for (const geometry of [
    { stride: [1, 1], dilation: [1, 1], padding: 'same' },
    { stride: [2, 3], dilation: [1, 1], padding: 'same' },
    { stride: [1, 1], dilation: [2, 2], padding: 'valid' },
    { stride: [2, 2], dilation: [3, 2], padding: 'same' },
  ] as const) {
    it(`agrees with finite differences: ${JSON.stringify(geometry)}`, () =>
      assertFiniteDifferences('wasm', full(geometry), [plain([2, 9, 8, 3], 1), plain([3, 3, 3, 5], 2)]));
  }

  it('runs the shapes of real layers', async () => {
    const geometry = { stride: [1, 1], dilation: [1, 1], padding: 'same' } as const;
    await assertSameAsCpu(full(geometry), [plain([2, 16, 16, 32], 3), plain([3, 3, 32, 48], 4)]);
    await assertSameAsCpu(full({ ...geometry, stride: [2, 2] }), [plain([2, 17, 16, 24], 3), plain([1, 1, 24, 40], 4)]);
    await assertSameAsCpu(full({ ...geometry, padding: 'valid' }), [plain([4, 1, 1, 64], 3), plain([1, 1, 64, 10], 4)]);
    await assertSameAsCpu(full({ ...geometry, stride: [2, 2] }), [plain([2, 49, 10, 1], 3), plain([10, 4, 1, 64], 4)]);
  });
});

describe('depthwiseConv2d', () => {
  it('equals the CPU backend in output and gradients for any stride, padding, dilation and multiplier', () =>
    fc.assert(
      fc.asyncProperty(convolution, ({ n, height, width, kh, kw, channels, multiplier, seed, ...geometry }) =>
        assertSameAsCpu(depthwise(geometry), [
          plain([n, height, width, channels], seed),
          plain([kh, kw, channels, multiplier], seed + 1),
        ]),
      ),
      { ...FIXED, numRuns: 60 },
    ));

  for (const geometry of [
    { stride: [1, 1], dilation: [1, 1], padding: 'same' },
    { stride: [2, 1], dilation: [2, 3], padding: 'same' },
  ] as const) {
    it(`agrees with finite differences: ${JSON.stringify(geometry)}`, () =>
      assertFiniteDifferences('wasm', depthwise(geometry), [plain([2, 9, 8, 5], 1), plain([3, 3, 5, 2], 2)]));
  }
});
