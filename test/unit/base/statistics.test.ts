import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kendall } from '../../../src/base/kendall.ts';
import { quantile, ranks, spearman } from '../../../src/base/statistics.ts';

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 20 });

describe('statistics', () => {
  it('quantiles are linear between neighbours, as numpy has them', () => {
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
    assert.equal(quantile([1, 2, 3, 4, 5], 0.9), 4.6);
    assert.equal(quantile([7], 0.25), 7);
    assert.throws(() => quantile([], 0.5), /no values/);
  });

  it('quantiles lie within the values and grow with their share', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const found = quantile(values, share);
        assert.ok(found >= Math.min(...values) && found <= Math.max(...values));
        assert.ok(found <= quantile(values, Math.min(1, share + 0.1)) + 1e-9);
      }),
    );
  });

  it('equal values share the mean of their ranks', () => {
    assert.deepEqual(ranks([10, 20, 20, 5]), [2, 3.5, 3.5, 1]);
  });

  it('Spearman is that of R, also with ties', () => {
    // cor(x, y, method = "spearman")
    assert.ok(Math.abs(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) - 0.820782681668123) < 1e-12);
    assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
  });

  it('Spearman is 1 for any growing function of the values, −1 for a falling one, and agrees with Kendall there', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 20 }), (values) => {
        const grown = values.map((value) => value ** 3 + 7);
        assert.ok(Math.abs(spearman(values, grown) - 1) < 1e-9);
        assert.ok(
          Math.abs(
            spearman(
              values,
              grown.map((value) => -value),
            ) + 1,
          ) < 1e-9,
        );
        assert.equal(kendall(values, grown), 1);
      }),
    );
  });
});
