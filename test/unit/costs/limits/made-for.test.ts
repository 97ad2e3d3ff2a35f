/** What `target:` says of a network that was made for limits of its own, and of an offer. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { targetForOffer, targetMadeFor } from '../../../../src/costs/limits/made-for.ts';
import type { Limit } from '../../../../src/wire/limits.ts';

describe('the target of a network from another run’s weights', () => {
  const limits: readonly Limit[] = [
    { cost: 'weights', limit: 600, from: 'given' },
    { cost: 'activations', limit: 524_288, from: 'target' },
    { cost: 'macs', limit: 5000, from: 'definition' },
  ];

  it('is the chip and the limits that hold, without those of the chip itself', () => {
    const from = { id: 'a', path: '/a', tune: 0 };
    assert.deepEqual(targetMadeFor({ from, limits }, { target: 'max78000' }), {
      npu: 'max78000',
      weights: 600,
      macs: 5000,
    });
  });

  it('is not the business of a run that searched itself', () => {
    assert.equal(targetMadeFor({ limits }, { target: 'max78000' }), undefined);
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
