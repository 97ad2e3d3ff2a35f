/** Rank correlations and architectures of the benchmark of trust. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawArchitectures } from '../../../bench/lib/trust/draw.ts';
import { spearman } from '../../../bench/lib/trust/rank.ts';
import { median } from '../../../bench/lib/statistics.ts';
import { kendall } from '../../../src/base/kendall.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { networkOf, openTestBackend } from '../strategies/support.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';

const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a}, not ${b}`);

describe('rank correlations', () => {
  it('are known for small lists', () => {
    close(kendall([1, 2, 3, 4], [1, 2, 3, 4]), 1);
    close(kendall([1, 2, 3, 4], [4, 3, 2, 1]), -1);
    close(kendall([1, 2, 3, 4], [1, 3, 2, 4]), 2 / 3);
    // With ties, τ-b: two of three pairs are untied in the first list.
    close(kendall([1, 1, 2], [1, 2, 3]), 2 / Math.sqrt(6));
    close(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 0.8207826816681233);
    assert.ok(Number.isNaN(kendall([1, 1], [1, 2])));
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
  });

  it('know nothing of the scale, and turn their sign with the order', () => {
    const lists = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(lists, fc.integer(), (a, seed) => {
        const b = a.map((value, i) => Math.sin(value * 7.3 + i + (seed % 100)));
        for (const correlation of [kendall, spearman]) {
          const found = correlation(a, b);
          assert.ok(found >= -1 - 1e-9 && found <= 1 + 1e-9);
          close(
            correlation(
              a.map((value) => Math.exp(value / 200)),
              b,
            ),
            found,
          );
          close(
            correlation(
              a.map((value) => -value),
              b,
            ),
            -found,
          );
          close(correlation(b, a), found);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('drawn architectures', () => {
  before(openTestBackend);

  it('are different, within the budget, of every depth, and most of them near it', () => {
    const network = networkOf(`search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4..24 step 4 }
  - { name: one, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 8..32 step 4 }
  - { name: two, op: dsconv | skip, kernel: 3x3, filters: 8..32 step 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
    const budgetBytes = 840;
    const phase = new SupernetPhase({
      network,
      target: findTarget('ethos-u55-128'),
      task: taskNamed('classification'),
      limits: limitsOf(budgetBytes),
      seed: 1,
      warmupSteps: 1,
      searchSteps: 1,
    });
    const drawn = drawArchitectures(network, phase, 9, 4);
    assert.equal(new Set(drawn.map((a) => a.join())).size, 13);
    const sizes = drawn.map((a) => phase.size.estimate(a));
    for (const size of sizes) assert.ok(size <= budgetBytes);
    for (const size of sizes.slice(0, 9)) assert.ok(size >= 0.9 * budgetBytes, `${size}`);
    for (const size of sizes.slice(9)) assert.ok(size < 0.95 * budgetBytes, `${size}`);
    const operators = network.decisions.flatMap((decision, d) =>
      decision.kind === 'operator' ? [{ options: decision.options, d }] : [],
    );
    const depths = new Set(
      drawn.slice(0, 9).map((a) => operators.filter(({ options, d }) => options[a[d]!] === 'skip').length),
    );
    assert.deepEqual([...depths].sort(), [0, 1, 2]);
    assert.deepEqual(drawArchitectures(network, phase, 9, 4), drawn);
    phase.dispose();
  });
});
