/** The uniform networks that a search is compared with. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findTarget } from '../../../src/targets/find-target.ts';
import { BASELINE_BITS, widestUniform } from '../../../src/strategies/uniform/widest-uniform.ts';
import { networkOf } from './support.ts';

const SPACE = `
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4..24 step 4 }
  - { name: block, op: skip | dsconv | conv, kernel: 3x3 | 5x5, filters: 4..32 step 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

describe('the widest uniform network', () => {
  const { definition } = networkOf(SPACE);
  const target = findTarget('ethos-u55-128');

  it('fits the budget before it is trained, is dense, and is wider where the budget is larger', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BASELINE_BITS),
        fc.integer({ min: 600, max: 6000 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(99),
        (bits, budget, more, seed) => {
          const found = widestUniform(definition, target, bits, budget, seed)!;
          assert.ok(found.bytes <= budget, `${found.bytes} of ${budget}`);
          for (const operation of found.architecture.operations)
            if (operation.kind !== 'global-average-pool')
              assert.deepEqual([operation.bits, operation.sparsity], [bits, 0]);
          assert.ok(
            found.architecture.operations.some(({ id }) => id.startsWith('block/')),
            'a layer that may be left out is there',
          );
          const wider = widestUniform(definition, target, bits, budget + more, seed)!;
          assert.ok(wider.widthFactor >= found.widthFactor, `${wider.widthFactor} after ${found.widthFactor}`);
        },
      ),
      { seed: 7, numRuns: 25 },
    );
  });

  it('is none where not even the narrowest fits, or the target does not store the bitwidth', () => {
    assert.equal(widestUniform(definition, target, 8, 100, 1), undefined);
    assert.equal(widestUniform(definition, findTarget('max78000'), 3, 6000, 1), undefined);
  });
});
