/**
 * The same training on every backend that is installed: losses agree with the plain JavaScript backend for the same
 * seed.
 */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type BackendName } from '../../../src/devices/open-device.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { FROZEN, ON_GRID } from '../../../src/training/trained/trained-phase.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { openForTests } from '../devices/open.ts';
import { comparable, networkOf, quadrants, randomImages, run } from './support.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';

/** Every kind of operator and decision. */
const NETWORK = networkOf(`
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: block, op: dsconv | skip, kernel: 3x3 | 5x5, filters: 8 }
  - { name: rest, op: residual, kernel: 3x3, filters: 8 | 12, shortcut: projection }
  - { name: wide, op: ibn, kernel: 3x3, filters: 12, expand: 2 | 3 }
  - { name: shrink, op: max-pool, kernel: 2x2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const BATCH = 16;
const STEPS = 4;
/**
 * Of a loss: rounding in the search; on grids also the weights and activations that lie at the border of two levels and
 * take the other one.
 */
const TOLERANCE = { search: 1e-4, grids: 2e-2 } as const;

/**
 * Losses of the first steps of the search, of training on weight grids, and with activations on their grids as well.
 */
async function losses(backend: BackendName): Promise<number[]> {
  await openForTests(backend);
  const { images, labels } = randomImages(BATCH, 3);
  const [x, targets] = [tf.tensor4d(images, [BATCH, 12, 12, 1]), tf.tensor1d(labels, 'int32')];
  const phase = new SupernetPhase({
    network: NETWORK,
    target: findTarget('ethos-u55-128'),
    task: taskNamed('classification'),
    limits: limitsOf(3000),
    seed: 5,
    warmupSteps: 0,
    searchSteps: 50,
  });
  const found: number[] = [];
  for (let step = 0; step < STEPS; ++step) found.push(await phase.step(step, x, targets));
  const net = new ConcreteNetwork(
    instantiate(
      NETWORK,
      NETWORK.decisions.map(({ labels: options }) => options.length - 1),
    ),
    taskNamed('classification'),
    freshTensors(3),
    1e-4,
  );
  await net.pruneTo(1);
  await net.fitSteps();
  for (let step = 0; step < STEPS; ++step) found.push(await net.step(x, targets, ON_GRID, 0.01));
  net.restoreStatistics([x], ON_GRID);
  await net.calibrate([x], FROZEN);
  for (let step = 0; step < STEPS; ++step) found.push(await net.step(x, targets, FROZEN, 0.01));
  net.dispose();
  phase.supernet.dispose();
  tf.dispose([x, targets]);
  return found;
}

describe('training gives the same losses as on the plain backend', () => {
  let expected: number[];
  before(async () => {
    expected = await losses('cpu');
  });
  after(() => openBackend('wasm'));

  for (const backend of ['wasm', 'tensorflow', 'webgpu'] as const) {
    it(`on ${backend}`, async function () {
      // WebGPU may have to compute in software.
      this.timeout(600_000);
      try {
        await openForTests(backend);
      } catch (error) {
        if (backend === 'wasm') throw error;
        this.test!.title += ` (left out: ${error instanceof Error ? error.message : String(error)})`;
        this.skip();
      }
      const actual = await losses(backend);
      expected.forEach((loss, step) => {
        assert.ok(
          Math.abs(actual[step]! - loss) <= (step < STEPS ? TOLERANCE.search : TOLERANCE.grids),
          `step ${step}: ${actual[step]!}, expected ${loss}`,
        );
      });
    });
  }
});

describe('a search on a backend that is read asynchronously', () => {
  after(() => openBackend('wasm'));

  it('gives the same events for the same seed, interrupted or not, and leaks no tensors', async function () {
    this.timeout(600_000);
    try {
      await openForTests('webgpu');
    } catch (error) {
      this.test!.title += ` (left out: ${error instanceof Error ? error.message : String(error)})`;
      this.skip();
    }
    const network = networkOf(`search: { bits: 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 2, sparsify: 1, settle: 1, batch: 32, race: 2 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
    const context = {
      network,
      dataset: quadrants({ train: 64, validation: 32, test: 32 }),
      target: findTarget('ethos-u55-128'),
      limits: limitsOf(300),
      seed: 1,
      backend: { name: 'webgpu', reason: 'test' },
    };
    const whole = await run(context);
    const interrupted = await run(context, [2, 5, 9]);
    assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
    assert.deepEqual(interrupted.result, whole.result);
    const tensors = whole.events.flatMap((event) =>
      event.type === 'epoch' && (event.stage === 'warmup' || event.stage === 'search') ? [event.measured.tensors] : [],
    );
    assert.equal(new Set(tensors).size, 1, `tensors leak: ${tensors.join(' ')}`);
  });
});
