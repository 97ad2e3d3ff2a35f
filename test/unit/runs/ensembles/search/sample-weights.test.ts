/** Which samples the next member sees more often. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { weightsByRank } from '../../../../../src/runs/ensembles/search/sample-weights.ts';

describe('weights of samples by confidence', () => {
  it('are 1 in the mean, fall as confidence rises, and are equal for equal confidence', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 }), (values) => {
        const weights = weightsByRank(Int32Array.from(values));
        const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
        assert.ok(Math.abs(mean - 1) < 1e-5, `${mean}`);
        values.forEach((a, i) => {
          values.forEach((b, j) => {
            assert.ok(a === b ? weights[i] === weights[j] : a < b === weights[i]! > weights[j]!);
          });
        });
      }),
    );
  });

  it('are three times as large for the least sure as for the surest', () => {
    assert.deepEqual([...weightsByRank(Int32Array.of(7, 1, 3))], [0.5, 1.5, 1]);
    assert.deepEqual([...weightsByRank(Int32Array.of(4, 4))], [1, 1]);
  });
});
