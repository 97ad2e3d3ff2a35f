/** What holds for everything that is trained: shared weights, and a network alone. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { instantiate } from '../../../src/network/architecture.ts';
import type { Assignment } from '../../../src/network/types.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { batchTensors, calibrationBatches } from '../../../src/training/evaluate.ts';
import type { TensorRecord } from '../../../src/training/tensor-checkpoint.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { ConcretePhase, FROZEN, ON_GRID, SPARSIFYING } from '../../../src/training/trained/trained-phase.ts';
import type { Mode } from '../../../src/training/trained/trained-network.ts';
import type { Trainer } from '../../../src/training/trainer.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { countReads } from '../devices/count-reads.ts';
import { networkOf, openTestBackend, quadrants } from '../strategies/support.ts';

const SPACE = networkOf(`search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, batch: 16 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4 | 8 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const data = quadrants({ train: 96, validation: 32, test: 16 });
const task = taskNamed('classification');
const target = findTarget('ethos-u55-128');
const STEPS = 6;

interface Kind<Choice, State> {
  readonly name: string;
  readonly choices: readonly Choice[];
  make(): Trainer<Choice, State>;
}

const last: Assignment = SPACE.decisions.map(({ labels }) => labels.length - 1);
const first: Assignment = SPACE.decisions.map(() => 0);

const shared: Kind<Assignment, Awaited<ReturnType<SupernetPhase['save']>>> = {
  name: 'shared weights',
  choices: [last, first, last],
  make: () =>
    new SupernetPhase({
      network: SPACE,
      target,
      task,
      limits: limitsOf(1000),
      seed: 3,
      warmupSteps: STEPS / 2,
      searchSteps: STEPS,
    }),
};

const alone: Kind<Mode, Awaited<ReturnType<ConcretePhase['save']>>> = {
  name: 'a network alone',
  choices: [FROZEN, SPARSIFYING, ON_GRID],
  make: () =>
    new ConcretePhase(
      instantiate(SPACE, last),
      task,
      target,
      {
        sparsifySteps: STEPS / 2,
        settleSteps: STEPS,
        learningRate: 0.01,
        weightDecay: 1e-4,
        budgetBytes: 1000,
        calibration: () => calibrationBatches(data.train, 16),
      },
      freshTensors(5),
    ),
};

async function train<C, S>(trainer: Trainer<C, S>, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const { images, targets } = batchTensors(await data.train.slice((16 * step) % 80, 16), data.train);
    losses.push(await trainer.step(step, images, targets));
    tf.dispose([images, targets]);
  }
  return losses;
}

/** Everything of it as a checkpoint has it. */
async function snapshot<C, S>(trainer: Trainer<C, S>): Promise<{ state: S; tensors: Map<string, TensorRecord> }> {
  const tensors = new Map<string, TensorRecord>();
  const state = await trainer.save(tensors);
  return { state: structuredClone(state), tensors };
}

function holds<C, S>({ name, choices, make }: Kind<C, S>): void {
  describe(`a trainer: ${name}`, () => {
    before(openTestBackend);
    const predict = async (trainer: Trainer<C, S>, choice: C): Promise<{ outputs: Float32Array; loss: number }> => {
      const { images, targets } = batchTensors(await data.test.slice(0, 16), data.test);
      const found = await trainer.predict(choice, images, targets);
      tf.dispose([images, targets]);
      return { ...found, outputs: found.outputs.slice() };
    };

    for (const at of [0, 2, STEPS / 2, STEPS + 1])
      it(`takes the same steps from what was saved before step ${at}, in the same object or in another`, async function () {
        this.timeout(60_000);
        const trainer = make();
        await train(trainer, 0, at);
        const saved = await snapshot(trainer);
        const expected = await train(trainer, at, at + 2);
        const after = await snapshot(trainer);
        const other = make();
        await train(other, 0, 1);
        for (const again of [trainer, other]) {
          again.restore(saved.tensors, saved.state);
          assert.deepEqual(await snapshot(again), saved);
          assert.deepEqual(await train(again, at, at + 2), expected);
          assert.deepEqual(await snapshot(again), after);
        }
        trainer.dispose();
        other.dispose();
      });

    it('changes nothing when it predicts, and says the same again', async () => {
      const trainer = make();
      await train(trainer, 0, STEPS + 2);
      const before = await snapshot(trainer);
      const found = await predict(trainer, choices[0]!);
      assert.ok(Number.isFinite(found.loss) && found.outputs.length === 16 * 4);
      for (const choice of choices) await predict(trainer, choice);
      assert.deepEqual(await predict(trainer, choices[0]!), found);
      assert.deepEqual(await snapshot(trainer), before);
      trainer.dispose();
    });

    it('ranks several, each as if it were the only one, and leaves the weights as they are', async () => {
      const trainer = make();
      await train(trainer, 0, STEPS + 2);
      const before = await trainer.read();
      const parts = [data.validation, data.train];
      const losses = await trainer.rank(choices, parts, 24);
      for (const [i, choice] of choices.entries())
        assert.deepEqual(await trainer.rank([choice], parts, 24), [losses[i]]);
      assert.ok(new Set(losses).size > 1);
      assert.deepEqual(await trainer.read(), before);
      assert.deepEqual(await trainer.rank([], parts, 24), []);
      trainer.dispose();
    });

    it('reads its weights from the device once until a step changes them', async () => {
      const trainer = make();
      await train(trainer, 0, 1);
      const { size } = await trainer.read();
      const again = await countReads(async () => {
        await trainer.read();
        await trainer.read();
      });
      assert.equal(again, 0);
      const before = structuredClone(await trainer.read());
      await train(trainer, 1, 2);
      const after = await trainer.read();
      assert.ok(size > 0);
      for (const [id, { w }] of after) assert.notDeepEqual(w, before.get(id)!.w, id);
      const saved = await snapshot(trainer);
      await train(trainer, 2, 3);
      trainer.restore(saved.tensors, saved.state);
      assert.deepEqual(await trainer.read(), after);
      trainer.dispose();
    });

    it('leaks no tensor: in steps, in predictions, in ranks, in checkpoints, and at its end', async () => {
      const none = tf.memory().numTensors;
      const trainer = make();
      await train(trainer, 0, STEPS + 2);
      await trainer.rank(choices, [data.validation], 16);
      const held = tf.memory().numTensors;
      const saved = await snapshot(trainer);
      await train(trainer, STEPS + 2, STEPS + 3);
      for (const choice of choices) await predict(trainer, choice);
      await trainer.rank(choices, [data.validation], 16);
      await trainer.read();
      trainer.restore(saved.tensors, saved.state);
      assert.equal(tf.memory().numTensors, held);
      trainer.dispose();
      assert.equal(tf.memory().numTensors, none);
    });

    it('refuses tensors of another network, and says which', async () => {
      const trainer = make();
      const { state, tensors } = await snapshot(trainer);
      const name = [...tensors.keys()].find((one) => one.includes('logits') && one.endsWith('|value'))!;
      tensors.set(name, { shape: [1], data: new Float32Array(1) });
      assert.throws(() => trainer.restore(tensors, state), /does not fit this definition: tensor .*logits/);
      trainer.dispose();
    });
  });
}

holds(shared);
holds(alone);
