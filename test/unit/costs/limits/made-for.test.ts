/** What `target:` says of a network that was made for limits of its own, and of an offer. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitsNotIn, targetForOffer, targetMadeFor } from '../../../../src/costs/limits/made-for.ts';
import type { Limit } from '../../../../src/wire/limits.ts';

describe('the target of a network from another run’s weights', () => {
  const limits: readonly Limit[] = [
    { cost: 'weights', limit: 600, from: 'given' },
    { cost: 'activations', limit: 524_288, from: 'target' },
    { cost: 'macs', limit: 5000, from: 'definition' },
  ];

  const made = (weights: number) => ({
    certificate: { encodedSha256: '', exactBytes: weights, costs: [{ cost: 'weights' as const, value: weights }] },
  });

  it('is the chip and the limits that hold, without those of the chip itself', () => {
    const from = { id: 'a', path: '/a', tune: 0 };
    assert.deepEqual(targetMadeFor({ from, limits }, { target: 'max78000' }, undefined, made(500)), {
      npu: 'max78000',
      weights: 600,
      macs: 5000,
    });
  });

  it('is that of the definition for a run that searched itself, unless its network is over a limit there', () => {
    const chip = { target: 'max78000' };
    const of = (now: { readonly npu: string; readonly weights?: number; readonly latency?: number }, bytes: number) =>
      targetMadeFor({ limits }, chip, now, made(bytes));
    assert.equal(of({ npu: 'max78000' }, 500), undefined, 'no limit that it could be over');
    assert.equal(of({ npu: 'max78000', weights: 500 }, 500), undefined, 'at the limit');
    assert.equal(of({ npu: 'max78000', weights: 9000 }, 500), undefined, 'the wish of one search');
    assert.deepEqual(of({ npu: 'max78000', weights: 499, latency: 1 }, 500), {
      npu: 'max78000',
      weights: 600,
      latency: 1,
    });
    assert.equal(targetMadeFor({ limits }, chip, undefined, made(500)), undefined, 'a text that nobody can read');
  });

  it('leaves limits that a search was given and the definition does not say', () => {
    const costs = (now: { readonly npu: string; readonly weights?: number }) =>
      limitsNotIn({ limits }, now).map(({ cost }) => cost);
    assert.deepEqual(costs({ npu: 'max78000', weights: 600 }), []);
    assert.deepEqual(costs({ npu: 'max78000', weights: 700 }), ['weights']);
    assert.deepEqual(costs({ npu: 'max78000' }), ['weights']);
  });

  it('has a budget that an offer is within, and no other than before where it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 9000 }), (weights, exactBytes) => {
        const now = { npu: 'ethos-u55-128', weights, latency: 0.003 };
        const { weights: after, ...rest } = targetForOffer(now, { exactBytes }, 'ethos-u65-256');
        assert.deepEqual(rest, { npu: 'ethos-u65-256', latency: 0.003 });
        assert.ok(after! >= exactBytes);
        if (exactBytes <= weights) assert.equal(after, weights);
        else assert.ok(after! < exactBytes + 256 && after! % 256 === 0);
      }),
    );
    assert.equal(targetForOffer({ npu: 'mcu-packed' }, { exactBytes: 9 }, 'mcu-packed').weights, undefined);
  });
});
