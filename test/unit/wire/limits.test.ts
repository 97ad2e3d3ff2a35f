/** Limits and costs as they cross borders. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  amountOf,
  limitedWork,
  useText,
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

describe('limited work', () => {
  it('is said with its limit and its share, estimates as such', () => {
    const [latency, macs, ...others] = limitedWork([
      { cost: 'weights', value: 10, limit: 20 },
      { cost: 'latency', value: 0.0027, limit: 0.003 },
      { cost: 'macs', value: 186_464, limit: 300_000 },
      { cost: 'cycles', value: 5 },
    ]);
    assert.equal(others.length, 0);
    const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
    assert.equal(plain(useText(latency!)), '≈ 2.7 ms of 3 ms, 90 %');
    assert.equal(plain(useText(macs!)), '186 k of 300 k, 62.2 %');
    assert.equal(plain(amountOf('latency', 0.003)), '3 ms of latency');
    assert.equal(plain(amountOf('cycles', 1.2e6)), '1.2 M cycles');
    assert.equal(plain(amountOf('weights', 4096)), '4 KiB of weights');
  });

  it('has a latency in a certificate where a clock and cycles are known', () => {
    const totals = { peakActivationBytes: 2, cycles: 4000, macs: 9, parameters: 1, ...NOTHING };
    const limit = { cost: 'latency', limit: 1, from: 'given' } as const;
    const found = costsOf(totals, [limit], { name: 'fast', hz: 1000 }).find(({ cost }) => cost === 'latency');
    assert.deepEqual(found, { cost: 'latency', value: 4, limit: 1 });
    assert.ok(!costsOf(totals, [limit]).some(({ cost }) => cost === 'latency'));
    assert.ok(
      !costsOf({ ...totals, cycles: 0 }, [limit], { name: 'fast', hz: 1 }).some(({ cost }) => cost === 'latency'),
    );
  });
});

const NOTHING = { totalBytes: 0, weightBytes: 0, sideBytes: 0, paddingBytes: 0, entropyBytes: 0 };
