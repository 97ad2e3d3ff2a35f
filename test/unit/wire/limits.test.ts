/** Limits and costs as they cross borders. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  COST_NAMES,
  COST_WORDS,
  costReports,
  limitOn,
  limitReports,
  limits,
  weightLimit,
  type Limit,
} from '../../../src/wire/limits.ts';
import { costsOf } from '../../../src/integer/certificate-costs.ts';
import { UNITS } from '../../../src/text/format.ts';
import { limitReportsOf, limitsOf, mainNetwork } from '../../fixtures/run-parts.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const anyLimits = fc.uniqueArray(
  fc.record({
    cost: fc.constantFrom(...COST_NAMES),
    limit: amount,
    from: fc.constantFrom('given', 'definition', 'target'),
  }),
  { selector: ({ cost }) => cost },
) as fc.Arbitrary<Limit[]>;

describe('limits', () => {
  it('have words for every cost', () => {
    assert.deepEqual(Object.keys(COST_WORDS).sort(), [...COST_NAMES].sort());
    for (const { title, unit, of } of Object.values(COST_WORDS)) {
      assert.ok(title !== '' && of !== '');
      assert.ok(UNITS.includes(unit));
    }
  });

  it('pass a JSON border as they are, and are found by their cost', () => {
    fc.assert(
      fc.property(anyLimits, (all) => {
        const read = limits(JSON.parse(JSON.stringify(all)));
        assert.deepEqual(read, JSON.parse(JSON.stringify(all)));
        for (const cost of COST_NAMES) {
          const own = all.find((one) => one.cost === cost);
          assert.ok(limitOn(read, cost) === undefined ? own === undefined : limitOn(read, cost) === own!.limit + 0);
        }
        if (limitOn(all, 'weights') === undefined) assert.throws(() => weightLimit(all), /has no limit on its weights/);
        else assert.equal(weightLimit(all), limitOn(all, 'weights'));
      }),
    );
  });

  it('are refused by the place of what is wrong', () => {
    const [limit] = limitsOf(5);
    for (const [value, problem] of [
      [[{ ...limit, cost: 'money' }], /^\[0\]\.cost: one of weights, activations, cycles, latency, macs/],
      [[limit, { ...limit, limit: '5 KiB' }], /^\[1\]\.limit: a finite number was expected/],
      [[{ ...limit, from: 'a friend' }], /^\[0\]\.from: one of given, definition, target/],
      ['5', /^value: an array was expected, found "5"/],
    ] as const)
      assert.throws(() => limits(value), { message: problem });
    assert.throws(() => limitReports([{ ...limit, smallest: null }]), { message: /^\[0\]\.smallest: / });
    assert.throws(() => costReports([{ cost: 'weights' }]), { message: /^\[0\]\.value: / });
  });

  it('say what the search space reaches where that is known', () => {
    const reports = limitReportsOf(limitsOf(5, 6), 1, 9);
    assert.deepEqual(limitReports(JSON.parse(JSON.stringify(reports))), [
      { cost: 'weights', limit: 5, from: 'given', smallest: 1, largest: 9 },
      { cost: 'activations', limit: 6, from: 'given' },
    ]);
  });
});

describe('costs of a certificate', () => {
  const { totals } = mainNetwork(fixtureRun().result!);

  it('stand beside their limits, and are all that is known', () => {
    assert.deepEqual(costReports(costsOf(totals, limitsOf(5, 6))), [
      { cost: 'weights', value: totals.totalBytes, limit: 5 },
      { cost: 'activations', value: totals.peakActivationBytes, limit: 6 },
      { cost: 'macs', value: totals.macs },
      { cost: 'cycles', value: totals.cycles },
    ]);
    assert.deepEqual(
      costsOf({ ...totals, cycles: 0 }, []).map(({ cost }) => cost),
      ['weights', 'activations', 'macs'],
    );
  });
});
