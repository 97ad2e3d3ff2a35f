/** The budget repair of a trained network, and the few steps after it. */
import assert from 'node:assert/strict';
import { Batches } from '../../../src/data/batches.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { calibrationBatches } from '../../../src/training/evaluate.ts';
import { finetune, repair } from '../../../src/training/finish.ts';
import type { TensorRecord } from '../../../src/training/tensor-checkpoint.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { ConcretePhase } from '../../../src/training/trained/trained-phase.ts';
import { networkOf, openTestBackend, quadrants } from '../strategies/support.ts';

const NETWORK = networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: block, op: conv, kernel: 3x3, filters: 12, bits: 4, sparsity: 0.5 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 6 }
`);
const { train } = quadrants({ train: 64, validation: 8, test: 8 });
const RATE = 0.02;
const STEPS = 2;

interface Made {
  readonly phase: ConcretePhase;
  readonly batches: Batches;
}

/** A network at the end of its training, of whatever size it came to. */
async function withPhase(npu: string, seed: number, work: (made: Made) => Promise<void>): Promise<void> {
  const plan = {
    sparsifySteps: 0,
    settleSteps: 0,
    learningRate: RATE,
    weightDecay: 0,
    budgetBytes: Infinity,
    calibration: () => calibrationBatches(train, 16),
  };
  const phase = new ConcretePhase(
    instantiate(NETWORK, []),
    taskNamed('classification'),
    findTarget(npu),
    plan,
    freshTensors(seed),
  );
  try {
    await phase.complete();
    await work({ phase, batches: new Batches(train, { batch: 16, seed, augment: { crop: 0, flip: false } }) });
  } finally {
    phase.dispose();
  }
}

/** Everything that a checkpoint keeps. */
async function tensorsOf(phase: ConcretePhase): Promise<ReadonlyMap<string, TensorRecord>> {
  const tensors = new Map<string, TensorRecord>();
  await phase.save(tensors);
  return tensors;
}

const kept = (mask: Float32Array): number => mask.reduce((sum, one) => sum + one, 0);

describe('the budget repair', () => {
  before(openTestBackend);

  // A format for each way of storing zeros.
  for (const npu of ['ethos-u55-128', 'generic-npu', 'generic-bitmask']) {
    it(`brings what is over the budget into it, by pruning alone, and empties no layer: ${npu}`, async () => {
      for (const share of [0.98, 0.8, 0.6]) {
        await withPhase(npu, 1, async ({ phase, batches }) => {
          const start = await phase.exactBytes();
          const budget = Math.floor(share * start);
          const masks = await phase.network.masks();
          const found = await repair(phase, batches, train, budget, RATE, STEPS);
          assert.ok(found);
          assert.equal(found.beforeBytes, start);
          assert.equal(found.afterBytes, await phase.exactBytes(), 'what it says is what is stored');
          assert.ok(found.afterBytes <= budget, `${found.afterBytes} of ${budget}`);
          for (const [id, { mask }] of await phase.network.masks()) {
            mask.forEach((one, i) => {
              assert.ok(one <= masks.get(id)!.mask[i]!, `${id}: weight ${i} came back`);
            });
            assert.ok(kept(mask) > 0, `${id} is empty`);
          }
        });
      }
    });
  }

  it('stays within the budget where training in between is wild', async () => {
    for (const rate of [20, 200])
      await withPhase('ethos-u55-128', 7, async ({ phase, batches }) => {
        const budget = Math.floor(0.7 * (await phase.exactBytes()));
        const found = await repair(phase, batches, train, budget, rate, 4);
        assert.ok(found && found.afterBytes <= budget, `${found?.afterBytes} of ${budget}`);
        assert.equal(found.afterBytes, await phase.exactBytes());
      });
  });

  it('leaves what is within the budget alone, to the byte', async () => {
    await withPhase('ethos-u55-128', 2, async ({ phase, batches }) => {
      const [start, before, place] = [await phase.exactBytes(), await tensorsOf(phase), batches.state()];
      for (const budget of [start, start + 1, 10 * start])
        assert.equal(await repair(phase, batches, train, budget, RATE, STEPS), undefined);
      assert.deepEqual(await tensorsOf(phase), before);
      assert.deepEqual(batches.state(), place, 'no batch is taken');
    });
  });

  it('works on one byte too many, and without steps in between', async () => {
    await withPhase('ethos-u55-128', 3, async ({ phase, batches }) => {
      const start = await phase.exactBytes();
      const found = await repair(phase, batches, train, start - 1, RATE, 0);
      assert.ok(found && found.afterBytes < start, `${found?.afterBytes} of ${start}`);
      const { w } = (await phase.read()).get('stem/conv/conv')!;
      assert.deepEqual(w, (await phaseOfSameSeed(3)).get('stem/conv/conv')!.w, 'weights stay as they were');
    });
  });

  it('says how far it came where no pruning is enough, and never adds bytes', async () => {
    // One cannot be reached by any network of these layers; the other gains nothing from zeros.
    for (const [npu, share] of [
      ['ethos-u55-128', 0.01],
      ['mcu-packed', 0.5],
    ] as const) {
      await withPhase(npu, 1, async ({ phase, batches }) => {
        const start = await phase.exactBytes();
        const found = await repair(phase, batches, train, share * start, RATE, 1);
        assert.ok(found);
        assert.equal(found.afterBytes, await phase.exactBytes());
        assert.ok(found.afterBytes > share * start && found.afterBytes <= start, `${found.afterBytes} of ${start}`);
      });
    }
  });
});

/** The weights of a network of this seed that nothing has been done to. */
async function phaseOfSameSeed(seed: number): Promise<Awaited<ReturnType<ConcretePhase['read']>>> {
  let found: Awaited<ReturnType<ConcretePhase['read']>> | undefined;
  await withPhase('ethos-u55-128', seed, async ({ phase }) => {
    found = await phase.read();
  });
  return found!;
}

describe('the steps after a trim', () => {
  before(openTestBackend);

  it('take a batch each; none changes nothing', async () => {
    await withPhase('ethos-u55-128', 4, async ({ phase, batches }) => {
      const [before, place] = [await tensorsOf(phase), batches.state()];
      await finetune(phase, batches, train, RATE, 0);
      assert.deepEqual(await tensorsOf(phase), before);
      await finetune(phase, batches, train, RATE, 3);
      const other = new Batches(train, { batch: 16, seed: 4, augment: { crop: 0, flip: false } });
      other.restore(place);
      for (let i = 0; i < 3; i++) await other.next();
      assert.deepEqual(batches.state(), other.state());
    });
  });

  it('train weights, and neither revive what is pruned nor move frozen statistics and ranges', async () => {
    await withPhase('ethos-u55-128', 5, async ({ phase, batches }) => {
      const tensors = new Map<string, TensorRecord>();
      const { ranges } = await phase.save(tensors);
      const weights = await phase.read();
      await finetune(phase, batches, train, RATE, 3);
      const after = new Map<string, TensorRecord>();
      assert.deepEqual((await phase.save(after)).ranges, ranges);
      const frozen = [...tensors.keys()].filter((key) => /\|(mean|variance|mask)$/.test(key));
      assert.ok(frozen.length > 0);
      for (const key of frozen) assert.deepEqual(after.get(key), tensors.get(key), key);
      for (const [id, { w }] of await phase.read()) assert.notDeepEqual(w, weights.get(id)!.w, id);
    });
  });

  it('are the same again from the same state', async () => {
    const found: ReadonlyMap<string, TensorRecord>[] = [];
    for (let i = 0; i < 2; i++)
      await withPhase('ethos-u55-128', 6, async ({ phase, batches }) => {
        await finetune(phase, batches, train, RATE, 2);
        found.push(await tensorsOf(phase));
      });
    assert.deepEqual(found[1], found[0]);
  });
});
