/** Evolution under shared weights. */
import assert from 'node:assert/strict';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { Field } from '../../../src/strategies/space/candidates.ts';
import { candidates } from '../../../src/strategies/space/candidates.ts';
import { evolve } from '../../../src/strategies/udc/shared-evolution.ts';
import type { Judged } from '../../../src/strategies/udc/shared-evolution.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { networkOf } from './support.ts';

const SPACE = `search: { bits: 2 | 3 | 4 | 6 | 8, sparsity: 0 | 0.5 | 0.75 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4..24 step 4 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 8..32 step 4 }
  - { name: deep, op: dsconv | skip, kernel: 3x3, filters: 8..32 step 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

describe('evolution', () => {
  const network = networkOf(SPACE);
  const size = new SizeExpression(network, findTarget('ethos-u55-128'));
  const budgetBytes = 1200;
  const fieldOf = (seed: number): Field => ({
    network,
    smallest: size.smallest().assignment,
    random: new SeededRandom(seed),
    scores: {
      logits: network.decisions.map((d) => d.labels.map(() => 0)),
      allowed: network.decisions.map((d) => d.labels.map(() => true)),
    },
    constraint: {
      budgetBytes,
      floorBytes: 0.95 * budgetBytes,
      bytes: (assignment) => size.estimate(assignment),
      allowed: () => true,
    },
  });
  // A planted loss: the sum of preferences that no logit knows of.
  const secret = new SeededRandom(77);
  const worth = network.decisions.map((d) => d.labels.map(() => secret.normal()));
  const lossOf = (assignment: readonly number[]): number => assignment.reduce((sum, k, d) => sum - worth[d]![k]!, 0);
  const run = (seed: number, trials: number): Promise<Judged[]> => {
    const field = fieldOf(seed);
    return evolve(field, [field.smallest], {
      trials,
      judge: (assignment) => Promise.resolve(lossOf(assignment)),
      fit: (assignment) => Promise.resolve([...assignment]),
    });
  };

  it('judges as many different architectures as it may, all within the budget but for the founders', async () => {
    const judged = await run(1, 150);
    assert.equal(judged.length, 150);
    assert.equal(new Set(judged.map(({ assignment }) => assignment.join())).size, 150);
    for (const { assignment } of judged) assert.ok(size.estimate(assignment) <= budgetBytes);
    assert.deepEqual(
      judged.map(({ loss }) => loss),
      judged.map(({ loss }) => loss).sort((a, b) => a - b),
    );
  });

  it('finds better ones than as many that do not know of losses', async () => {
    let better = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const judged = await run(seed, 150);
      const field = fieldOf(seed);
      const drawn = await evolve(field, [], {
        trials: 150,
        judge: () => Promise.resolve(0),
        fit: (assignment) => Promise.resolve([...assignment]),
      });
      const bestDraw = Math.min(...drawn.map(({ assignment }) => lossOf(assignment)));
      assert.ok(judged[0]!.loss <= bestDraw, `seed ${seed}: ${judged[0]!.loss} against ${bestDraw}`);
      if (judged[0]!.loss < bestDraw) better++;
    }
    assert.ok(better >= 3, `${better} of 5`);
  });

  it('is the same for the same seed', async () => {
    assert.deepEqual(await run(4, 60), await run(4, 60));
  });

  it('leaves out what does not fit, and ends where nothing does', async () => {
    const none = await evolve(fieldOf(1), [], {
      trials: 20,
      judge: () => Promise.reject(new Error('nothing to judge')),
      fit: () => Promise.resolve(undefined),
    });
    assert.deepEqual(none, []);
  });

  it('puts what diverges last', async () => {
    const field = fieldOf(2);
    const judged = await evolve(field, [field.smallest], {
      trials: 20,
      judge: (assignment) => Promise.resolve(assignment.join() === field.smallest.join() ? NaN : 1),
      fit: (assignment) => Promise.resolve([...assignment]),
    });
    assert.deepEqual(judged.at(-1)!.assignment, field.smallest);
  });

  it('gives the race its best, beside rules of thumb and draws; without a race, the best alone', async () => {
    const field = fieldOf(3);
    const evolved = await run(3, 40);
    assert.deepEqual(candidates(field, field.smallest, evolved, 1), [evolved[0]]);
    const racers = candidates(field, field.smallest, evolved, 8);
    assert.equal(racers.length, 8);
    assert.equal(new Set(racers.map(({ assignment }) => assignment.join())).size, 8);
    assert.deepEqual(racers[0], evolved[0]);
    assert.ok(racers.some(({ assignment }) => assignment.join() === field.smallest.join()));
    assert.deepEqual(candidates(field, field.smallest, [], 1), [
      { assignment: field.smallest, origin: { kind: 'choice' } },
    ]);
    assert.deepEqual(
      new Set(racers.map(({ origin }) => origin.kind)),
      new Set(['choice', 'draw', 'offspring', 'rule']),
    );
  });
});
