/** Maps of 2 and 4 bits: what is trained is what the integer network computes, code for code, and clips are learned. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { read } from '../../../src/devices/read-tensor.ts';
import { dequantise } from '../../../src/integer/activation-grid.ts';
import { evaluateInteger } from '../../../src/integer/evaluate-integer.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { FROZEN, ON_GRID } from '../../../src/training/trained/trained-phase.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import type { TensorRecord } from '../../../src/training/tensor-checkpoint.ts';
import { networkOf, openTestBackend, randomImages } from '../strategies/support.ts';

const definition = (bits: number): string => `
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8, activationBits: ${bits} }
  - { name: block, op: dsconv, kernel: 3x3, filters: 12, bits: 4, sparsity: 0.5, activationBits: ${bits} }
  - { name: rest, op: residual, kernel: 3x3, filters: 12, bits: 4, activationBits: ${bits} }
  - { name: wide, op: ibn, kernel: 3x3, filters: 12, expand: 2, bits: 4, shortcut: identity, activation: relu6, activationBits: ${bits} }
  - { name: shrink, op: max-pool, kernel: 2x2 }
  - { name: mean, op: average-pool, kernel: 2x2, stride: 1 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 8 }
`;

const SAMPLES = 200;

describe('a network with narrow maps', () => {
  before(openTestBackend);

  const make = (bits: number): ConcreteNetwork =>
    new ConcreteNetwork(
      instantiate(networkOf(definition(bits)), []),
      taskNamed('classification'),
      freshTensors(3),
      1e-4,
    );
  const batch = (count: number, seed: number): { images: tf.Tensor4D; targets: tf.Tensor1D } => {
    const { images, labels } = randomImages(count, seed);
    return { images: tf.tensor4d(images, [count, 12, 12, 1]), targets: tf.tensor1d(labels, 'int32') };
  };

  /** Trained a little on its grids, clips included. */
  async function trained(bits: number): Promise<ConcreteNetwork> {
    const net = make(bits);
    await net.pruneTo(1);
    await net.fitSteps();
    const { images, targets } = batch(48, 1);
    for (let i = 0; i < 15; i++) await net.step(images, targets, ON_GRID, 0.01);
    net.restoreStatistics([images], ON_GRID);
    await net.calibrate([images], FROZEN);
    for (let i = 0; i < 15; i++) await net.step(images, targets, FROZEN, 0.005);
    tf.dispose([images, targets]);
    return net;
  }

  for (const bits of [2, 4]) {
    it(`of ${bits} bits computes in training what the integer network computes, on every sample`, async () => {
      const net = await trained(bits);
      const { images, targets } = batch(SAMPLES, 9);
      const integer = quantise(await net.fold());
      const inner = integer.operations.filter(({ output }) => output.bits === bits);
      assert.ok(inner.length >= 8);
      const { outputs } = await net.predict(FROZEN, images, targets);
      const grid = integer.operations.at(-1)!.output;
      const computed = dequantise(evaluateInteger(integer, await read(images), SAMPLES), grid);
      const best = (values: Float32Array, n: number): number => {
        const row = [...values.subarray(4 * n, 4 * n + 4)];
        return row.indexOf(Math.max(...row));
      };
      let different = 0;
      outputs.forEach((value, i) => {
        if (Math.abs(value - computed[i]!) > 0.01 * grid.scale) different++;
      });
      for (let n = 0; n < SAMPLES; n++)
        assert.equal(best(outputs as Float32Array, n), best(computed, n), `sample ${n}`);
      // In single precision a sum may fall on the other side of a half.
      assert.ok(different <= 0.01 * outputs.length, `${different} of ${outputs.length} outputs differ`);
      tf.dispose([images, targets]);
      net.dispose();
    });
  }

  it('learns its clips, keeps the number of tensors, and goes on from a checkpoint with the same ranges', async () => {
    const before = tf.memory().numTensors;
    const net = make(4);
    await net.pruneTo(1);
    await net.fitSteps();
    const { images, targets } = batch(48, 2);
    for (let i = 0; i < 5; i++) await net.step(images, targets, ON_GRID, 0.01);
    net.restoreStatistics([images], ON_GRID);
    await net.calibrate([images], FROZEN);
    const { ranges: first } = await net.save(new Map());
    await net.step(images, targets, FROZEN, 0.01);
    const tensors = tf.memory().numTensors;
    const losses: number[] = [];
    for (let i = 0; i < 40; i++) losses.push(await net.step(images, targets, FROZEN, 0.01));
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(losses.at(-1)! < 0.8 * losses[0]!, `${losses[0]!} to ${losses.at(-1)!}`);
    const file = new Map<string, TensorRecord>();
    const state = await net.save(file);
    const moved = state.ranges.filter(([id, { max }], i) => id !== '' && max !== first[i]![1].max);
    assert.ok(moved.length >= 8, `${moved.length} clips moved`);
    const other = make(4);
    other.load(file, state);
    const [a, b] = [await net.predict(FROZEN, images, targets), await other.predict(FROZEN, images, targets)];
    assert.deepEqual(b.outputs, a.outputs);
    tf.dispose([images, targets]);
    net.dispose();
    other.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
