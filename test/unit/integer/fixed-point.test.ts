/** Fixed-point rescaling against exact arithmetic on big integers. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rescale, roundingHighMultiply, roundingShiftRight, toFixedPoint } from '../../../src/integer/fixed-point.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** Truncating division, as C++ divides. */
function highMultiplyByDefinition(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

/** Nearest, ties away from zero. */
function shiftByDefinition(x: number, exponent: number): number {
  if (exponent === 0) return x;
  const magnitude = BigInt(Math.abs(x)),
    half = 1n << BigInt(exponent - 1);
  const result = Number((magnitude + half) >> BigInt(exponent));
  return x < 0 ? -result + 0 : result;
}

describe('fixed point', () => {
  it('multiplies like the 64-bit definition', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (a, b) => {
        assert.equal(roundingHighMultiply(a, b) + 0, highMultiplyByDefinition(a, b));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('shifts right with ties away from zero', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
        assert.equal(roundingShiftRight(x, exponent) + 0, shiftByDefinition(x, exponent));
      }),
      { numRuns: 2000, seed: 2 },
    );
    for (const [x, exponent, expected] of [
      [3, 1, 2],
      [-3, 1, -2],
      [5, 2, 1],
      [6, 2, 2],
      [-6, 2, -2],
      [-(2 ** 31), 31, -1],
    ] as const) {
      assert.equal(roundingShiftRight(x, exponent), expected);
    }
  });

  it('writes a multiplier with 31 bits of precision', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (real) => {
        const { multiplier, shift } = toFixedPoint(real);
        assert.ok(multiplier >= 2 ** 30 && multiplier < 2 ** 31);
        assert.ok(Math.abs(multiplier * 2 ** (shift - 31) - real) <= real * 2 ** -31);
      }),
      { numRuns: 1000, seed: 3 },
    );
    assert.deepEqual(toFixedPoint(0), { multiplier: 0, shift: 0 });
    assert.deepEqual(toFixedPoint(1), { multiplier: 2 ** 30, shift: 1 });
    assert.deepEqual(toFixedPoint(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
    assert.deepEqual(toFixedPoint(2 ** -40), { multiplier: 0, shift: 0 });
    assert.throws(() => toFixedPoint(-1), RangeError);
    assert.throws(() => toFixedPoint(Infinity), RangeError);
  });

  it('rescales within one step of the real product', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
        fc.double({ min: 1e-6, max: 30, noNaN: true }),
        (x, real) => {
          const { multiplier, shift } = toFixedPoint(real);
          assert.ok(Math.abs(rescale(x, multiplier, shift) - x * real) <= 1 + Math.abs(x * real) * 2 ** -29);
        },
      ),
      { numRuns: 1000, seed: 4 },
    );
  });
});
