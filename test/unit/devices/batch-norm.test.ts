/** Batch normalisation with activation and mask: fused kernel against composition and finite differences. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openBackend } from '../../../src/devices/open-device.ts';
import { batchNormAct, normAct, type NormOptions } from '../../../src/devices/operators/batch-norm.ts';
import {
  assertClose,
  assertFiniteDifferences,
  assertSameAsCpu,
  FIXED,
  onBackend,
  plain,
  skipWithout,
  type Operator,
  type Plain,
} from './support.ts';

const operator =
  (options: NormOptions): Operator =>
  ([x, gamma, beta, mask]) =>
    batchNormAct(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, mask as tf.Tensor1D, options).y;

/** x, gamma, beta and a mask that hides every third channel. */
function inputs(shape: [number, number, number, number], seed: number, offset = 0): Plain[] {
  const c = shape[3];
  const x = plain(shape, seed);
  return [
    { shape, values: x.values.map((v) => v + offset) },
    plain([c], seed + 1),
    plain([c], seed + 2),
    { shape: [c], values: Float32Array.from({ length: c }, (_, i) => (i % 3 === 2 ? 0 : 1)) },
  ];
}

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 1, max: 12 }),
  width: fc.integer({ min: 2, max: 9 }),
  channels: fc.integer({ min: 1, max: 21 }),
  activation: fc.constantFrom('relu' as const, 'relu6' as const, 'none' as const),
  seed: fc.nat(1000),
});

describe('batchNormAct', () => {
  it('equals the composition on the CPU backend, gradients to x, gamma, beta and mask included', () =>
    fc.assert(
      fc.asyncProperty(shapes, ({ n, height, width, channels, activation, seed }) =>
        assertSameAsCpu(operator({ activation, epsilon: 1e-3 }), inputs([n, height, width, channels], seed), 1e-4),
      ),
      { ...FIXED, numRuns: 50 },
    ));

  it('equals it where the work is split among tasks, with a mean far from zero', () =>
    assertSameAsCpu(operator({ activation: 'relu6', epsilon: 1e-3 }), inputs([5, 40, 31, 13], 3, 30), 1e-4));

  it('agrees with finite differences', () =>
    assertFiniteDifferences('wasm', operator({ activation: 'none', epsilon: 1e-3 }), inputs([3, 4, 5, 6], 5), {
      step: 1e-2,
      tolerance: 1e-2,
    }));

  it("gives a masked channel's mask the gradient that its activation would earn", async () => {
    await openBackend('wasm');
    const [x, gamma, beta] = inputs([2, 3, 4, 3], 8).map(onBackend) as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    const gradientAt = (mask: number[]): Float32Array =>
      tf.tidy(() =>
        tf
          .grad((m) => tf.sum(batchNormAct(x, gamma, beta, m as tf.Tensor1D, { activation: 'relu', epsilon: 1e-3 }).y))(
            tf.tensor1d(mask),
          )
          .dataSync<'float32'>(),
      );
    const hidden = gradientAt([0, 0, 0]);
    assert.ok(hidden.every((g) => g > 0));
    assert.deepEqual(hidden, gradientAt([1, 1, 1]));
  });

  it('returns the batch statistics, and normAct with them gives the same output', async () => {
    await openBackend('wasm');
    const [x, gamma, beta, mask] = inputs([4, 5, 6, 7], 11).map(onBackend) as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    const { y, mean, variance } = batchNormAct(x, gamma, beta, mask, { activation: 'relu', epsilon: 1e-3 });
    const moments = tf.moments(x, [0, 1, 2]);
    const read = (t: tf.Tensor): Plain => ({ shape: t.shape, values: t.dataSync<'float32'>() });
    assertClose(read(mean), read(moments.mean), 1e-5, 'mean');
    assertClose(read(variance), read(moments.variance), 1e-5, 'variance');
    assertClose(
      read(normAct(x, gamma, beta, mean, variance, mask, { activation: 'relu', epsilon: 1e-3 })),
      read(y),
      1e-5,
      'output',
    );
  });

  it('lets a value that is no number through', async () => {
    await openBackend('wasm');
    const one = tf.ones([2]) as tf.Tensor1D;
    const { y } = batchNormAct(tf.tensor4d([NaN, 1, 2, 3], [1, 2, 1, 2]), one, one, one, {
      activation: 'relu6',
      epsilon: 1e-3,
    });
    assert.ok(Number.isNaN(y.dataSync()[0]));
  });
});

const fixed =
  (options: NormOptions): Operator =>
  ([x, gamma, beta, mask]) => {
    const channels = mask!.size;
    const statistics = [
      plain([channels], 3),
      { shape: [channels], values: plain([channels], 4).values.map((v) => 0.2 + v * v) },
    ].map(onBackend) as [tf.Tensor1D, tf.Tensor1D];
    return normAct(
      x as tf.Tensor4D,
      gamma as tf.Tensor1D,
      beta as tf.Tensor1D,
      ...statistics,
      mask as tf.Tensor1D,
      options,
    );
  };

describe('normAct', () => {
  it('equals the composition on the CPU backend, gradients included', () =>
    fc.assert(
      fc.asyncProperty(shapes, ({ n, height, width, channels, activation, seed }) =>
        assertSameAsCpu(fixed({ activation, epsilon: 1e-3 }), inputs([n, height, width, channels], seed), 1e-4),
      ),
      FIXED,
    ));

  it('agrees with finite differences', () =>
    assertFiniteDifferences('wasm', fixed({ activation: 'none', epsilon: 1e-3 }), inputs([3, 4, 5, 6], 5)));
});

describe('batchNormAct and normAct on tensorflow', () => {
  before(async function () {
    await skipWithout(this, 'tensorflow');
  });
  after(() => openBackend('wasm'));

  for (const [name, make] of Object.entries({ 'the statistics of the batch': operator, 'given statistics': fixed })) {
    for (const hidden of [true, false]) {
      it(`equal the composition with ${name}, ${hidden ? 'some' : 'no'} channels hidden`, () =>
        fc.assert(
          fc.asyncProperty(shapes, ({ n, height, width, channels, activation, seed }) => {
            const [x, gamma, beta, mask] = inputs([n, height, width, channels], seed) as [Plain, Plain, Plain, Plain];
            return assertSameAsCpu(
              make({ activation, epsilon: 1e-3 }),
              [x, gamma, beta, hidden ? mask : { ...mask, values: mask.values.map(() => 1) }],
              1e-4,
              ['tensorflow'],
            );
          }),
          FIXED,
        ));
    }
  }

  it('agree with finite differences', () =>
    assertFiniteDifferences('tensorflow', operator({ activation: 'none', epsilon: 1e-3 }), inputs([3, 4, 5, 6], 5), {
      step: 1e-2,
      tolerance: 1e-2,
    }));

  it('leave nothing in the library that is no tensor of tfjs', async () => {
    await openBackend('tensorflow');
    const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
    const tensors = inputs([2, 4, 5, 6], 9).map(onBackend);
    const step = (): void => {
      tf.dispose(tf.grads((...x: tf.Tensor[]) => tf.sum(operator({ activation: 'relu6', epsilon: 1e-3 })(x)))(tensors));
    };
    step();
    const before = [binding.getNumOfTensors(), tf.memory().numTensors];
    for (let i = 0; i < 5; ++i) step();
    assert.deepEqual([binding.getNumOfTensors(), tf.memory().numTensors], before);
    tf.dispose(tensors);
  });
});
