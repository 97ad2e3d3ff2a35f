/** A budget that nothing can use whole: proposals are as many and as large as the other limits let them be. */
import assert from 'node:assert/strict';
import { COSTS } from '../../../src/costs/cost-table.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import type { Limit } from '../../../src/wire/limits.ts';
import { networkOf, quadrants } from './support.ts';

const U55 = findTarget('ethos-u55-128');
const COST_OF = { before: 100, after: 50, race: 6 };

const network = networkOf(`search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { race: 6 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 8 | 16 | 24 }
  - { name: a, op: dsconv | ibn, kernel: 3x3 | 5x5, filters: 8 | 16 | 24, expand: 2 | 3 }
  - { name: b, op: conv | dsconv, kernel: 3x3, filters: 8 | 16 | 32 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const size = new SizeExpression(network, U55);
const peaks = COSTS.activations.over(network, U55, size);
const middle = Math.floor((peaks.smallest().value + peaks.largest().value) / 2);

const LIMITS: Readonly<Record<string, readonly Limit[]>> = {
  'larger than the whole space': [{ cost: 'weights', limit: 1 << 20, from: 'given' }],
  'that activations leave no use for': [
    { cost: 'weights', limit: Math.round(size.largest().bytes), from: 'given' },
    { cost: 'activations', limit: middle, from: 'given' },
  ],
};

describe('a budget that cannot be used', () => {
  for (const [name, limits] of Object.entries(LIMITS)) {
    for (const id of ['random', 'evolution']) {
      it(`${name}: ${id} proposes several networks, and large ones`, async () => {
        const dataset = quadrants({ train: 40, validation: 20, test: 20 });
        const backend = { name: 'none', reason: '' };
        const context: SearchContext = { network, dataset, target: U55, limits, seed: 3, backend };
        const chooser = await strategyOf(id).create(context, { ...COST_OF, network });
        const { candidates } = await chooser.propose(
          () => Promise.resolve(),
          () => undefined,
        );
        const assignments = candidates.map(({ assignment }) => assignment);
        assert.ok(assignments.length >= 4, `${assignments.length} proposed`);
        const bytes = assignments.map((assignment) => size.estimate(assignment));
        for (const assignment of assignments) assert.ok(peaks.of(assignment) <= (limits[1]?.limit ?? Infinity));
        // Of those that are within, none is small.
        assert.ok(Math.min(...bytes) > 0.7 * Math.max(...bytes), bytes.join(' '));
        assert.ok(Math.max(...bytes) > 3 * size.smallest().bytes, bytes.join(' '));
        chooser.dispose();
      });
    }
  }
});
