/** What races: everything within the limits, said of each where it came from, nothing twice; whatever the space. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { magnitudes } from '../../../src/network/largest-option.ts';
import { architectureKey } from '../../../src/network/architecture.ts';
import type { Assignment, Network } from '../../../src/network/types.ts';
import { allowedOptions } from '../../../src/strategies/space/allowed-options.ts';
import { BudgetedSpace } from '../../../src/strategies/space/budgeted-space.ts';
import {
  candidates,
  draws,
  levels,
  nearestOption,
  proportional,
  rulesOfThumb,
  variant,
  widest,
  type Field,
} from '../../../src/strategies/space/candidates.ts';
import { decode } from '../../../src/strategies/space/decode.ts';
import type { Proposed } from '../../../src/strategies/strategy.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { cases } from '../../cases.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { networkOf } from './support.ts';

const TARGET = findTarget('ethos-u55-128');
const TAIL = `
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const NETWORKS: Readonly<Record<string, Network>> = {
  'bits and sparsities': networkOf(`search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }${TAIL}`),
  'neither bits nor sparsities': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 4 | 8 | 12 }
  - { name: block, op: skip | ibn | conv, kernel: 3x3, filters: 8, expand: 2 | 4 }${TAIL}`),
  'bits that layers differ in': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 12, bits: 8 | 3 }
  - { name: block, op: conv, kernel: 3x3, filters: 8 | 24, bits: 6 | 4, sparsity: 0.25 | 0.75 }${TAIL}`),
  'a single choice': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 12 }${TAIL}`),
};
const NOTHING_OPEN = networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 }${TAIL}`);

/** A field whose budget lies at a share between the ends of the space. */
function fieldOf(network: Network, share: number, seed: number): Field {
  const size = new SizeExpression(network, TARGET);
  const [low, high] = [size.smallest().bytes, size.largest().bytes];
  const budget = Math.ceil(1.1 * low + share * (high - low));
  const random = new SeededRandom(seed);
  const problem = { network, target: TARGET, limits: limitsOf(budget) };
  const space = new BudgetedSpace(problem, size, allowedOptions(network, budget, size), random);
  return space.field(network.decisions.map(({ labels }) => labels.map(() => random.normal())));
}

const isWithin = ({ constraint, network }: Field, assignment: Assignment): boolean =>
  assignment.length === network.decisions.length &&
  network.decisions.every(({ labels }, d) => labels[assignment[d]!] !== undefined) &&
  constraint.bytes(assignment) <= constraint.budgetBytes &&
  constraint.allowed(assignment);

const share = fc.double({ min: 0, max: 1, noNaN: true });
const seeds = fc.integer({ min: 1, max: 1e6 });
const FIXED = { seed: 5, numRuns: 12 } as const;
/** Of a space that is too large to be looked at whole. */
const LARGE = { seed: 5, numRuns: cases(1, 2) } as const;

describe('candidates of a race', () => {
  for (const [name, network] of Object.entries(NETWORKS)) {
    const runs = network.architectures > 4096n ? LARGE : FIXED;
    it(`are within the limits, of the origins that they say, and none twice: ${name}`, () => {
      fc.assert(
        fc.property(share, seeds, fc.nat(4), fc.integer({ min: 1, max: 9 }), (at, seed, bred, count) => {
          const field = fieldOf(network, at, seed);
          const decoded = decode(field.scores, field.constraint, field.smallest);
          const evolved = draws(field, bred, 0).map((assignment): Proposed => ({
            assignment,
            origin: { kind: 'offspring', parents: [decoded] },
          }));
          const found = candidates(field, decoded, evolved, count);
          assert.ok(found.length >= 1 && found.length <= count, `${found.length} of ${count}`);
          const keys = found.map(({ assignment }) => architectureKey(network, assignment));
          assert.equal(new Set(keys).size, found.length);
          assert.deepEqual(found[0]!.assignment, evolved[0]?.assignment ?? decoded, 'the best first');
          const rules = new Set(rulesOfThumb(field).map((one) => one.join()));
          for (const one of found) {
            assert.ok(isWithin(field, one.assignment), `${one.origin.kind} ${one.assignment.join()}`);
            if (one.origin.kind === 'offspring') assert.ok(evolved.includes(one));
            else if (one.origin.kind === 'choice') assert.deepEqual(one.assignment, decoded);
            else if (one.origin.kind === 'rule') assert.ok(rules.has(one.assignment.join()));
            else assert.equal(one.origin.kind, 'draw');
          }
          // Room for two is room for the decode, and for the best of what evolved.
          if (count > 1) assert.ok(keys.includes(architectureKey(network, decoded)));
        }),
        runs,
      );
    });

    it(`may be drawn whatever the search is trusted, and vary within the limits: ${name}`, () => {
      let [varied, changed] = [0, 0];
      fc.assert(
        fc.property(share, seeds, share, (at, seed, trust) => {
          const field = fieldOf(network, at, seed);
          const parents = draws(field, 3, trust);
          assert.equal(parents.length, 3);
          for (const parent of parents) {
            assert.ok(isWithin(field, parent));
            const before = [...parent];
            const child = variant(field, parent);
            assert.deepEqual(parent, before, 'the parent stays');
            if (!child) continue;
            assert.ok(isWithin(field, child));
            child.forEach((k, d) => {
              assert.ok(field.scores.allowed[d]![k] || k === parent[d], `${network.decisions[d]!.id} is ruled out`);
            });
            varied++;
            if (child.join() !== parent.join()) changed++;
          }
        }),
        runs,
      );
      assert.ok(varied > 0, 'none varied');
      // Where few architectures fill the budget, repair often leads back to the parent: a race asks again then.
      if (network.decisions.length > 1) assert.ok(changed > 0, `${changed} of ${varied}`);
    });

    it(`by rules: one bitwidth, widths at one share, nothing left out: ${name}`, () => {
      fc.assert(
        fc.property(share, seeds, (at, seed) => {
          const field = fieldOf(network, at, seed);
          for (const rule of rulesOfThumb(field)) assert.ok(isWithin(field, rule));
          for (const bits of levels(network, 'bits').concat(8)) {
            const found = proportional(field, { bits, sparsity: 0 });
            if (!found) continue;
            assert.ok(isWithin(field, found));
            network.decisions.forEach((decision, d) => {
              const values = magnitudes(decision);
              const { [found[d]!]: value } = values ?? [];
              if (decision.kind === 'operator') assert.notEqual(decision.options[found[d]!], 'skip');
              else if (decision.kind === 'kernel') assert.equal(value, Math.max(...values!));
              else if (decision.kind === 'bits')
                for (const [k, other] of values!.entries())
                  assert.ok(!field.scores.allowed[d]![k] || Math.abs(value! - bits) <= Math.abs(other - bits));
            });
          }
        }),
        runs,
      );
    });
  }

  it('of a definition that leaves nothing open are the one network that there is', () => {
    const field = fieldOf(NOTHING_OPEN, 1, 1);
    for (const count of [1, 2, 6])
      assert.deepEqual(candidates(field, [], [], count), [{ assignment: [], origin: { kind: 'choice' } }]);
    assert.deepEqual(draws(field, 2, 1), [[], []]);
    assert.deepEqual(variant(field, []) ?? [], []);
  });
});

describe('options by their numbers', () => {
  it('the nearest allowed one is as near as any, the first of equals; none where none is allowed', () => {
    const options = fc.array(fc.tuple(fc.integer({ min: 1, max: 64 }), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(options, fc.double({ min: 0, max: 70, noNaN: true }), (pairs, wanted) => {
        const [values, allowed] = [pairs.map(([value]) => value), pairs.map(([, ok]) => ok)];
        const distances = pairs.map(([value, ok]) => (ok ? Math.abs(value - wanted) : Infinity));
        const least = Math.min(...distances);
        assert.equal(nearestOption(values, wanted, allowed), least === Infinity ? -1 : distances.indexOf(least));
      }),
      { seed: 6 },
    );
  });

  it('the widest network keeps operators that are asked for, unless they skip; levels rise, each once', () => {
    for (const network of Object.values(NETWORKS)) {
      fc.assert(
        fc.property(fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (picks) => {
          const asked = network.decisions.map(({ labels }, d) => picks[d]! % labels.length);
          widest(network, asked).forEach((k, d) => {
            const decision = network.decisions[d]!;
            if (decision.kind !== 'operator') {
              const values = magnitudes(decision)!;
              assert.equal(values[k], decision.kind === 'sparsity' ? Math.min(...values) : Math.max(...values));
            } else if (decision.options[asked[d]!] === 'skip') assert.notEqual(decision.options[k], 'skip');
            else assert.equal(k, asked[d]);
          });
        }),
        FIXED,
      );
      for (const kind of ['bits', 'sparsity'] as const) {
        const found = levels(network, kind);
        found.slice(1).forEach((value, i) => {
          assert.ok(value > found[i]!);
        });
        for (const decision of network.decisions)
          if (decision.kind === kind) for (const value of decision.options) assert.ok(found.includes(value));
      }
    }
  });
});
