/** Channels in the order of how much they count: the network computes what it did, and reconstruction loses less. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../../../src/base/random.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { byImportance } from '../../../../src/strategies/reinforcement/channel-order.ts';
import { factorise, solvePrefix } from '../../../../src/training/trained/least-squares.ts';
import { Reconstruction } from '../../../../src/training/trained/reconstruction.ts';
import { FLOAT, initialOf } from '../../../../src/strategies/reinforcement/whole-network.ts';
import { tensorsOf } from '../../../../src/strategies/space/given-weights.ts';
import { taskNamed } from '../../../../src/tasks/tasks.ts';
import { inherit } from '../../../../src/training/trained/inherit.ts';
import { freshTensors } from '../../../../src/training/trained/initial-tensors.ts';
import { ConcreteNetwork } from '../../../../src/training/trained/trained-network.ts';
import type { HostTensors } from '../../../../src/training/trainer.ts';
import { networkOf, openTestBackend, quadrants } from '../support.ts';

const BODIES = {
  'a stack': `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 6 }
  - { name: deep, op: dsconv, kernel: 3x3, filters: 10 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`,
  'additions and expansions': `layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 }
  - { name: block, op: residual, kernel: 3x3, filters: 8 }
  - { name: ibn, op: ibn, kernel: 3x3, expand: 3, filters: 8, shortcut: identity }
  - { name: up, op: dwconv, kernel: 3x3, multiplier: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`,
  'a flatten': `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 }
  - { name: pool, op: max-pool, kernel: 2x2, stride: 2 }
  - { name: flat, op: flatten }
  - { name: hidden, op: dense, units: 12 }
  - { name: logits, op: dense, units: 4 }
`,
};

const scattered = (tensors: HostTensors, random: SeededRandom): HostTensors =>
  new Map(
    [...tensors].map(([id, one]) => [
      id,
      {
        ...one,
        beta: one.beta.map(() => random.normal()),
        ...(one.gamma && { gamma: one.gamma.map(() => 0.5 + random.next()) }),
      },
    ]),
  );

describe('the order of channels', () => {
  before(openTestBackend);

  for (const [name, body] of Object.entries(BODIES))
    it(`changes nothing that the network computes: ${name}`, async () => {
      const network = networkOf(body);
      const architecture = instantiate(
        network,
        network.decisions.map(() => 0),
      );
      const given = scattered(tensorsOf(architecture, freshTensors(4)), new SeededRandom(5));
      const ordered = byImportance(architecture, given);
      assert.notDeepEqual(ordered, given, 'something has moved');
      const { validation } = quadrants({ train: 8, validation: 16, test: 8 });
      const batch = await validation.slice(0, 16);
      const images = tf.tensor4d(batch.images, [16, 12, 12, 1]);
      const targets = tf.tensor1d(batch.labels, 'int32');
      const outputs = await Promise.all(
        [given, ordered].map(async (tensors) => {
          const one = new ConcreteNetwork(architecture, taskNamed('classification'), initialOf(tensors), 0);
          const found = await one.predict(FLOAT, images, targets);
          one.dispose();
          return found.outputs;
        }),
      );
      tf.dispose([images, targets]);
      outputs[0]!.forEach((value, i) => {
        assert.ok(
          Math.abs(value - outputs[1]![i]!) < 1e-3 * Math.max(1, Math.abs(value)),
          `${value} ${outputs[1]![i]}`,
        );
      });
    });

  it('puts those first whose readers have the largest weights', () => {
    const network = networkOf(BODIES['a stack']);
    const architecture = instantiate(network, []);
    const ordered = byImportance(architecture, tensorsOf(architecture, freshTensors(4)));
    const { w, shape } = ordered.get('deep/dsconv/pointwise')!;
    const norms = Array.from({ length: shape[2]! }, (_, i) =>
      w.slice(i * shape[3]!, (i + 1) * shape[3]!).reduce((sum, value) => sum + Math.abs(value), 0),
    );
    assert.deepEqual(
      norms,
      [...norms].sort((a, b) => b - a),
    );
  });
});

describe('least squares', () => {
  it('solve every leading part of the equations', () => {
    const random = new SeededRandom(3);
    const size = 7;
    const x = Float64Array.from({ length: 20 * size }, () => random.normal());
    const gram = Float64Array.from({ length: size * size }, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      let sum = 0;
      for (let n = 0; n < 20; n++) sum += x[n * size + i]! * x[n * size + j]!;
      return sum;
    });
    const factor = factorise(gram, size, 0);
    for (let live = 1; live <= size; live++) {
      const wanted = Float64Array.from({ length: live * 2 }, () => random.normal());
      const sides = wanted.map((_, at) => {
        const [i, o] = [Math.floor(at / 2), at % 2];
        let sum = 0;
        for (let j = 0; j < live; j++) sum += gram[i * size + j]! * wanted[j * 2 + o]!;
        return sum;
      });
      solvePrefix(factor, size, live, sides).forEach((value, at) => {
        assert.ok(Math.abs(value - wanted[at]!) < 1e-8, `${live}: ${value} ${wanted[at]}`);
      });
    }
  });

  for (const name of ['a stack', 'a flatten'] as const)
    it(`come nearer to what a layer put out than its weights as they were: ${name}`, async () => {
      const network = networkOf(BODIES[name]);
      const architecture = instantiate(network, []);
      const tensors = byImportance(
        architecture,
        scattered(tensorsOf(architecture, freshTensors(4)), new SeededRandom(5)),
      );
      const one = new ConcreteNetwork(architecture, taskNamed('classification'), initialOf(tensors), 0);
      const { train } = quadrants({ train: 64, validation: 8, test: 8 });
      const reconstruction = await Reconstruction.sample(one, FLOAT, tensors, train, 1);
      const batch = await train.slice(0, 64);
      const images = tf.tensor4d(batch.images, [64, 12, 12, 1]);
      const seen = new Map<string, { x: Float32Array; channels: number }>();
      one.observe(FLOAT, images, ({ id, inChannels }, x) => {
        seen.set(id, { x: x.dataSync<'float32'>().slice(), channels: inChannels });
      });
      const id = name === 'a stack' ? 'deep/dsconv/pointwise' : 'hidden/dense/main';
      const key = seen.has(id) ? id : [...seen.keys()].find((other) => other.startsWith('hidden'))!;
      const { x, channels } = seen.get(key)!;
      const kept = channels / 2;
      const { w } = tensors.get(key)!;
      const outputs = w.length / channels;
      const pixels = name === 'a flatten' ? 9 : 1;
      const live = (i: number): boolean => i % (channels / pixels) < kept / pixels;
      /** Squared distance from what the layer puts out of all its inputs. */
      const missed = (weights: Float32Array): number => {
        let total = 0;
        for (let r = 0; r < x.length / channels; r++)
          for (let o = 0; o < outputs; o++) {
            let difference = 0;
            for (let i = 0; i < channels; i++)
              difference += x[r * channels + i]! * (w[i * outputs + o]! - (live(i) ? weights[i * outputs + o]! : 0));
            total += difference ** 2;
          }
        return total;
      };
      const rebuilt = reconstruction.weights(key, kept);
      rebuilt.forEach((value, at) => {
        if (!live(Math.floor(at / outputs))) assert.equal(value, 0);
      });
      assert.ok(missed(rebuilt) < missed(w), `${missed(rebuilt)} of ${missed(w)}`);
      assert.deepEqual(reconstruction.weights(key, channels), w, 'nothing is rebuilt where nothing is pruned');
      tf.dispose(images);
      one.dispose();
    });

  it('is what a narrower network starts from', () => {
    const network = networkOf(BODIES['a stack'].replace('filters: 6', 'filters: 3 | 6'));
    const [narrow, wide] = [0, 1].map((k) => instantiate(network, [k]));
    const tensors = byImportance(wide!, tensorsOf(wide!, freshTensors(4)));
    const operation = narrow!.operations.find(({ id }) => id === 'stem/conv/main') ?? narrow!.operations[0]!;
    const { w } = inherit(tensors, narrow!, operation);
    const whole = tensors.get(operation.id)!;
    const ratio = w[0]! / whole.w[0]!;
    for (let tap = 0; tap < 9; tap++)
      for (let o = 0; o < 3; o++) assert.ok(Math.abs(w[tap * 3 + o]! - ratio * whole.w[tap * 6 + o]!) < 1e-5);
  });
});
