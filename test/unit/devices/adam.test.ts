/** The optimiser: against the formula, norm projection, and memory of its own. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '../../../src/devices/open-device.ts';
import { adamStep } from '../../../src/devices/operators/adam.ts';
import { read } from '../../../src/devices/read-tensor.ts';
import { openForTests } from './open.ts';
import { randomValues, skipWithout } from './support.ts';

const OPTIONS = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Three steps with fixed gradients; returns the value. */
async function train(
  backend: BackendName,
  count: number,
  weightDecay: number,
  projectNorm?: number,
): Promise<Float32Array> {
  await openForTests(backend);
  const [value, m, v] = [randomValues(count, 1), new Float32Array(count), new Float32Array(count)].map((x) =>
    tf.tidy(() => tf.variable(tf.tensor1d(x))),
  ) as [tf.Variable, tf.Variable, tf.Variable];
  for (let step = 1; step <= 3; ++step) {
    tf.tidy(() => {
      adamStep(
        [
          {
            value,
            grad: tf.tensor1d(randomValues(count, step + 1)),
            m,
            v,
            weightDecay,
            ...(projectNorm === undefined ? {} : { projectNorm }),
          },
        ],
        { ...OPTIONS, step },
      );
    });
  }
  const result = Float32Array.from(await read(value));
  tf.dispose([value, m, v]);
  return result;
}

/** The same in double precision. */
function expected(count: number, weightDecay: number): number[] {
  const value = [...randomValues(count, 1)];
  const m = new Array<number>(count).fill(0);
  const v = new Array<number>(count).fill(0);
  for (let step = 1; step <= 3; ++step) {
    randomValues(count, step + 1).forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const change = m[i]! / (1 - 0.9 ** step) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      value[i] = value[i]! - 0.01 * (change + weightDecay * value[i]!);
    });
  }
  return value;
}

for (const backend of ['cpu', 'wasm', 'tensorflow', 'webgpu'] as const) {
  describe(`adamStep on ${backend}`, () => {
    before(async function () {
      if (backend === 'tensorflow' || backend === 'webgpu') await skipWithout(this, backend);
    });

    for (const count of [1, 3, 4, 17, 1000]) {
      it(`follows the formula for ${count} values`, async () => {
        const actual = await train(backend, count, 0.1);
        expected(count, 0.1).forEach((x, i) => {
          assert.ok(Math.abs(actual[i]! - x) < 1e-5);
        });
      });
    }

    it('keeps the norm that it is given', async () => {
      const values = await train(backend, 37, 0.1, 2.5);
      assert.ok(Math.abs(Math.hypot(...values) - 2.5) < 1e-5);
    });

    it('leaves clones of a variable as they were', async () => {
      await openForTests(backend);
      const [value, m, v] = [tf.variable(tf.ones([5])), tf.variable(tf.zeros([5])), tf.variable(tf.zeros([5]))];
      const snapshot = tf.clone(value);
      adamStep([{ value, grad: tf.ones([5]), m, v, weightDecay: 0 }], { ...OPTIONS, step: 1 });
      assert.deepEqual([...(await read(snapshot))], [1, 1, 1, 1, 1]);
      assert.ok((await read(value)).every((x) => x < 1));
      tf.dispose([value, m, v, snapshot]);
    });

    it('makes no tensors', async () => {
      await openForTests(backend);
      const [value, m, v, grad] = [
        tf.variable(tf.ones([5])),
        tf.variable(tf.zeros([5])),
        tf.variable(tf.zeros([5])),
        tf.ones([5]),
      ];
      const before = tf.memory().numTensors;
      for (let step = 1; step < 5; ++step)
        adamStep([{ value, grad, m, v, weightDecay: 0.1, projectNorm: 1 }], { ...OPTIONS, step });
      assert.equal(tf.memory().numTensors, before);
      tf.dispose([value, m, v, grad]);
    });
  });
}
