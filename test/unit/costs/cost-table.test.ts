/** What every cost keeps, whichever it is: one table of behaviours, run for each on targets of every kind. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COSTS } from '../../../src/costs/cost-table.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { clockOf, findTarget } from '../../../src/targets/find-target.ts';
import { COST_NAMES, COST_WORDS } from '../../../src/wire/limits.ts';
import { assignmentFrom, networks, oneHot, probabilitiesFrom, seeds } from './support/random-networks.ts';

const CHIPS = ['ethos-u55-128', 'ethos-u65-256', 'ethos-u85-256', 'stm32f746'].map(findTarget);

/** The most by which a sum over operations may miss the cost of a whole network, as a share; 0: not at all. */
const MISSES = { weights: 0, activations: 0, macs: 0, cycles: 0.6, latency: 0.6 } as const;
/** Ends are exact, or a local best of what is no sum over operations. */
const close = (a: number, b: number, what: string): void => {
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);
};

for (const name of COST_NAMES) {
  const cost = COSTS[name];
  const chips = CHIPS.filter((chip) => cost.missing(chip) === undefined);

  describe(`the cost ${name}`, () => {
    it('has words, and says of a target without it what would be right', () => {
      assert.equal(cost.name, name);
      assert.ok(COST_WORDS[name].title.length > 0);
      assert.ok(chips.length > 0);
      for (const chip of CHIPS) {
        const missing = cost.missing(chip);
        if (missing !== undefined)
          assert.match(missing, new RegExp(`${chip.name}.*limit \`macs\` instead.*ethos-u55-128`));
      }
    });

    it('lies between its ends, is of an assignment what it is of the architecture, and never less than what is proven', function () {
      this.timeout(60_000);
      let proven = 0;
      fc.assert(
        fc.property(networks(3), seeds, fc.constantFrom(...chips), (network, from, chip) => {
          const space = cost.over(network, chip, new SizeExpression(network, chip));
          const assignment = assignmentFrom(network, from);
          const value = space.of(assignment);
          // Bytes of tiny layers are kept in tables up to a number of entries, estimated beyond it.
          if (name !== 'weights') close(value, cost.of(instantiate(network, assignment), chip), 'of an architecture');
          const [smallest, largest] = [space.smallest(), space.largest()];
          for (const end of [smallest, largest]) close(space.of(end.assignment), end.value, 'the value of an end');
          assert.ok(smallest.value <= largest.value);
          if (smallest.proven) assert.ok(smallest.value <= value * (1 + 1e-9));
          if (largest.proven) assert.ok(value <= largest.value * (1 + 1e-9));
          proven += Number(smallest.proven && largest.proven);
        }),
        { numRuns: 40, seed: 7, endOnFailure: true },
      );
      if (name !== 'cycles' && name !== 'latency') assert.ok(proven > 20, `${proven}`);
    });

    it('stops where it is enough', () => {
      fc.assert(
        fc.property(networks(2), fc.constantFrom(...chips), (network, chip) => {
          const space = cost.over(network, chip, new SizeExpression(network, chip));
          const { value } = space.smallest();
          const enough = value * 1.5;
          assert.ok(space.smallest(enough).value <= Math.max(enough, value));
        }),
        { numRuns: 15, seed: 2, endOnFailure: true },
      );
    });

    it('has, where it has an expectation, that of one assignment at one-hot probabilities, and its slopes', function () {
      this.timeout(60_000);
      let [compared, far] = [0, 0];
      fc.assert(
        fc.property(networks(3), seeds, fc.constantFrom(...chips), (network, from, chip) => {
          const space = cost.over(network, chip, new SizeExpression(network, chip));
          const { expectation } = space;
          if (!expectation) {
            assert.equal(name, 'activations');
            return;
          }
          const assignment = assignmentFrom(network, from);
          close(expectation.expected(oneHot(network, assignment)), expectation.at(assignment), 'one-hot');
          const miss = Math.abs(expectation.at(assignment) / Math.max(1e-12, space.of(assignment)) - 1);
          assert.ok(miss <= MISSES[name] + 1e-9, `misses by ${miss}`);
          compared++;
          far += Number(miss > 0.1);
          const probabilities = probabilitiesFrom(network, from);
          const slopes = expectation.conditional(probabilities);
          probabilities.forEach((row, d) => {
            row.forEach((_, k) => {
              const certain = probabilities.map((other, i) => (i === d ? other.map((_, j) => Number(j === k)) : other));
              // It is linear in each row: a difference over the whole row is the derivative.
              close(slopes[d]![k]!, expectation.expected(certain), `slope ${d} ${k}`);
            });
          });
        }),
        { numRuns: 25, seed: 13, endOnFailure: true },
      );
      assert.ok(far <= 0.2 * compared, `${far} of ${compared} miss by more than a tenth`);
    });
  });
}

describe('latency', () => {
  it('is cycles at the clock of the target', () => {
    fc.assert(
      fc.property(networks(3), seeds, fc.constantFrom('ethos-u55-128', 'alif-ensemble-he'), (network, from, chip) => {
        const target = findTarget(chip);
        const architecture = instantiate(network, assignmentFrom(network, from));
        const [latency, cycles] = [COSTS.latency, COSTS.cycles].map((cost) => cost.of(architecture, target));
        close(latency! * clockOf(target)!.hz, cycles!, chip);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});
