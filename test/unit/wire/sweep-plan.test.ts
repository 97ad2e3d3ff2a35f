/** From the plan of a sweep to its cells. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellsOf, limitsOfCell, sweepFile, type SweepFile, type SweepPlan } from '../../../src/wire/sweep-plan.ts';

const plans: fc.Arbitrary<SweepPlan> = fc.record({
  budgets: fc.uniqueArray(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 4 }),
  seeds: fc.uniqueArray(fc.nat(1e6), { minLength: 1, maxLength: 4 }),
  strategies: fc.uniqueArray(fc.constantFrom('udc', 'evolution', 'random'), { minLength: 1 }),
  targets: fc.uniqueArray(fc.constantFrom('ethos-u55-128', 'max78000', 'stm32n6'), { minLength: 1 }),
});

describe('the cells of a sweep', () => {
  it('are every combination once, numbered in their order, each seed whole before the next', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const cells = cellsOf(plan);
        const { budgets, seeds, strategies, targets } = plan;
        assert.equal(cells.length, budgets.length * seeds.length * strategies.length * targets.length);
        assert.deepEqual(
          cells.map(({ index }) => index),
          cells.map((_, at) => at),
        );
        assert.equal(new Set(cells.map((cell) => JSON.stringify({ ...cell, index: 0 }))).size, cells.length);
        const order = cells.map(({ seed }) => seeds.indexOf(seed));
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('have the budget of their own among the limits of their target', () => {
    const limits = [
      { cost: 'weights', limit: 1, from: 'target' },
      { cost: 'macs', limit: 7, from: 'definition' },
    ] as const;
    const targets = [{ name: 'a', definitionText: 'text', limits }];
    const cell = { index: 0, budget: 99, seed: 1, strategy: 'udc', target: 'a' };
    assert.deepEqual(limitsOfCell({ targets }, cell), [{ cost: 'weights', limit: 99, from: 'given' }, limits[1]]);
    assert.throws(() => limitsOfCell({ targets }, { ...cell, target: 'b' }), /b/);
  });

  it('are of a file that is checked whole', () => {
    const file: SweepFile = {
      format: 1,
      id: 'x',
      created: '2026-01-01T00:00:00.000Z',
      version: '0.1.0',
      name: 'kws',
      definitionPath: '/m.udc.yaml',
      definitionText: '',
      plan: { budgets: [1], seeds: [1], strategies: ['udc'], targets: ['a'] },
      targets: [{ name: 'a', definitionText: '', limits: [] }],
      leftOut: [],
      backend: 'auto',
      baselines: [],
    };
    assert.deepEqual(sweepFile(file), file);
    for (const wrong of [
      { plan: {} },
      { format: 2 },
      { backend: 'gpu' },
      { leftOut: [{ index: -1, reason: '' }] },
      { targets: 'a' },
    ])
      assert.throws(() => sweepFile({ ...file, ...wrong }));
  });
});
