/** Soft targets are distributions, and mixtures are what they say. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { Batches } from '../../../src/data/batches.ts';
import { MIXINGS, mixBatch, smoothed } from '../../../src/data/mixing/soft-targets.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';

const SHAPE = { height: 6, width: 5, channels: 2 };
const ELEMENTS = 60;

/** A batch whose sample n has the value n everywhere, and its class too. */
const constants = (count: number): Float32Array =>
  Float32Array.from({ length: count * ELEMENTS }, (_, i) => Math.floor(i / ELEMENTS));

const share = fc.double({ min: 0, max: 1, noNaN: true });
const seeds = { numRuns: 60, seed: 20260102 };

describe('soft targets', () => {
  it('are distributions, and without smoothing the classes themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 9 }), share, (classes, smoothing) => {
        const rows = smoothed(Int32Array.from(classes), 7, smoothing);
        classes.forEach((label, n) => {
          const row = rows.subarray(n * 7, n * 7 + 7);
          assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
          if (smoothing === 0)
            assert.deepEqual(
              [...row],
              [...row.keys()].map((c) => (c === label ? 1 : 0)),
            );
        });
      }),
      seeds,
    );
  });

  for (const [name, mixing] of Object.entries(MIXINGS)) {
    it(`${name}: all of its own leaves every sample as it is`, () => {
      const images = constants(4);
      const kept = mixing.mix(images, SHAPE, Int32Array.of(1, 2, 3, 0), 1, new SeededRandom(1));
      assert.equal(kept, 1);
      assert.deepEqual(images, constants(4));
    });

    it(`${name}: the share that it says is the share of the picture that stays`, () => {
      fc.assert(
        fc.property(share, fc.nat(1e6), (wanted, seed) => {
          const images = constants(2);
          const kept = mixing.mix(images, SHAPE, Int32Array.of(1, 0), wanted, new SeededRandom(seed));
          // Sample 0 is all zeros and its partner all ones: the mean is what came from the partner.
          const mean = images.subarray(0, ELEMENTS).reduce((a, b) => a + b) / ELEMENTS;
          assert.ok(kept >= 0 && kept <= 1 && Math.abs(1 - kept - mean) < 1e-5, `${kept} ${mean}`);
        }),
        seeds,
      );
    });
  }

  it('of a mixed batch sum to 1, and say of each sample what it is made of', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.constantFrom({ mixup: 0.3, cutmix: 0 }, { mixup: 0, cutmix: 1 }), (seed, mixings) => {
        const labels = Int32Array.of(0, 1, 2, 3, 4);
        const batch = { count: 5, images: constants(5), labels, soft: smoothed(labels, 5, 0) };
        const { images, soft } = mixBatch(batch, SHAPE, { mixings }, new SeededRandom(seed));
        for (let n = 0; n < 5; n++) {
          const row = soft!.subarray(n * 5, n * 5 + 5);
          assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
          // Classes are the values of their samples: the mean value is the mean class.
          const mean = images.subarray(n * ELEMENTS, (n + 1) * ELEMENTS).reduce((a, b) => a + b) / ELEMENTS;
          const expected = row.reduce((sum, p, c) => sum + p * c, 0);
          assert.ok(Math.abs(mean - expected) < 1e-4, `${mean} ${expected}`);
        }
      }),
      seeds,
    );
  });

  it('are not made where nothing asks for them', async () => {
    const labels = Int32Array.from({ length: 6 }, (_, i) => i);
    const part = { samples: new HeldSource('test', SHAPE, constants(6)), labels };
    const split = new IndexedSplit(part, labels, channelNormalisation({ mean: [0, 0], std: [1, 1] }));
    const options = { batch: 3, seed: 1, augment: { crop: 0, flip: false } };
    const none = { classes: 6, smoothing: 0, mixings: { mixup: 0, cutmix: 0 } };
    const [plain, asked] = [new Batches(split, options), new Batches(split, { ...options, labels: none })];
    for (let i = 0; i < 4; i++) {
      const batch = await asked.next();
      assert.deepEqual(batch, await plain.next());
      assert.equal(batch.soft, undefined);
    }
    const soft = await new Batches(split, { ...options, labels: { ...none, smoothing: 0.2 } }).next();
    assert.equal(soft.soft!.length, 18);
  });

  it('shares are of a beta distribution: mean and variance', () => {
    for (const alpha of [0.2, 1, 4]) {
      const random = new SeededRandom(5);
      const values = Array.from({ length: 4000 }, () => random.beta(alpha, alpha));
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      assert.ok(values.every((value) => value >= 0 && value <= 1));
      assert.ok(Math.abs(mean - 0.5) < 0.03, String(mean));
      assert.ok(Math.abs(variance * 4 * (2 * alpha + 1) - 1) < 0.08, String(variance));
    }
  });
});
