/** Quantising, pruning and sizing of weights: what a search does to them in and between its steps. */
import * as tf from '@tensorflow/tfjs-core';
import { mixWeights } from '../src/devices/operators/mix-weights.ts';
import { estimateSize } from '../src/costs/weights/rates/estimate-size.ts';
import { storedSize } from '../src/costs/weights/stored-size.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { weightStatistics } from '../src/training/supernet/pruning.ts';
import { openFor } from './lib/backend.ts';
import { columns, rounded, timings, type Timing } from './lib/measure.ts';
import { median } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';

const SHAPE: [number, number, number, number] = [3, 3, 64, 64];
const COUNT = SHAPE.reduce((product, size) => product * size, 1);
const BITS = [2, 3, 4, 6, 8];
const SPARSITIES = [0, 0.5, 0.75, 0.9];
const ROUNDS = 30;
const TARGET = findTarget('ethos-u55-128');

const row = (what: string, timing: Timing): Row => ({
  what,
  ...columns(timing),
  'weights / µs': rounded(COUNT / 1000 / median(timing.milliseconds)),
});

/** Integer weights as a search makes them: bell-shaped, 4 bits, half of them pruned. */
function codes(values: Float32Array): Int16Array {
  const sigma = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  return Int16Array.from(values, (x) =>
    Math.abs(x) < 0.674 * sigma ? 0 : Math.max(-7, Math.min(7, Math.round(x / (sigma / 3)))),
  );
}

export const benchmark: Benchmark = {
  name: 'quantise',
  describe: `Quantise, prune and size a 3x3x64x64 filter with ${BITS.length} bitwidths and ${SPARSITIES.length} sparsities, in milliseconds.`,
  async run(options) {
    const { name } = await openFor(options);
    const w = tf.variable(tf.randomNormal(SHAPE, 0, 0.05, 'float32', 5));
    const values = w.dataSync<'float32'>();
    const statistics = weightStatistics(
      values,
      SHAPE,
      { height: 3, width: 3, inChannels: 64, outChannels: 64 },
      SPARSITIES,
    );
    const leaves = [1, BITS.length, SPARSITIES.length].map((n) => tf.variable(tf.ones([n]))) as unknown as [
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    const [thresholds, sigma] = [tf.tensor1d(statistics.thresholds), tf.tensor1d(statistics.sigma)];
    const mixed = (): tf.Tensor4D =>
      mixWeights(
        w as tf.Tensor as tf.Tensor4D,
        { kernel: leaves[0], bits: leaves[1], sparsity: leaves[2] },
        {
          kernels: [{ height: 3, width: 3 }],
          bits: BITS,
          sparsities: SPARSITIES.length,
          chosen: { kernel: 0, bits: 2, sparsity: 1 },
          thresholds,
          sigma,
          steps: Float32Array.from({ length: BITS.length * SPARSITIES.length }, (_, i) => 0.3 + 0.01 * i),
          depthwise: false,
        },
      );
    const dy = tf.randomNormal(SHAPE);
    const integers = codes(values);
    const ohwi: [number, number, number, number] = [64, 3, 3, 64];
    return [
      row(
        `${name}: weights of the chosen options`,
        await timings(() => {
          tf.dispose(mixed());
        }, ROUNDS),
      ),
      row(
        `${name}: the same with the gradients of every option`,
        await timings(() => {
          tf.dispose(tf.variableGrads(() => tf.sum(tf.mul(mixed(), dy)) as tf.Scalar) as unknown as tf.TensorContainer);
        }, ROUNDS),
      ),
      row(
        'thresholds and scales (every 16th step)',
        await timings(
          () => weightStatistics(values, SHAPE, { height: 3, width: 3, inChannels: 64, outChannels: 64 }, SPARSITIES),
          ROUNDS,
        ),
      ),
      row(
        'size from the rate table',
        await timings(() => estimateSize(TARGET, { kind: 'conv', ohwi, bits: 4, sparsity: 0.5 }), ROUNDS),
      ),
      row(
        'size by the exact encoder',
        await timings(() => storedSize(TARGET, { kind: 'conv', ohwi, bits: 4, values: integers }), 10, 2),
      ),
    ];
  },
};
