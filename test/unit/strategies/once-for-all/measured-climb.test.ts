/** The climb from the best by the predictor to better ones by measurement. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import type { Assignment } from '../../../../src/network/types.ts';
import { climb } from '../../../../src/strategies/once-for-all/measured-climb.ts';
import { BudgetedSpace } from '../../../../src/strategies/space/budgeted-space.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';
import { networkOf } from '../support.ts';

const network = networkOf(`search: { bits: 2 | 3 | 4 | 6 | 8, sparsity: 0 | 0.3 | 0.5 | 0.75 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4..32 step 4 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3, filters: 8..48 step 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const target = findTarget('ethos-u55-128');

describe('a climb by measurement', () => {
  it('ends at something at least as good, within the limits, after so many measurements at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 500, max: 6000 }), fc.nat(1000), async (budget, seed) => {
        const size = new SizeExpression(network, target);
        const all = network.decisions.map(({ labels }) => labels.map(() => true));
        const problem = { network, target, limits: limitsOf(budget) };
        const space = new BudgetedSpace(problem, size, all, new SeededRandom(seed), undefined);
        const field = space.field(network.decisions.map(({ labels }) => labels.map(() => 0)));
        // What the predictor says is off by something of each architecture's own.
        const truth = (one: Assignment): number => one.reduce((sum, k, d) => sum + (k - (d % 3)) ** 2, 0);
        const predicted = (one: Assignment): number => truth(one) + (one.reduce((sum, k) => 7 * sum + k, seed) % 5);
        const measured: Assignment[] = [];
        const measure = (assignment: Assignment): Promise<{ assignment: Assignment; loss: number; metric: number }> => {
          measured.push(assignment);
          return Promise.resolve({ assignment, loss: truth(assignment), metric: 0 });
        };
        const fits = (one: Assignment): boolean => size.estimate(one) <= budget;
        const start = await measure(field.smallest);
        const found = await climb([start], { field, predicted, fits, measure });
        assert.ok(found[0]!.loss <= start.loss);
        assert.deepEqual(
          found.map(({ loss }) => loss),
          found.map(({ loss }) => loss).sort((a, b) => a - b),
        );
        assert.ok(found.every(({ assignment }) => fits(assignment)));
        assert.equal(new Set(measured.map((one) => one.join())).size, measured.length, 'none is measured twice');
        assert.ok(measured.length <= 49);
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('finds what a blind predictor does not see', async () => {
    const size = new SizeExpression(network, target);
    const all = network.decisions.map(({ labels }) => labels.map(() => true));
    const problem = { network, target, limits: limitsOf(6000) };
    const space = new BudgetedSpace(problem, size, all, new SeededRandom(1), undefined);
    const field = space.field(network.decisions.map(({ labels }) => labels.map(() => 0)));
    const truth = (one: Assignment): number => one.reduce((sum, k) => sum - k, 0);
    const start = { assignment: field.smallest, loss: truth(field.smallest), metric: 0 };
    const found = await climb([start], {
      field,
      predicted: () => 0,
      fits: () => true,
      measure: (assignment) => Promise.resolve({ assignment, loss: truth(assignment), metric: 0 }),
    });
    assert.ok(found[0]!.loss < start.loss);
  });
});
