/** A concrete network: what it trains is what the integer network computes, norms stay flat, tensors do not leak. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { read } from '../../../src/devices/read-tensor.ts';
import { dequantise } from '../../../src/integer/activation-grid.ts';
import { evaluateInteger } from '../../../src/integer/evaluate-integer.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { trim } from '../../../src/training/trained/trim.ts';
import { FROZEN } from '../../../src/training/trained/trained-phase.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import type { Mode } from '../../../src/training/trained/trained-network.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { networkOf, openTestBackend, randomImages } from '../strategies/support.ts';

const ON_GRID: Mode = { statistics: 'batch', quantised: true, revives: false, quantisedActivations: false };

const DEFINITION = `
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 12, bits: 4, sparsity: 0.5 }
  - { name: rest, op: residual, kernel: 3x3, filters: 12, bits: 3 }
  - { name: wide, op: ibn, kernel: 3x3, filters: 12, expand: 2, bits: 4, shortcut: identity }
  - { name: shrink, op: max-pool, kernel: 2x2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 6 }
`;

describe('a concrete network', () => {
  before(openTestBackend);

  const make = (): ConcreteNetwork => {
    const network = networkOf(DEFINITION);
    return new ConcreteNetwork(instantiate(network, []), taskNamed('classification'), freshTensors(3), 1e-4);
  };
  const batch = (seed: number): { images: tf.Tensor4D; targets: tf.Tensor1D } => {
    const { images, labels } = randomImages(24, seed);
    return { images: tf.tensor4d(images, [24, 12, 12, 1]), targets: tf.tensor1d(labels, 'int32') };
  };

  it('computes in training what the integer network computes', async () => {
    const net = make();
    await net.pruneTo(1);
    await net.fitSteps();
    const { images, targets } = batch(1);
    for (let i = 0; i < 12; i++) await net.step(images, targets, ON_GRID, 0.01);
    net.restoreStatistics([images], ON_GRID);
    await net.calibrate([images], FROZEN);
    const folded = await net.fold();
    const integer = quantise(folded);
    const { outputs: predicted } = await net.predict(FROZEN, images, targets);
    const grid = integer.operations.at(-1)!.output;
    const computed = dequantise(evaluateInteger(integer, await read(images), 24), grid);
    const steps = Array.from(predicted, (value, i) => Math.abs(value - computed[i]!) / grid.scale);
    const mean = steps.reduce((sum, difference) => sum + difference, 0) / steps.length;
    // Integer biases are rounded to steps of input scale × weight step, which low bitwidths make coarse: some codes
    // differ by one.
    assert.ok(Math.max(...steps) <= 4.01, `largest difference ${Math.max(...steps)} steps`);
    assert.ok(mean < 1, `mean difference ${mean} steps`);
    tf.dispose([images, targets]);
    net.dispose();
  });

  it('keeps the norms of scale-invariant layers flat and the number of tensors constant', async () => {
    const tensorsBefore = tf.memory().numTensors;
    const net = make();
    const { images, targets } = batch(2);
    await net.step(images, targets, ON_GRID, 0.01);
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 10; i++) {
      await net.step(images, targets, i % 2 ? ON_GRID : { ...ON_GRID, quantised: false }, 0.02);
      assert.equal(tf.memory().numTensors, tensors);
    }
    for (const [name, norm] of Object.entries(await net.trainables.norms()))
      assert.ok(Math.abs(norm - 1) < 1e-3, `${name} ${norm}`);
    tf.dispose([images, targets]);
    net.dispose();
    assert.equal(tf.memory().numTensors, tensorsBefore);
  });

  it('learns', async () => {
    const net = make();
    const { images, targets } = batch(4);
    const first = await net.step(images, targets, ON_GRID, 0.01);
    let last = first;
    for (let i = 0; i < 40; i++) last = await net.step(images, targets, ON_GRID, 0.01);
    assert.ok(last < 0.6 * first, `${first} to ${last}`);
    tf.dispose([images, targets]);
    net.dispose();
  });

  it('prunes to exact counts, and trims to any size that zeros can reach', async () => {
    const net = make();
    await net.pruneTo(1);
    await net.fitSteps();
    const masks = await net.masks();
    const { mask } = masks.get('block/dsconv/pointwise') ?? [...masks.values()][2]!;
    assert.equal(
      mask.reduce((sum, kept) => sum + kept, 0),
      mask.length / 2,
    );
    const target = findTarget('ethos-u55-128');
    const whole = await trim(net, target, Infinity);
    const random = new SeededRandom(1);
    for (let share = 0.95; share > 0.5; share -= 0.1 + 0.05 * random.next()) {
      const size = await trim(net, target, whole * share);
      assert.ok(size <= whole * share, `${size} of ${whole * share}`);
    }
    net.dispose();
  });

  it('trims coarse grids, on which weights leave in crowds, and empties no layer', async () => {
    const target = findTarget('ethos-u55-128');
    const random = new SeededRandom(4);
    const architecture = instantiate(
      networkOf(DEFINITION.replace(/bits: \d/g, 'bits: 2').replace(', sparsity: 0.5', '')),
      [],
    );
    const fresh = freshTensors(3);
    // Sizes between 0.9 and 1.1 of each other: what two bits are trained to.
    const net = new ConcreteNetwork(
      architecture,
      taskNamed('classification'),
      (operation) => {
        const tensors = fresh(operation);
        return { ...tensors, w: tensors.w.map((w) => Math.sign(w) * (0.9 + 0.2 * random.next())) };
      },
      0,
    );
    await net.fitSteps();
    const whole = await trim(net, target, Infinity);
    const size = await trim(net, target, 0.8 * whole);
    assert.ok(size <= 0.8 * whole, `${size} of ${0.8 * whole}`);
    for (const [id, codes] of await net.integerWeights())
      assert.ok(
        codes.some((code) => code !== 0),
        `${id} is empty`,
      );
    net.dispose();
  });
});
