import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatShare } from '../../../src/text/format.ts';
import { latencyText, workText } from '../../../src/wire/latency.ts';

const spaces = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the time of an inference', () => {
  it('is cycles over the clock, one or a range', () => {
    const clock = { name: 'a', hz: 500e6 };
    assert.equal(spaces(latencyText(clock, 135_000)), '≈ 0.27 ms at 500 MHz');
    assert.equal(spaces(latencyText({ name: 'b', hz: 1e9 }, 5e6, 2e9)), '≈ 5 ms … 2 s at 1 GHz');
    assert.equal(spaces(workText(clock, 135_000)), 'about 135 k cycles, ≈ 0.27 ms at 500 MHz, estimated');
    assert.equal(spaces(workText(undefined, 135_000)), 'about 135 k cycles, estimated');
  });
});

describe('a share', () => {
  it('is nothing only where it is 0, and all only where it is 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const text = spaces(formatShare(share));
        assert.equal(text === '0 %', share === 0, `${share}: ${text}`);
        assert.equal(text === '100 %', share === 1, `${share}: ${text}`);
      }),
    );
    assert.deepEqual(
      [1e-9, 0.0004, 0.0005, 0.007, 0.9994, 0.9996].map((share) => spaces(formatShare(share))),
      ['< 0.1 %', '< 0.1 %', '0.1 %', '0.7 %', '99.9 %', '> 99.9 %'],
    );
  });
});
