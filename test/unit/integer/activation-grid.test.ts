/** The activation grid: zero is a code, the range is covered, activations clamp. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  activationClamp,
  dequantise,
  quantiseGrid,
  quantiseValue,
  quantiseValues,
} from '../../../src/integer/activation-grid.ts';

const range = fc
  .tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true }))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

describe('activation grid', () => {
  it('represents zero exactly and covers the range to half a step and a moved zero', () => {
    fc.assert(
      fc.property(range, (r) => {
        const grid = quantiseGrid(r);
        assert.equal(Math.fround(grid.scale), grid.scale);
        assert.ok(Number.isInteger(grid.zeroPoint) && grid.zeroPoint >= -128 && grid.zeroPoint <= 127);
        assert.equal(quantiseValue(0, grid), grid.zeroPoint);
        const lowest = (-128 - grid.zeroPoint) * grid.scale,
          highest = (127 - grid.zeroPoint) * grid.scale;
        assert.ok(lowest <= Math.min(0, r.min) + grid.scale && highest >= Math.max(0, r.max) - grid.scale);
      }),
      { seed: 5 },
    );
  });

  it('is idempotent: a value on the grid stays', () => {
    fc.assert(
      fc.property(range, fc.double({ min: -60, max: 60, noNaN: true }), (r, value) => {
        const grid = quantiseGrid(r);
        const once = dequantise(quantiseValues(Float32Array.of(value), grid), grid);
        assert.deepEqual(dequantise(quantiseValues(once, grid), grid), once);
      }),
      { seed: 6 },
    );
  });

  it('has exact values for plain cases', () => {
    assert.deepEqual(quantiseGrid({ min: 0, max: 255 }), { scale: 1, zeroPoint: -128 });
    assert.deepEqual(quantiseGrid({ min: -128, max: 127 }), { scale: 1, zeroPoint: 0 });
    assert.deepEqual(quantiseGrid({ min: 10, max: 255 }), { scale: 1, zeroPoint: -128 });
    assert.equal(quantiseValue(-2.5, { scale: 1, zeroPoint: 0 }), -3);
    assert.equal(quantiseValue(1000, { scale: 1, zeroPoint: 0 }), 127);
    assert.throws(() => quantiseGrid({ min: 1, max: 0 }), RangeError);
    assert.throws(() => quantiseGrid({ min: 0, max: NaN }), RangeError);
    assert.ok(quantiseGrid({ min: 0, max: 0 }).scale > 0);
  });

  it('turns activations into clamps', () => {
    const grid = { scale: Math.fround(0.1), zeroPoint: -10 };
    assert.deepEqual(activationClamp('none', grid), { min: -128, max: 127 });
    assert.deepEqual(activationClamp('relu', grid), { min: -10, max: 127 });
    assert.deepEqual(activationClamp('relu6', grid), { min: -10, max: 50 });
  });
});
