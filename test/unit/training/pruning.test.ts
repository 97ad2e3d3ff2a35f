/** Masks, thresholds, steps and codes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codesOf, fitSteps, magnitudeMask, prunedCount } from '../../../src/costs/weights/fitted-codes.ts';
import { gaussianStep } from '../../../src/training/step-grid.ts';
import { thresholdsOf, weightStatistics } from '../../../src/training/supernet/pruning.ts';
import { SeededRandom } from '../../../src/base/random.ts';

const normals = (count: number, seed: number): Float32Array => {
  const random = new SeededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};
const rate = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('magnitude masks', () => {
  it('prune exactly the promised number, of the smallest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), rate, fc.integer(), (count, sparsity, seed) => {
        const values = normals(count, seed);
        const mask = magnitudeMask(values, sparsity);
        const pruned = prunedCount(sparsity, count);
        assert.equal(
          mask.reduce((n, kept) => n + (kept === 0 ? 1 : 0), 0),
          pruned,
        );
        const kept = values.filter((_, i) => mask[i] === 1).map(Math.abs);
        const dropped = values.filter((_, i) => mask[i] === 0).map(Math.abs);
        if (dropped.length > 0) assert.ok(Math.max(...dropped) <= Math.min(...kept));
      }),
      { seed: 1 },
    );
  });

  it('are nested: what a higher rate keeps, a lower one keeps too', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer(), (a, b, seed) => {
        const values = normals(100, seed);
        const loose = magnitudeMask(values, Math.min(a, b));
        magnitudeMask(values, Math.max(a, b)).forEach((kept, i) => assert.ok(kept <= loose[i]!));
      }),
      { seed: 2 },
    );
  });

  it('agree with the thresholds of the supernet', () => {
    const values = normals(500, 7);
    const thresholds = thresholdsOf(values.map(Math.abs), [0, 0.5, 0.9]);
    [0, 0.5, 0.9].forEach((s, j) => {
      const mask = magnitudeMask(values, s);
      values.forEach((value, i) => assert.equal(Math.abs(value) >= thresholds[j]! ? 1 : 0, mask[i]));
    });
  });
});

describe('weight statistics', () => {
  it('rank only the live part and scale every channel', () => {
    const shape = [3, 3, 4, 5];
    const values = normals(3 * 3 * 4 * 5, 9);
    const live = { height: 1, width: 1, inChannels: 2, outChannels: 3 };
    const { thresholds, sigma } = weightStatistics(values, shape, live, [0.5]);
    const picked: number[] = [];
    for (let i = 0; i < 2; i++)
      for (let o = 0; o < 3; o++) picked.push(Math.abs(values[((1 * 3 + 1) * 4 + i) * 5 + o]!));
    picked.sort((a, b) => a - b);
    assert.equal(thresholds[0], picked[3]);
    assert.equal(sigma.length, 5);
    const expected = Math.sqrt((values[4 * 4 * 5 + 4]! ** 2 + values[(4 * 4 + 1) * 5 + 4]! ** 2) / 2);
    assert.ok(Math.abs(sigma[4]! - expected) < 1e-6);
  });
});

describe('quantisation steps', () => {
  it('have the known least-error values for a normal density', () => {
    // Three levels: step 1.2240 (Max, 1960).
    assert.ok(Math.abs(gaussianStep(2, 0) - 1.224) < 0.01, String(gaussianStep(2, 0)));
    for (const bits of [2, 3, 4, 6, 8]) assert.ok(gaussianStep(bits + 1, 0) < gaussianStep(bits, 0));
  });

  it('are no worse than the normal rule on the weights they are fitted to', () => {
    const w = normals(4000, 3);
    const mask = new Float32Array(w.length).fill(1);
    for (const bits of [2, 3, 4, 8]) {
      const error = (steps: Float32Array): number =>
        codesOf(w, mask, steps, bits).reduce((sum, code, i) => sum + (w[i]! - code * steps[i % 4]!) ** 2, 0);
      const fitted = fitSteps(w, mask, 4, bits);
      assert.ok(error(fitted) <= error(new Float32Array(4).fill(gaussianStep(bits, 0))) * 1.05, `${bits} bits`);
    }
  });

  it('give symmetric codes of the right count, zero where pruned, idempotent, scale-equivariant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), rate, fc.integer(), (bits, sparsity, seed) => {
        const w = normals(240, seed);
        const mask = magnitudeMask(w, sparsity);
        const steps = fitSteps(w, mask, 4, bits);
        const codes = codesOf(w, mask, steps, bits);
        const limit = bits === 1 ? 1 : 2 ** (bits - 1) - 1;
        codes.forEach((code, i) => assert.ok(Math.abs(code) <= limit && (mask[i] === 1 || code === 0)));
        const again = codesOf(
          Float32Array.from(codes, (code, i) => code * steps[i % 4]!),
          mask,
          steps,
          bits,
        );
        assert.deepEqual(again, codes);
        assert.deepEqual(
          codesOf(
            w.map((x) => -x),
            mask,
            steps,
            bits,
          ),
          codes.map((code) => (code === 0 ? 0 : -code)),
        );
        assert.deepEqual(
          codesOf(
            w.map((x) => x * 4),
            mask,
            steps.map((s) => s * 4),
            bits,
          ),
          codes,
        );
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});
