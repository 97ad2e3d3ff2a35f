/** Budgets that a sweep tries where nobody names any. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { usualBudgets } from '../../../src/costs/limits/usual-budgets.ts';

describe('usual budgets', () => {
  it('can all be met, differ, rise, and are few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5e6 }), fc.double({ min: 1, max: 500, noNaN: true }), (smallest, ratio) => {
        const found = usualBudgets(smallest, smallest * ratio);
        assert.ok(found.length >= 1 && found.length <= 4);
        for (const [at, bytes] of found.entries()) {
          assert.ok(Number.isInteger(bytes) && bytes >= smallest);
          if (at > 0) assert.ok(bytes > found[at - 1]!);
        }
      }),
    );
  });

  it('are round', () => {
    assert.deepEqual(usualBudgets(900, 17_000), [1024, 3072, 6144, 16_384]);
    assert.deepEqual(usualBudgets(2050, 2900), [2900]);
  });
});
