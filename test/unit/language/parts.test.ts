/** The small parts: bytes, nearest names, lines, sizes of windows, edits of texts. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, invertEdits } from '../../../src/language/edit-plan.ts';
import { equalData } from '../../../src/language/equal.ts';
import { LineIndex } from '../../../src/language/lines.ts';
import { isCentreCrop, leadingPadding, windowOutput, type Window } from '../../../src/network/map-shapes.ts';
import { parseBytes } from '../../../src/language/byte-units.ts';
import { editDistance, nearestName } from '../../../src/text/nearest.ts';

const SEED = { seed: 6 };
/** Names that every object has. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype).map((name) => `5 ${name}`);

describe('parseBytes', () => {
  it('reads units of 1000 and of 1024', () => {
    for (const [text, bytes] of [
      ['48 KiB', 49152],
      ['48KiB', 49152],
      ['48 kib', 49152],
      ['48 KB', 48000],
      ['442368', 442368],
      ['12 B', 12],
      ['1.5 MiB', 1572864],
      ['0.5 KiB', 512],
      ['1 GB', 1e9],
    ] as const)
      assert.equal(parseBytes(text), bytes, text);
  });

  it('refuses what is no number of bytes, with a remedy', () => {
    for (const text of ['', 'much', '-3 KiB', '0', '0.4', '48 KiBs', '48 T', '1e3', '9999999 GiB', '4 8', ...INHERITED])
      assert.throws(() => parseBytes(text), /48 KiB/, text);
  });

  it('takes digits after the point for decimal, in every unit of 1000', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (n) => {
        assert.equal(parseBytes(`${n / 1000} KB`), n);
        assert.equal(parseBytes(`${n / 1e6} MB`), n);
      }),
    );
  });
});

describe('nearestName', () => {
  it('finds misspelt names and leaves strangers alone', () => {
    assert.equal(editDistance('dsconv', 'dscnov'), 1);
    assert.equal(editDistance('kitten', 'sitting'), 3);
    const names = ['conv', 'dsconv', 'dwconv', 'global-average-pool'];
    assert.equal(nearestName('dsonv', names), 'dsconv');
    assert.equal(nearestName('CONV', names), 'conv');
    assert.equal(nearestName('globalaveragepool', names), 'global-average-pool');
    assert.equal(nearestName('transformer', names), undefined);
  });
});

describe('LineIndex', () => {
  it('gives lines and columns from 1, at every offset', () => {
    const text = 'ab\r\n\nc\n';
    assert.deepEqual(
      Array.from({ length: text.length + 1 }, (_, i) => Object.values(new LineIndex(text).position(i)).join(':')),
      ['1:1', '1:2', '1:3', '1:4', '2:1', '3:1', '3:2', '4:1'],
    );
  });
});

describe('windows', () => {
  const window = (kernel: number, stride: number, dilation: number, padding: Window['padding']): Window => ({
    kernel: { height: kernel, width: kernel },
    stride: { height: stride, width: stride },
    dilation: { height: dilation, width: dilation },
    padding,
  });

  it('sizes and padding are those of sliding a window over positions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        (input, kernel, stride, dilation) => {
          const extent = (kernel - 1) * dilation + 1;
          const fitting = Array.from({ length: input }, (_, i) => i).filter(
            (start) => start % stride === 0 && start + extent <= input,
          ).length;
          const size = { height: input, width: input };
          const valid = windowOutput(size, window(kernel, stride, dilation, 'valid')).height;
          assert.equal(Math.max(0, valid), fitting);
          assert.equal(
            windowOutput(size, window(kernel, stride, dilation, 'same')).height,
            Array.from({ length: input }, (_, i) => i).filter((start) => start % stride === 0).length,
          );
          const before = leadingPadding(size, window(kernel, stride, dilation, 'same')).height;
          const reach = (Math.ceil(input / stride) - 1) * stride + extent;
          assert.ok(before <= Math.max(0, reach - input) - before && before * 2 >= Math.max(0, reach - input) - 1);
        },
      ),
      SEED,
    );
  });

  it('a centre crop reads the pixels at the centre of the larger kernel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 12 }),
        fc.constantFrom(3, 5, 7),
        fc.constantFrom(1, 3, 5),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        (input, large, small, stride, dilation) => {
          fc.pre(small < large);
          const size = { height: input, width: input };
          const outer = window(large, stride, dilation, 'same');
          const inner = window(small, stride, dilation, 'same');
          const first = (at: Window): number => -leadingPadding(size, at).height;
          const aligned = first(outer) + ((large - small) / 2) * dilation === first(inner);
          assert.equal(isCentreCrop(size, outer, inner.kernel), aligned);
        },
      ),
      SEED,
    );
  });
});

describe('applyEdits and invertEdits', () => {
  it('undo every edit', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 40 }),
        fc.array(fc.tuple(fc.nat(40), fc.nat(5), fc.string({ maxLength: 5 })), { maxLength: 5 }),
        (text, wanted) => {
          let at = 0;
          const edits = wanted.flatMap(([gap, length, replacement]) => {
            const start = at + gap;
            if (start + length > text.length) return [];
            at = start + length + 1;
            return [{ range: { start, end: start + length }, text: replacement }];
          });
          assert.equal(applyEdits(applyEdits(text, edits), invertEdits(text, edits)), text);
        },
      ),
      SEED,
    );
  });

  it('refuse edits that overlap or lie outside', () => {
    assert.throws(
      () =>
        applyEdits('abcdef', [
          { range: { start: 0, end: 3 }, text: 'x' },
          { range: { start: 2, end: 4 }, text: 'y' },
        ]),
      RangeError,
    );
    assert.throws(() => applyEdits('abc', [{ range: { start: 2, end: 9 }, text: '' }]), RangeError);
  });
});

describe('equalData', () => {
  it('compares plain data', () => {
    assert.ok(equalData({ a: [1, { b: 2 }], c: undefined }, { a: [1, { b: 2 }] }));
    assert.ok(!equalData({ a: [1, 2] }, { a: [1] }));
    assert.ok(!equalData([], {}));
    assert.ok(!equalData(null, {}));
  });
});
