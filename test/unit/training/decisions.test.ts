/** Logits, temperature, tilt and sampling. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decisions } from '../../../src/training/supernet/decisions.ts';
import { cosineRate, pruningRamp, targetEntropy } from '../../../src/training/learning-rate.ts';
import { tilt } from '../../../src/strategies/space/budget-tilt.ts';
import type { ExpectedSize } from '../../../src/strategies/space/budget-tilt.ts';
import { SeededRandom } from '../../../src/base/random.ts';

const logitRows = fc.array(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 5 }), {
  minLength: 1,
  maxLength: 6,
});

function decisionsWith(logits: number[][]): Decisions {
  return new Decisions(
    logits.map((row) => row.length),
    logits.map((row) => row.map(() => true)),
    { logits, scale: 1 },
  );
}

/** A size that is the sum over decisions of each option's bytes. */
function additive(bytes: readonly (readonly number[])[]): ExpectedSize {
  const mean = (p: readonly number[], d: number): number => p.reduce((sum, value, k) => sum + value * bytes[d]![k]!, 0);
  return {
    expected: (probabilities) => probabilities.reduce((sum, row, d) => sum + mean(row, d), 0),
    conditional: (probabilities) =>
      bytes.map((row, d) =>
        row.map((b) => b + probabilities.reduce((sum, p, other) => sum + (other === d ? 0 : mean(p, other)), 0)),
      ),
  };
}

describe('decisions', () => {
  it('give probabilities that sum to one and leave forbidden options at zero', () => {
    const decisions = new Decisions(
      [3, 2],
      [
        [true, false, true],
        [true, true],
      ],
    );
    for (const row of decisions.probabilities(1)) assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-12);
    assert.equal(decisions.probabilities(1)[0]![1], 0);
  });

  it('are tilted to what is cheapest, by a finite multiplier step after step, where nothing is within the budget', () => {
    fc.assert(
      fc.property(logitRows, fc.integer({ min: 1, max: 90 }), (logits, steps) => {
        const decisions = decisionsWith(logits);
        const bytes = logits.map((row) => row.map((_, k) => 100 * (1 + k)));
        let mu = 0;
        for (let step = 0; step < steps; step++) {
          const tilted = tilt(decisions, additive(bytes), 1, 1, mu);
          assert.ok(Number.isFinite(tilted.mu) && tilted.probabilities.flat().every(Number.isFinite));
          assert.ok(tilted.probabilities.every((row) => row[0]! > 0.999));
          mu = tilted.mu;
        }
      }),
      { seed: 8, numRuns: 30 },
    );
  });

  it('find the temperature of a wanted mean entropy', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.1, max: 0.9, noNaN: true }), (seed, wanted) => {
        const random = new SeededRandom(seed);
        const decisions = decisionsWith(
          Array.from({ length: 1 + random.integer(8) }, () =>
            Array.from({ length: 2 + random.integer(4) }, () => random.normal()),
          ),
        );
        const entropy = decisions.meanEntropy(decisions.probabilities(decisions.temperatureFor(wanted)));
        assert.ok(Math.abs(entropy - wanted) < 1e-3, `${entropy} for ${wanted}`);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('are tilted so that the expected size is within the budget, and close to it', () => {
    fc.assert(
      fc.property(logitRows, fc.double({ min: 0.02, max: 0.95, noNaN: true }), fc.integer(), (logits, share, seed) => {
        const random = new SeededRandom(seed);
        const bytes = logits.map((row) => row.map(() => 1 + random.integer(1000)));
        const smallest = bytes.reduce((sum, row) => sum + Math.min(...row), 0);
        const decisions = decisionsWith(logits);
        const size = additive(bytes);
        const free = size.expected(decisions.probabilities(1));
        fc.pre(free > smallest * 1.01);
        const budget = smallest + share * (free - smallest);
        const tilted = tilt(decisions, size, budget, 1, 0);
        assert.ok(tilted.expectedBytes <= budget * (1 + 1e-12));
        assert.ok(tilted.expectedBytes >= 0.99 * budget, `${tilted.expectedBytes} of ${budget}`);
        assert.ok(tilted.mu > 0);
        const again = tilt(decisions, size, budget, 1, tilted.mu);
        assert.ok(again.expectedBytes <= budget * (1 + 1e-12) && again.expectedBytes >= 0.99 * budget);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('are not tilted where the budget is no constraint', () => {
    const decisions = decisionsWith([[0, 1]]);
    assert.equal(tilt(decisions, additive([[1, 2]]), 10, 1, 3).mu, 0);
  });

  it('are sampled with their probabilities, and operators in pairs without replacement', () => {
    const decisions = decisionsWith([
      [0, 1, 2],
      [1, 0, 0],
    ]);
    const probabilities = decisions.probabilities(1);
    const random = new SeededRandom(5);
    const counts = [0, 0, 0];
    const draws = 20000;
    for (let i = 0; i < draws; i++) {
      const sample = decisions.sample(probabilities, [true, false], random);
      counts[sample.choice[0]!]!++;
      assert.notEqual(sample.second[0], sample.choice[0]);
      assert.equal(sample.second[1], -1);
    }
    counts.forEach((count, k) => assert.ok(Math.abs(count / draws - probabilities[0]![k]!) < 0.015));
  });

  it('learn the option whose value lowers the loss', () => {
    const decisions = new Decisions([4], [[true, true, true, true]]);
    const random = new SeededRandom(3);
    const losses = [3, 1, 2, 4];
    for (let i = 0; i < 300; i++) {
      const sample = decisions.sample(decisions.probabilities(10), [false], random);
      decisions.update(sample, [Float64Array.from(losses, (loss) => loss + random.normal())], [[0, 1, 2, 3]], 1);
    }
    assert.deepEqual(decisions.mostLikely(decisions.probabilities(1)), [1]);
  });

  it('can be saved and restored', () => {
    const decisions = decisionsWith([
      [1, 2],
      [3, 4, 5],
    ]);
    const copy = new Decisions([2, 3], decisions.allowed, decisions.state());
    assert.deepEqual(copy.probabilities(0.7), decisions.probabilities(0.7));
  });
});

describe('schedules', () => {
  it('start undecided and end decided, later for explorers', () => {
    for (const dial of [0, 0.25, 0.5, 0.75, 1]) {
      assert.equal(targetEntropy(0, dial), 1);
      assert.equal(targetEntropy(1, dial), 0);
      for (let t = 0.1; t < 0.95; t += 0.1) {
        assert.ok(targetEntropy(t, dial) < targetEntropy(t - 0.05, dial));
        if (dial > 0) assert.ok(targetEntropy(t, dial) > targetEntropy(t, dial - 0.25));
      }
    }
  });

  it('anneal the learning rate and ramp the sparsity without overshoot', () => {
    for (let t = 0; t <= 1; t += 0.01) {
      assert.ok(cosineRate(t, 1) > 0 && cosineRate(t, 1) <= 1);
      assert.ok(pruningRamp(t + 0.01) >= pruningRamp(t));
    }
    assert.equal(pruningRamp(0), 0);
    assert.equal(pruningRamp(5), 1);
  });
});
