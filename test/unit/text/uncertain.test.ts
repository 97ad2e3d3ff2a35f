/** Numbers with their standard error: never more digits than that leaves. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatUncertain } from '../../../src/text/format.ts';
import { shareError, wilson } from '../../../src/wire/tasks/intervals.ts';
import { formatMeasured, formatNamedMeasured } from '../../../src/wire/tasks/metrics.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('a value with its error', () => {
  it('has the error in one digit, in two where the first is a 1', () => {
    for (const [unit, value, error, text] of [
      ['share', 0.78234, 0.0131, '78.2 ± 1.3 %'],
      ['share', 0.78234, 0.0049, '78.2 ± 0.5 %'],
      ['share', 0.78234, 0.0412, '78 ± 4 %'],
      ['share', 0.78234, 0.112, '78 ± 11 %'],
      ['share', 0.99961, 0.00019, '99.96 ± 0.02 %'],
      ['share', 0.5, 0.0096, '50.0 ± 1.0 %'],
      ['decibels', 31.4159, 0.083, '31.42 ± 0.08 dB'],
      ['number', 12.345, 2.2, '12 ± 2'],
      ['share', 0.5, undefined, '50 %'],
      ['share', 0.5, 0, '50 %'],
      ['bytes', 1024, 7, '1 KiB'],
    ] as const)
      assert.equal(plain(formatUncertain(unit, value, error)), text);
  });

  it('has as many digits behind the point in the value as in the error, and not more than it deserves', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 2, max: 1_000_000 }),
        (share, samples) => {
          const error = shareError(share, samples)!;
          fc.pre(error > 1e-9);
          const [, value, digits, told] = /^[\d]+(\.(\d+))? ± (\S+) %$/.exec(
            plain(formatUncertain('share', share, error)),
          )!;
          void value;
          assert.equal((told!.split('.')[1] ?? '').length, (digits ?? '').length);
          const meaning = Number(told!.replace('.', '').replace(/^0+/, ''));
          assert.ok(meaning < 20 || (digits ?? '') === '', `${told} of ${error}`);
          assert.ok(Math.abs(Number(told) - 100 * error) <= 50 * error);
        },
      ),
    );
  });

  it('says the end of an interval where all samples are right, or none', () => {
    assert.equal(plain(formatMeasured('accuracy', { value: 1, error: 0, samples: 20 })), '100 % (at least 83.9 %)');
    assert.equal(plain(formatMeasured('accuracy', { value: 0, error: 0, samples: 20 })), '0 % (at most 16.1 %)');
    assert.equal(plain(formatMeasured('accuracy', { value: 1 })), '100 %', 'an older version did not say');
    assert.equal(plain(formatNamedMeasured('psnr', { value: 31.4, error: 0.04 })), '31.40 ± 0.04 dB PSNR');
  });
});

describe('the interval of Wilson', () => {
  it('is that of published examples, and holds the share', () => {
    // Agresti and Coull (1998): 0 of 10 gives 0 to 0.278; Newcombe (1998): 81 of 263 gives 0.2553 to 0.3662.
    for (const [right, samples, low, high] of [
      [0, 10, 0, 0.2775],
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
    ] as const) {
      const found = wilson(right, samples);
      assert.ok(Math.abs(found[0] - low) < 1e-4 && Math.abs(found[1] - high) < 1e-4, `${found.join()}`);
    }
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (right, wrong) => {
        const [low, high] = wilson(right, right + wrong);
        assert.ok(low >= 0 && high <= 1 && low < high);
        if (right + wrong > 0)
          assert.ok(low <= right / (right + wrong) + 1e-12 && right / (right + wrong) <= high + 1e-12);
      }),
    );
  });
});
