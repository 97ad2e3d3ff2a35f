/** The knapsack: feasible, full, and as good as exhaustive search on small problems. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decode, mutate } from '../../../src/strategies/space/decode.ts';
import type { Constraint } from '../../../src/strategies/space/decode.ts';
import { SeededRandom } from '../../../src/base/random.ts';

interface Problem {
  readonly logits: number[][];
  readonly widths: number[][];
  readonly constraint: Constraint;
  readonly smallest: number[];
}

/** Sizes that multiply neighbours, as the channels of consecutive layers do. */
function randomProblem(seed: number): Problem {
  const random = new SeededRandom(seed);
  const layers = 3 + random.integer(4);
  const widths = Array.from({ length: layers }, () =>
    Array.from({ length: 3 + random.integer(3) }, () => 1 + random.integer(20)).sort((a, b) => a - b),
  );
  const logits = widths.map((row) => row.map(() => random.normal()).sort((a, b) => a - b));
  const bytes = (a: readonly number[]): number =>
    a.reduce((sum, k, d) => sum + widths[d]![k]! * (d === 0 ? 1 : widths[d - 1]![a[d - 1]!]!), 0);
  const smallest = widths.map(() => 0);
  const largest = widths.map((row) => row.length - 1);
  const budgetBytes = bytes(smallest) + Math.floor(random.next() * (bytes(largest) - bytes(smallest)));
  return {
    logits,
    widths,
    smallest,
    constraint: { budgetBytes, floorBytes: budgetBytes * 0.95, bytes, allowed: () => true },
  };
}

function* all(widths: readonly (readonly number[])[], prefix: number[] = []): Generator<number[]> {
  if (prefix.length === widths.length) yield prefix;
  else for (let k = 0; k < widths[prefix.length]!.length; k++) yield* all(widths, [...prefix, k]);
}

const scoresOf = (logits: number[][]) => ({ logits, allowed: logits.map((row) => row.map(() => true)) });

describe('decode', () => {
  it('never exceeds the budget, reaches the floor where any assignment does, and loses little to exhaustive search', () => {
    let gap = 0;
    let problems = 0;
    let reachable = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { logits, widths, constraint, smallest } = randomProblem(seed);
        const found = decode(scoresOf(logits), constraint, smallest);
        const score = (a: readonly number[]): number => a.reduce((sum, k, d) => sum + logits[d]![k]!, 0);
        assert.ok(constraint.bytes(found) <= constraint.budgetBytes);
        const feasible = [...all(widths)].filter((a) => constraint.bytes(a) <= constraint.budgetBytes);
        const full = feasible.filter((a) => constraint.bytes(a) >= constraint.floorBytes);
        if (full.length === 0) return;
        reachable++;
        if (constraint.bytes(found) < constraint.floorBytes) return;
        const best = Math.max(...full.map(score));
        const spread = Math.max(...[...all(widths)].map(score)) - Math.min(...[...all(widths)].map(score));
        gap += (best - score(found)) / spread;
        problems++;
      }),
      { seed: 11, numRuns: 100 },
    );
    assert.ok(problems > 0.97 * reachable, `${problems} of ${reachable} problems reached the floor`);
    assert.ok(gap / problems < 0.05, `mean gap ${gap / problems}`);
  });

  it('respects other limits', () => {
    const { logits, constraint, smallest } = randomProblem(4);
    const found = decode(
      scoresOf(logits),
      { ...constraint, budgetBytes: 1e9, floorBytes: 0, allowed: (a) => a[0] === 0 },
      smallest,
    );
    assert.equal(found[0], 0);
  });

  it('mutates into other assignments within the budget, mostly above the floor', () => {
    let found = 0;
    let full = 0;
    let changed = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { logits, constraint, smallest } = randomProblem(seed);
        const parent = decode(scoresOf(logits), constraint, smallest);
        const next = mutate(scoresOf(logits), constraint, parent, 2, new SeededRandom(seed));
        if (!next) return;
        assert.ok(constraint.bytes(next) <= constraint.budgetBytes);
        found++;
        if (next.join() !== parent.join()) changed++;
        if (constraint.bytes(next) >= constraint.floorBytes || constraint.bytes(parent) < constraint.floorBytes) full++;
      }),
      { seed: 12 },
    );
    assert.ok(found > 90 && changed > found / 2, `${changed} of ${found} differ`);
    assert.ok(full > found / 2, `${full} of ${found} reach the floor`);
  });
});
