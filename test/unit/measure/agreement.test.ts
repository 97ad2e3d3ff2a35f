import assert from 'node:assert/strict';
import { agreementOf } from '../../../src/measure/agreement.ts';
import { timingOf } from '../../../src/measure/timing.ts';
import { longestLayers } from '../../../src/measure/longest-layers.ts';

const codes = (...values: number[]): Int8Array => Int8Array.from(values);

describe('agreement of outputs', () => {
  const expected = codes(-100, -50, 0, 50, 100, 20, -20, 90);

  it('exact kernels may not be a step away', () => {
    assert.equal(agreementOf(expected, expected, 2, 'exact').disagreement, undefined);
    const near = expected.map((code, i) => (i === 3 ? code + 1 : code));
    const { agreement, disagreement } = agreementOf(near, expected, 2, 'exact');
    assert.deepEqual(agreement, { samples: 2, equal: 7 / 8, most: 1 });
    assert.match(disagreement!, /88 % of its outputs .* 1 steps of 255/);
  });

  it('kernels that round otherwise may be some steps away, but not compute something else', () => {
    const near = expected.map((code, i) => code + (i % 3));
    assert.equal(agreementOf(near, expected, 2, 'rounding').disagreement, undefined);
    assert.ok(agreementOf(expected.toReversed(), expected, 2, 'rounding').disagreement);
    assert.ok(agreementOf(new Int8Array(8), expected, 2, 'rounding').disagreement);
  });

  it('outputs that hardly vary may be two steps away', () => {
    assert.equal(agreementOf(codes(2, 2), codes(0, 0), 2, 'rounding').disagreement, undefined);
    assert.ok(agreementOf(codes(3, 3), codes(0, 0), 2, 'rounding').disagreement);
  });

  it('another number of outputs is none', () => {
    assert.match(agreementOf(codes(1), expected, 2, 'rounding').disagreement!, /1 outputs for 2 samples, 8/);
  });
});

describe('timing', () => {
  it('is median, 90th percentile and the quartiles’ distance', () => {
    const timing = timingOf([1, 2, 3, 4, 5]);
    assert.deepEqual(timing, { median: 3, p90: 4.6, spread: 2 / 3, runs: 5 });
    assert.deepEqual(timingOf([0.5]), { median: 0.5, p90: 0.5, spread: 0, runs: 1 });
  });
});

describe('the longest layers', () => {
  it('adds the parts of a layer up and says what its longest part waits for', () => {
    const layers = longestLayers([
      { name: 'a', amount: 10, waits: 'maps' },
      { name: 'b', amount: 30 },
      { name: 'a', amount: 40, waits: 'weights' },
      { name: 'c', amount: 0, waits: 'maps' },
      { name: 'd', amount: 20, waits: 'output unit' },
    ]);
    assert.deepEqual(layers, [
      { name: 'a', share: 0.5, waitsFor: 'weights' },
      { name: 'b', share: 0.3 },
      { name: 'd', share: 0.2, waitsFor: 'output unit' },
    ]);
  });
});
