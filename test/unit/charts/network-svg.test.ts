/** The picture of a network: well-formed, self-contained, a text for each layer, true to channels, bits and zeros. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { networkSvg } from '../../../src/charts/network-svg.ts';
import type { LayerReport } from '../../../src/wire/run.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { elements } from '../../fixtures/well-formed.ts';

const { layers } = mainNetwork(fixtureRun().result!);
const [first] = layers;

const reports = fc.array(
  fc
    .record({
      name: fc.constantFrom('stem', 'a-b', '</text><script>&"', 'block_with_a_name_that_is_long'),
      op: fc.constantFrom('conv', 'skip', 'dsconv', 'global-average-pool'),
      output: fc.tuple(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 999 }),
      ),
      bits: fc.integer({ min: 1, max: 16 }),
      sparsity: fc.double({ min: 0, max: 1, noNaN: true }),
      parameters: fc.constantFrom(0, 1, 9999),
      inputs: fc.option(fc.constantFrom(['input'], ['stem', 'a-b']), { nil: undefined }),
    })
    .map(({ inputs, ...rest }): LayerReport => ({ ...first!, ...rest, ...(inputs && { inputs }) })),
  { maxLength: 12 },
);

describe('the picture of a network', () => {
  it('is well-formed and self-contained, a block and a text for each layer, inside its frame', () => {
    fc.assert(
      fc.property(reports, fc.string(), (found, title) => {
        const svg = networkSvg(found, title);
        const names = elements(svg);
        assert.equal(names.filter((name) => name === 'g').length, found.length);
        assert.doesNotMatch(svg, /NaN|undefined|<script|href|style=/);
        const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
        for (const [, x, y, w, h] of svg.matchAll(
          /<rect x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
        )) {
          assert.ok(Number(x) >= 0 && Number(x) + Number(w) <= width!);
          assert.ok(Number(y) >= 0 && Number(y) + Number(h) <= height!);
        }
        for (const [, y] of svg.matchAll(/<text x="[\d.]+" y="([\d.]+)"/g)) assert.ok(Number(y) < height!);
      }),
    );
  });

  it('says each layer in words, and draws more channels wider and more zeros higher', () => {
    const [wide, narrow] = [64, 4].map((channels): LayerReport => ({
      ...first!,
      name: `c${channels}`,
      output: [8, 8, channels],
    }));
    const svg = networkSvg([wide!, narrow!], 'kws');
    const [widthOfWide, widthOfNarrow] = [
      ...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"[^>]*stroke="#/g),
    ].map((match) => Number(match[1]));
    assert.ok(widthOfWide! > widthOfNarrow!);
    assert.match(svg, /aria-label="c64, conv 10×4, \d bit, .*8×8×64, [^"]*zeros"/);
    const zeros = [0.25, 0.75].map((achievedSparsity) => {
      const one = networkSvg([{ ...first!, achievedSparsity }], 'kws');
      return Number(/height="([\d.]+)" fill="url\(#zeros\)"/.exec(one)![1]);
    });
    assert.ok(Math.abs(zeros[1]! / zeros[0]! - 3) < 0.05);
    assert.equal((networkSvg(layers, 'kws').match(/role="listitem"/g) ?? []).length, layers.length);
  });
});
