/** What a preview says: counts with what is unusual of them, and samples in words. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commonEnds, lanePath } from '../../../../src/charts/preview/lane-path.ts';
import {
  cautions,
  countRows,
  countsText,
  groupCount,
  groupTitle,
  previewFacts,
  shownInWords,
} from '../../../../src/charts/preview/preview-view.ts';
import type { DataPreview } from '../../../../src/wire/data-preview.ts';
import { imagePreview, pairPreview, soundPreview, windowPreview } from '../../../fixtures/previews.ts';

describe('what a preview says', () => {
  it('marks classes that are missing, and those with less than a fifth of the largest', () => {
    const rows = countRows(imagePreview());
    assert.deepEqual(
      rows.map(({ name, cells }) => [name, ...cells.map(({ count, mark }) => [count, mark ?? ''])]),
      [
        ['daisy', [600, ''], [60, ''], [100, '']],
        ['rose', [400, ''], [50, ''], [100, '']],
        ['tulip', [30, 'few'], [0, 'none'], [100, '']],
      ],
    );
    assert.deepEqual(cautions(imagePreview()), [
      'The validation part has no sample of tulip.',
      'The classes are uneven: tulip has less than a fifth of the training samples of the largest class (600), the smallest 30.',
    ]);
    assert.deepEqual(cautions(soundPreview()), []);
    assert.deepEqual(countRows(windowPreview()), []);
  });

  it('gives shares of the largest class, never more than all of it', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), (byClass) => {
        const classes = byClass.map(String);
        const part = { name: 'train', count: 0, byClass } as const;
        const cells = countRows({ parts: [part], classes, unused: 0, notes: [], warnings: [] }).map(
          (row) => row.cells[0]!,
        );
        const largest = Math.max(...byClass);
        cells.forEach(({ count, share, mark }, label) => {
          assert.equal(count, byClass[label]);
          assert.ok(share >= 0 && share <= 1);
          assert.equal(mark === 'none', count === 0);
          assert.equal(mark === 'few', count > 0 && count < largest / 5);
        });
      }),
    ));

  it('says how many samples there are, and what was done to them', () => {
    assert.equal(
      countsText({ ...imagePreview(), unused: 1200 }),
      '1,030 training, 110 validation and 300 test samples; 1,200 more training samples are not used',
    );
    const facts = new Map(previewFacts(imagePreview()));
    assert.equal(facts.get('In their files'), '320x240x3 to 640x480x3, of those looked at');
    const small = { height: 6, width: 8, channels: 3 };
    const first: DataPreview = { ...imagePreview(), stored: [small, small], channels: 'first' };
    assert.equal(new Map(previewFacts(first)).get('In their files'), '3x6x8, channels first');
    assert.match(
      facts.get('Prepared')!,
      /^Bring it to 24x24 \(bilinear\), then \(value - mean\).*those of 512 of the 1,030/,
    );
    assert.equal(new Map(previewFacts(windowPreview())).get('To reach'), '1 value');
    assert.equal(new Map(previewFacts(pairPreview())).get('To reach'), '48x48x3');
    const sizes = [16, 24].map((side) => ({ height: side, width: side, channels: 3 }));
    assert.equal(
      new Map(previewFacts({ ...imagePreview(), inputs: sizes })).get('Network input'),
      '24x24x3, the largest of 16x16x3, 24x24x3',
    );
    assert.equal(groupTitle({ label: 1, samples: [] }, imagePreview()), 'rose');
    assert.equal(groupCount({ label: 1, samples: [] }, imagePreview()), 400);
    assert.equal(groupCount({ samples: [] }, windowPreview()), 90);
  });

  it('says in words what a sample shows', () => {
    const words = [imagePreview(), soundPreview(), windowPreview()].map(({ groups }) =>
      shownInWords(groups[0]!.samples[0]!.input),
    );
    assert.equal(words[0], 'picture of 24 by 24 pixels');
    assert.match(words[1]!, /^spectrogram: frame 1 to 49 from left to right, band 1 to 10 from below, values -\d/);
    assert.match(words[2]!, /^curves over 64 samples: channel 1 -.* to .*; channel 2 .*; channel 3 .*$/);
    assert.equal(shownInWords({ type: 'values', values: [1, 2.5], more: 3 }), '1, 2.5 and 3 more');
  });

  it('draws curves within their box, on the scale of all that is shown', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(20)), { minLength: 1, maxLength: 40 }),
        fc.nat(30),
        (places, beyond) => {
          const lane = { name: '', low: places.map(([low]) => low), high: places.map(([low, more]) => low + more) };
          const own = { low: Math.min(...lane.low), high: Math.max(...lane.high) };
          const path = lanePath(lane, { low: own.low - beyond, high: own.high }, 300, 40);
          const points = path
            .slice(1)
            .split('L')
            .map((point) => point.split(' ').map(Number));
          for (const [x, y] of points) assert.ok(x! >= 0 && x! <= 300 && y! >= 0 && y! <= 40, path);
          assert.equal(Math.min(...points.map(([, y]) => y!)), own.high - own.low + beyond === 0 ? 20 : 0);
        },
      ),
    ));

  it('takes one scale for a channel over all samples', () => {
    const ends = commonEnds(windowPreview().groups);
    assert.equal(ends.length, 3);
    for (const { samples } of windowPreview().groups)
      for (const { input } of samples)
        if (input.type === 'curves')
          input.lanes.forEach(({ low, high }, c) => {
            assert.ok(Math.min(...low) >= ends[c]!.low && Math.max(...high) <= ends[c]!.high);
          });
    assert.deepEqual(commonEnds(imagePreview().groups), []);
  });
});
