/** Finding the value of a definition at a place in its text. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../../src/editor/language/sizes/analysis.ts';
import { layerOf, placeAt } from '../../../../src/editor/language/place.ts';
import { widenableAt } from '../../../../src/editor/language/widening.ts';

const TEXT = `udc: 1
name: net
input: 16x16x1
target: { npu: ethos-u55-128, weights: 4 KiB }
layers:
  - name: stem   # a block mapping
    op: conv
    kernel: 3x3
    filters: 8 | 16
  - { name: logits, op: dense, units: 4, bits: 4 }
`;

const at = (text: string, into = 1): number => TEXT.indexOf(text) + into;

describe('placeAt', () => {
  const { parsed } = new Analysis(TEXT);
  const cases: readonly (readonly [string, number, readonly (string | number)[], string | undefined])[] = [
    ['name: net', 7, ['name'], 'net'],
    ['npu: ethos', 6, ['target', 'npu'], 'ethos-u55-128'],
    ['npu: ethos', 1, ['target', 'npu'], 'ethos-u55-128'],
    ['op: conv', 5, ['layers', 0, 'op'], 'conv'],
    ['filters: 8', 10, ['layers', 0, 'filters'], '8 | 16'],
    ['units: 4', 8, ['layers', 1, 'units'], '4'],
  ];
  for (const [needle, into, path, text] of cases) {
    it(`finds ${path.join('.')} at ${into} in '${needle}'`, () => {
      const place = placeAt(parsed.tree, at(needle, into));
      assert.deepEqual([place?.path, place?.text], [path, text]);
      const shown = TEXT.slice(place!.range.start, place!.range.end);
      assert.ok(shown === text || shown === path.at(-1), shown);
    });
  }

  it('gives the layer between its values, and nothing outside of everything', () => {
    assert.deepEqual(placeAt(parsed.tree, at('{ name: logits', 1))?.path, ['layers', 1]);
    assert.equal(placeAt(parsed.tree, TEXT.length + 5), undefined);
    assert.equal(placeAt(undefined, 0), undefined);
  });

  it('knows the layer of a path', () => {
    assert.equal(layerOf(['layers', 3, 'op']), 3);
    assert.equal(layerOf(['target', 'npu']), undefined);
  });
});

describe('widenableAt', () => {
  const analysis = new Analysis(TEXT);
  it('offers options around a fixed value', () => {
    const found = widenableAt(analysis, at('bits: 4', 6));
    assert.equal(found?.key, 'bits');
    assert.ok(found.options.includes('4') && found.options.length > 1);
  });
  it('offers nothing for a choice, nor for what cannot be one', () => {
    assert.equal(widenableAt(analysis, at('filters: 8', 10)), undefined);
    assert.equal(widenableAt(analysis, at('name: net', 7)), undefined);
  });
});
