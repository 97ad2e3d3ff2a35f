/**
 * Mixed weights: fused kernel against composition, levels and masks, option gradients against differences of one-hot
 * mixtures.
 */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openBackend } from '../../../src/devices/open-device.ts';
import { mixWeights, type MixOptions } from '../../../src/devices/operators/mix-weights.ts';
import { readOf } from '../../../src/devices/read-tensor.ts';
import {
  assertClose,
  COMPARED,
  FIXED,
  onBackend,
  openForTest,
  plain,
  randomValues,
  skipWithout,
  type Plain,
  type TestBackend,
} from './support.ts';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly rows: number;
  readonly last: number;
  readonly depthwise: boolean;
  readonly bits: readonly number[];
  readonly sparsities: number;
  readonly pick: number;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  height: fc.constantFrom(1, 3, 5, 10),
  width: fc.constantFrom(1, 3, 4),
  rows: fc.integer({ min: 1, max: 7 }),
  last: fc.integer({ min: 1, max: 9 }),
  depthwise: fc.boolean(),
  bits: fc.subarray([1, 2, 3, 4, 6, 8], { minLength: 1 }),
  sparsities: fc.integer({ min: 1, max: 4 }),
  pick: fc.nat(1000),
  seed: fc.nat(1000),
});

/** Kernel options: the whole, and where it has room a crop smaller by two. */
const kernelsOf = ({ height, width }: Case): { height: number; width: number }[] => [
  { height, width },
  ...(height > 2 && width > 2 ? [{ height: height - 2, width: width - 2 }] : []),
];

function optionsOf(c: Case): MixOptions {
  const channels = c.depthwise ? c.rows * c.last : c.last;
  const kernels = kernelsOf(c);
  return {
    kernels,
    bits: c.bits,
    sparsities: c.sparsities,
    chosen: { kernel: c.pick % kernels.length, bits: c.pick % c.bits.length, sparsity: c.pick % c.sparsities },
    thresholds: tf.tensor1d(Float32Array.from({ length: c.sparsities }, (_, s) => 0.2 * s)),
    sigma: tf.tensor1d(randomValues(channels, c.seed + 5).map((v) => 0.3 + Math.abs(v))),
    steps: Float32Array.from({ length: c.bits.length * c.sparsities }, (_, i) => 0.2 + 0.1 * i),
    depthwise: c.depthwise,
  };
}

const weightsOf = (c: Case): Plain => plain([c.height, c.width, c.rows, c.last], c.seed);

/** Output and gradients for Σ output · probe. */
async function run(backend: TestBackend, c: Case): Promise<Plain[]> {
  await openForTest(backend);
  const shapes: number[][] = [];
  const found = await readOf(() => {
    const options = optionsOf(c);
    const w = onBackend(weightsOf(c)) as tf.Tensor4D;
    const probe = onBackend(plain(w.shape, c.seed + 9));
    const coefficients = [options.kernels.length, c.bits.length, c.sparsities].map((n) => tf.zeros([n]) as tf.Tensor1D);
    const mixed = (x: tf.Tensor, kernel: tf.Tensor, bits: tf.Tensor, sparsity: tf.Tensor): tf.Tensor =>
      mixWeights(
        x as tf.Tensor4D,
        { kernel: kernel as tf.Tensor1D, bits: bits as tf.Tensor1D, sparsity: sparsity as tf.Tensor1D },
        options,
      );
    const output = mixed(w, ...(coefficients as [tf.Tensor, tf.Tensor, tf.Tensor]));
    const gradients = tf.grads((...x: tf.Tensor[]) =>
      tf.sum(tf.mul(mixed(...(x as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor])), probe)),
    )([w, ...coefficients]);
    shapes.push(output.shape, ...gradients.map(({ shape }) => shape));
    return [output, ...gradients];
  });
  return found.map((values, i) => ({ shape: shapes[i]!, values }));
}

/** Over random shapes and options: every backend's weights and gradients are those of the composition. */
function assertEqualToCpu(backends: readonly TestBackend[]): Promise<void> {
  return fc.assert(
    fc.asyncProperty(cases, async (c) => {
      const expected = await run('cpu', c);
      for (const backend of backends) {
        const actual = await run(backend, c);
        expected.forEach((tensor, i) => {
          assertClose(actual[i]!, tensor, 2e-5, `${backend}: ${['weights', 'dw', 'kernel', 'bits', 'sparsity'][i]!}`);
        });
      }
    }),
    { ...FIXED, numRuns: 60 },
  );
}

describe('mixWeights', () => {
  it('gives the same weights and gradients on wasm as on the CPU backend', () => assertEqualToCpu(COMPARED));

  it("makes each option's gradient the inner product with the weights of that option", () =>
    fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const [, , kernel, bits, sparsity] = await run('wasm', c);
        const probe = plain([c.height, c.width, c.rows, c.last], c.seed + 9).values;
        const chosen = optionsOf(c).chosen;
        const inner = (change: Partial<MixOptions['chosen']>): number => {
          const options = { ...optionsOf(c), chosen: { ...chosen, ...change } };
          const unused = tf.zeros([1]) as tf.Tensor1D;
          const values = mixWeights(
            onBackend(weightsOf(c)) as tf.Tensor4D,
            { kernel: unused, bits: unused, sparsity: unused },
            options,
          ).dataSync<'float32'>();
          return values.reduce((sum, x, i) => sum + x * probe[i]!, 0);
        };
        const near = (actual: number, expected: number): void => {
          assert.ok(
            Math.abs(actual - expected) < 1e-3 * Math.max(1, Math.abs(expected)),
            `${actual} is not ${expected}`,
          );
        };
        kernel!.values.forEach((g, k) => {
          near(g, inner({ kernel: k }));
        });
        bits!.values.forEach((g, b) => {
          near(g, inner({ bits: b }));
        });
        sparsity!.values.forEach((g, s) => {
          near(g, inner({ sparsity: s }));
        });
      }),
      FIXED,
    ));

  it('writes whole levels, zeros below the threshold and outside the crop, and passes the gradient of pruned weights', async () => {
    await openBackend('wasm');
    const w = tf.tensor4d([0.1, -0.4, 0.9, 5, -5, 0.6, 0.3, 0.5, -0.7], [3, 3, 1, 1]);
    const options: MixOptions = {
      kernels: [
        { height: 3, width: 3 },
        { height: 1, width: 3 },
      ],
      bits: [3],
      sparsities: 1,
      chosen: { kernel: 1, bits: 0, sparsity: 0 },
      thresholds: tf.tensor1d([1]),
      sigma: tf.tensor1d([2]),
      steps: Float32Array.of(0.5),
      depthwise: false,
    };
    const unused = tf.zeros([1]) as tf.Tensor1D;
    const coefficients = { kernel: tf.zeros([2]) as tf.Tensor1D, bits: unused, sparsity: unused };
    assert.deepEqual([...mixWeights(w, coefficients, options).dataSync()], [0, 0, 0, 3, -3, 0, 0, 0, 0]);
    const dw = tf
      .grad((x) => tf.sum(mixWeights(x as tf.Tensor4D, coefficients, options)))(w)
      .dataSync();
    assert.deepEqual([...dw], [0, 0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it('makes binary weights signs of those that are kept', async () => {
    await openBackend('wasm');
    const w = tf.tensor4d([0.1, -0.4, 0.9, -2], [1, 1, 1, 4]);
    const unused = tf.zeros([1]) as tf.Tensor1D;
    const values = mixWeights(
      w,
      { kernel: unused, bits: unused, sparsity: unused },
      {
        kernels: [{ height: 1, width: 1 }],
        bits: [1],
        sparsities: 1,
        chosen: { kernel: 0, bits: 0, sparsity: 0 },
        thresholds: tf.tensor1d([0.2]),
        sigma: tf.ones([4]),
        steps: Float32Array.of(0.5),
        depthwise: false,
      },
    ).dataSync();
    assert.deepEqual([...values], [0, -0.5, 0.5, -0.5]);
  });
});

describe('mixWeights on tensorflow', () => {
  before(async function () {
    await skipWithout(this, 'tensorflow');
  });
  after(() => openBackend('wasm'));

  it('gives the same weights and gradients as on the CPU backend', () => assertEqualToCpu(['tensorflow']));
});
