/** Options of least harm: beside every combination. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { leastHarm, type HarmOption } from '../../../src/strategies/space/least-harm.ts';

const options = fc.array(
  fc.record({ bytes: fc.integer({ min: 1, max: 500 }), harm: fc.double({ min: 0, max: 3, noNaN: true }) }),
  { minLength: 1, maxLength: 4 },
);

function best(layers: readonly (readonly HarmOption[])[], limit: number): number | undefined {
  let found: number | undefined;
  const visit = (layer: number, bytes: number, harm: number): void => {
    if (bytes > limit) return;
    if (layer === layers.length) found = found === undefined ? harm : Math.min(found, harm);
    else for (const option of layers[layer]!) visit(layer + 1, bytes + option.bytes, harm + option.harm);
  };
  visit(0, 0, 0);
  return found;
}

const problems = (layers: number): fc.Arbitrary<readonly [HarmOption[][], number]> =>
  fc
    .tuple(fc.array(options, { minLength: layers, maxLength: layers }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([list, share]) => [
      list,
      Math.round(share * list.reduce((sum, some) => sum + Math.max(...some.map(({ bytes }) => bytes)), 0)),
    ]);

describe('the options of least harm', () => {
  const harmOf = (layers: readonly (readonly HarmOption[])[], chosen: readonly number[]): number =>
    chosen.reduce((sum, k, i) => sum + layers[i]![k]!.harm, 0);
  const bytesOf = (layers: readonly (readonly HarmOption[])[], chosen: readonly number[]): number =>
    chosen.reduce((sum, k, i) => sum + layers[i]![k]!.bytes, 0);

  it('are the best that there are in small problems, and none where nothing fits', () => {
    fc.assert(
      fc.property(problems(5), ([layers, limit]) => {
        const chosen = leastHarm(layers, limit);
        const expected = best(layers, limit);
        assert.equal(chosen === undefined, expected === undefined);
        if (!chosen) return;
        assert.ok(bytesOf(layers, chosen) <= limit);
        assert.ok(Math.abs(harmOf(layers, chosen) - expected!) < 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('fit in larger ones too, and are near the best', () => {
    let [found, least] = [0, 0];
    fc.assert(
      fc.property(problems(9), ([layers, limit]) => {
        const chosen = leastHarm(layers, limit);
        const expected = best(layers, limit);
        assert.equal(chosen === undefined, expected === undefined);
        if (!chosen) return;
        assert.ok(bytesOf(layers, chosen) <= limit);
        found += harmOf(layers, chosen);
        least += expected!;
      }),
      { numRuns: 40, seed: 4 },
    );
    assert.ok(found <= 1.03 * least, `${found} beside ${least}`);
  });
});
