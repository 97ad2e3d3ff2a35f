/** Early exits in training: what their loss reaches, and what it leaves alone. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../../src/base/random.ts';
import { evaluateOutputs } from '../../../src/integer/evaluate-integer.ts';
import { dequantise } from '../../../src/integer/activation-grid.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { exitsOf } from '../../../src/network/network-outputs.ts';
import type { Network } from '../../../src/network/types.ts';
import { argmax } from '../../../src/tasks/argmax.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { ConcreteNetwork, type Mode } from '../../../src/training/trained/trained-network.ts';
import { FROZEN } from '../../../src/training/trained/trained-phase.ts';
import { networkOf, openTestBackend, randomImages } from '../strategies/support.ts';

const FLOAT: Mode = { statistics: 'batch', quantised: false, revives: false, quantisedActivations: false };
const TASK = taskNamed('classification');

const text = (exit: string, exitLoss = 0.3): string => `
training: { warmup: 0, search: 1, exitLoss: ${exitLoss} }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
${exit}
  - { name: block, op: dsconv, kernel: 3x3, filters: 8 | 12, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 8 }
`;
const EXIT = '  - { name: early, op: exit, units: 4, bits: 8 }';
const HEAD = 'early/exit/dense';

const batch = (seed: number): { images: tf.Tensor4D; targets: tf.Tensor1D } => {
  const { images, labels } = randomImages(24, seed);
  return { images: tf.tensor4d(images, [24, 12, 12, 1]), targets: tf.tensor1d(labels, 'int32') };
};

/** Weights after some steps; operations of one id begin with the same. */
async function trained(network: Network, exitLoss: number, steps: number): Promise<Map<string, Float32Array>> {
  const assignment = network.decisions.map(() => 0);
  const net = new ConcreteNetwork(
    instantiate(network, assignment),
    TASK,
    (operation) => freshTensors(operation.id.length)(operation),
    0,
    0,
    undefined,
    exitLoss,
  );
  const { images, targets } = batch(1);
  for (let i = 0; i < steps; i++) await net.step(images, targets, FLOAT, 0.01);
  const read = await net.read();
  net.dispose();
  tf.dispose([images, targets]);
  return new Map([...read].map(([id, { w }]) => [id, Float32Array.from(w)]));
}

describe('the loss of early exits', () => {
  before(openTestBackend);

  it('of weight 0 leaves the network as it would be without them', async () => {
    const without = await trained(networkOf(text('')), 0, 3);
    const found = await trained(networkOf(text(EXIT)), 0, 3);
    assert.ok(found.delete(HEAD));
    assert.deepEqual([...found.keys()].sort(), [...without.keys()].sort());
    for (const [id, w] of without) assert.deepEqual(found.get(id), w, id);
  });

  it('reaches their heads and the layers before them, and none behind them', async () => {
    const network = networkOf(text(EXIT));
    const [without, found] = [await trained(network, 0, 1), await trained(network, 2, 1)];
    const differs = (id: string): boolean => found.get(id)!.some((value, i) => value !== without.get(id)![i]);
    assert.ok(differs(HEAD));
    assert.ok(differs('stem/conv/conv'));
    for (const id of found.keys()) if (/^(block|logits)/.test(id)) assert.ok(!differs(id), id);
  });

  it('teaches them what the integer network then answers at them', async () => {
    const network = networkOf(text(EXIT));
    const architecture = instantiate(network, [0]);
    const net = new ConcreteNetwork(architecture, TASK, freshTensors(3), 0, 0, undefined, 1);
    const { images, targets } = batch(2);
    for (let i = 0; i < 80; i++) await net.step(images, targets, FLOAT, 0.02);
    await net.pruneTo(1);
    await net.fitSteps();
    net.restoreStatistics([images], FROZEN);
    await net.calibrate([images], FROZEN);
    const integer = quantise(await net.fold());
    const labels = await targets.data();
    const [early] = evaluateOutputs(integer, (await images.data()) as Float32Array, 24);
    const grid = integer.operations[exitsOf(architecture.operations)[0]!]!.output;
    const values = dequantise(early!, grid);
    const right = Array.from(labels).filter((label, i) => argmax(values, 4 * i, 4) === label).length;
    net.dispose();
    // The mean over a map says little of where it is bright: by chance it would be 6.
    assert.ok(right >= 12, `${right} of 24`);
  });

  it('is descended by shared weights too, whose prediction stays that of the end', async () => {
    const heads = async (exitLoss: number): Promise<{ moved: boolean; outputs: number }> => {
      const network = networkOf(text(EXIT, exitLoss));
      const supernet = new Supernet(network, TASK, new SeededRandom(3), 0);
      const before = Float32Array.from((await supernet.read()).get(HEAD)!.w);
      const { images, targets } = batch(1);
      await supernet.refresh([0]);
      await supernet.step(images, targets, [{ sample: { choice: [0], second: [-1], soft: [] }, decide: false }], 0.01);
      const { outputs } = await supernet.predict([0], images, targets);
      const after = (await supernet.read()).get(HEAD)!.w;
      supernet.dispose();
      return { moved: before.some((value, i) => value !== after[i]), outputs: outputs.length };
    };
    assert.deepEqual(await heads(1), { moved: true, outputs: 24 * 4 });
    assert.deepEqual(await heads(0), { moved: false, outputs: 24 * 4 });
  });
});
