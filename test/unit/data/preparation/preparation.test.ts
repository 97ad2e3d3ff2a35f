/** What every preparation does, and that statistics of pieces are those of the whole, bit for bit. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { elementsOf, type Pixels, type Shape, type Source } from '../../../../src/data/dataset.ts';
import { channelStatistics } from '../../../../src/data/preparation/channel-normalisation.ts';
import type { Normalisation } from '../../../../src/data/preparation/preparation.ts';
import { PREPARATIONS, preparationOf } from '../../../../src/data/preparation/preparation-table.ts';
import type { NormaliseStep } from '../../../../src/wire/preparation/normalise-spec.ts';
import { HeldSource } from '../../../../src/data/sources/held-source.ts';
import { SeededRandom } from '../../../../src/base/random.ts';

const SHAPE = { height: 2, width: 3, channels: 2 };

function randomPixels(count: number, type: Source['type'], seed: number): Pixels {
  const random = new SeededRandom(seed);
  const length = count * elementsOf(SHAPE);
  return type === 'uint8'
    ? Uint8Array.from({ length }, () => random.integer(256))
    : Float32Array.from({ length }, (_, i) => 1000 * (i % 2) + random.normal());
}

const NAMES = Object.keys(PREPARATIONS) as (keyof typeof PREPARATIONS)[];
const NORMALISATIONS: readonly Omit<NormaliseStep, 'step'>[] = [
  ...NAMES.map((by) => ({ by })),
  { mean: [3, 4], std: [2, 5] },
  { mean: [7], std: [2] },
];

for (const stated of NORMALISATIONS) {
  const name = stated.by ?? `numbers for ${stated.mean?.length} channels`;
  const rule = preparationOf({ task: 'classification', prepare: [{ step: 'normalise', ...stated }] });
  describe(`a preparation: ${name}`, () => {
    for (const type of ['uint8', 'float32'] as const) {
      it(`prepares samples of ${type} as it says that a chip has to`, async () => {
        const pixels = randomPixels(20, type, 1);
        const source = new HeldSource('made', SHAPE, pixels);
        const preparation = await rule.fit(source, Int32Array.of(3, 1, 4, 15, 9, 2, 6));
        const { mean, std } = preparation.normalisation;
        assert.deepEqual([mean.length, std.length], [2, 2]);
        assert.deepEqual(preparation.steps, [{ step: 'normalise', mean, std }]);
        const into = new Float32Array(14).fill(-1);
        const [sample] = await source.read(Int32Array.of(7));
        preparation.prepare(sample!, into, 1);
        assert.deepEqual([into[0], into[13]], [-1, -1], 'nothing is written beside the sample');
        sample!.forEach((value, i) => {
          const wanted = (value - mean[i % 2]!) / std[i % 2]!;
          assert.ok(
            Math.abs(into[1 + i]! - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)),
            `${into[1 + i]} ${wanted}`,
          );
        });
        const zero = new Float32Array(12);
        preparation.prepare(new Uint8Array(12), zero, 0);
        zero.forEach((value, i) => assert.ok(value === Math.fround(preparation.outside[i % 2]!)));
        assert.deepEqual(preparation.inputShape(SHAPE), rule.inputShape(SHAPE));
        assert.ok(rule.about.endsWith('.'));
      });
    }
  });
}

/** All pixels at hand, summed in the order of the draw. */
function wholeStatistics(pixels: Pixels, { channels }: Shape, indices: Int32Array, elements: number): Normalisation {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (const index of indices)
    for (let i = 0; i < elements; i++) {
      const value = pixels[index * elements + i]! - pixels[i % channels]!;
      sums[i % channels]! += value;
      squares[i % channels]! += value * value;
    }
  const n = (indices.length * elements) / channels;
  const mean = Array.from(sums, (sum) => sum / n);
  return {
    mean: mean.map((value, c) => value + pixels[c]!),
    std: mean.map((value, c) => Math.sqrt(Math.max(0, squares[c]! / n - value * value)) || 1),
  };
}

describe('statistics of channels', () => {
  it('are the same to the last bit, in whatever pieces the samples come', async () => {
    // Samples of 1.5 MB: two in a piece.
    const shape = { height: 512, width: 512, channels: 2 };
    const elements = elementsOf(shape);
    const random = new SeededRandom(3);
    const values = Float32Array.from({ length: 7 * elements }, () => 50 + random.next());
    for (const pixels of [values, Uint8Array.from(values, (value) => (value % 1) * 256)]) {
      const indices = Int32Array.of(5, 2, 6, 0, 3);
      assert.deepEqual(
        await channelStatistics(new HeldSource('made', shape, pixels), indices),
        wholeStatistics(pixels, shape, indices, elements),
      );
    }
  });

  it('are those of the chosen samples alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(19), { minLength: 1 }), fc.boolean(), async (chosen, isByte) => {
        const pixels = randomPixels(20, isByte ? 'uint8' : 'float32', 2);
        const indices = Int32Array.from(chosen);
        assert.deepEqual(
          await channelStatistics(new HeldSource('made', SHAPE, pixels), indices),
          wholeStatistics(pixels, SHAPE, indices, 12),
        );
      }),
      { numRuns: 50, seed: 20261128 },
    );
  });
});
