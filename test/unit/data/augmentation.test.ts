/** Augmentations keep what a picture is, and draw nothing where nothing is asked for. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { augmenter, AUGMENTATIONS, clip } from '../../../src/data/augmentation/augmentation-table.ts';
import { Batches } from '../../../src/data/batches.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';
import type { AugmentSpec } from '../../../src/network/types.ts';

const NONE: AugmentSpec = { crop: 0, flip: false };
/** Some of every augmentation. */
const ALL: AugmentSpec = {
  crop: 2,
  flip: true,
  brightness: 0.5,
  contrast: 0.5,
  saturation: 0.5,
  timeShift: 2,
  timeMask: 2,
  frequencyMask: 2,
};
const KEYS = Object.keys(AUGMENTATIONS) as (keyof AugmentSpec)[];
const alone = (key: keyof AugmentSpec): AugmentSpec => ({ ...NONE, [key]: ALL[key] });

const SHAPE = { height: 5, width: 4, channels: 3 };
const ELEMENTS = 60;
const NORMALISATION = { mean: [100, 120, 90], std: [50, 60, 70] };

/** Samples of random bytes. */
function splitOf(count: number, seed: number): IndexedSplit {
  const random = new SeededRandom(seed);
  const pixels = Uint8Array.from({ length: count * ELEMENTS }, () => random.integer(256));
  const labels = Int32Array.from({ length: count }, (_, i) => i);
  const part = { samples: new HeldSource('test', SHAPE, pixels), labels };
  return new IndexedSplit(part, labels, channelNormalisation(NORMALISATION));
}

/** Draws and makes one change to the prepared picture of a split's first sample. */
async function changed(spec: AugmentSpec, seed: number): Promise<{ before: Float32Array; after: Float32Array }> {
  const split = splitOf(1, seed);
  const { images } = await split.gather(Int32Array.of(0));
  const after = images.slice();
  const { sample } = augmenter(spec, SHAPE)(new SeededRandom(seed));
  for (const change of sample) change(after, { shape: SHAPE, outside: split.outside, factor: 1 });
  return { before: images, after };
}

const stored = (value: number, i: number): number => value * NORMALISATION.std[i % 3]! + NORMALISATION.mean[i % 3]!;

describe('augmentations', () => {
  for (const key of KEYS) {
    it(`${key}: numbers stay numbers, and what a file of bytes cannot hold is brought back into its range`, async () => {
      let moved = 0;
      for (let seed = 0; seed < 30; seed++) {
        const { before, after } = await changed(alone(key), seed);
        assert.equal(after.length, before.length);
        clip(after, splitOf(1, seed).range!);
        assert.ok(after.every((value, i) => stored(value, i) > -1e-3 && stored(value, i) < 255.001));
        if (after.some((value, i) => value !== before[i])) moved++;
      }
      assert.ok(moved >= 8, `${moved} of 30 samples were changed`);
    });
  }

  it('draw no random number where nothing is asked for', () => {
    const random = new SeededRandom(3);
    const state = random.state();
    assert.deepEqual(augmenter(NONE, SHAPE)(random), { sample: [], target: [] });
    assert.deepEqual(random.state(), state);
  });

  it('of colour: brightness is a factor of what is stored; contrast keeps the mean of each channel; saturation the grey', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const bright = await changed(alone('brightness'), seed);
      const ratios = [...bright.after].flatMap((value, i) =>
        stored(bright.before[i]!, i) > 1 ? [stored(value, i) / stored(bright.before[i]!, i)] : [],
      );
      assert.ok(Math.max(...ratios) - Math.min(...ratios) < 1e-3 && ratios[0]! >= 0.499 && ratios[0]! <= 1.501);
      const { before, after } = await changed(alone('contrast'), seed);
      const mean = (values: Float32Array, c: number): number =>
        values.reduce((sum, value, i) => (i % 3 === c ? sum + value : sum), 0) / (ELEMENTS / 3);
      for (const c of [0, 1, 2]) assert.ok(Math.abs(mean(before, c) - mean(after, c)) < 1e-5);
      const coloured = await changed(alone('saturation'), seed);
      for (let i = 0; i < ELEMENTS; i += 3) {
        const grey = (values: Float32Array): number =>
          0.299 * values[i]! + 0.587 * values[i + 1]! + 0.114 * values[i + 2]!;
        assert.ok(Math.abs(grey(coloured.before) - grey(coloured.after)) < 1e-5);
      }
    }
  });

  it('of time and frequency: whole rows or columns are blanked, as many as asked for at most and never all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 9 }), async (seed, most) => {
        for (const [key, size, at] of [
          ['timeMask', 5, (i: number) => Math.floor(i / 12)],
          ['frequencyMask', 4, (i: number) => Math.floor(i / 3) % 4],
        ] as const) {
          const { before, after } = await changed({ ...NONE, [key]: most }, seed);
          const blank = new Set([...after.keys()].filter((i) => after[i] === 0 && before[i] !== 0).map(at));
          assert.ok(blank.size <= Math.min(most, size - 1));
          after.forEach((value, i) => {
            assert.equal(value, blank.has(at(i)) ? 0 : before[i]);
          });
        }
      }),
      { numRuns: 40, seed: 20260101 },
    );
  });

  it('do to a target that is an image what they do to its sample, but for the masks: those are for the network to fill', async () => {
    const shape = { height: 4, width: 4, channels: 1 };
    const pixels = Float32Array.from({ length: 16 }, (_, i) => i + 1);
    const part = {
      samples: new HeldSource('test', shape, pixels),
      labels: new Int32Array(0),
      targets: new HeldSource('test', shape, pixels.slice()),
    };
    const split = new IndexedSplit(part, Int32Array.of(0), channelNormalisation({ mean: [0], std: [1] }));
    const batch = async (augment: AugmentSpec, seed: number) => new Batches(split, { batch: 1, seed, augment }).next();
    let masked = 0;
    for (let seed = 0; seed < 20; seed++) {
      const alike = await batch({ crop: 1, flip: true, brightness: 0.3, contrast: 0.3, timeShift: 1 }, seed);
      assert.deepEqual(alike.targets, alike.images);
      const { images, targets } = await batch({ ...NONE, timeMask: 2, frequencyMask: 2 }, seed);
      assert.deepEqual(targets, pixels);
      if (images.includes(0)) masked++;
    }
    assert.ok(masked > 10);
  });

  it('all together go on from any saved state with the very same batches', async () => {
    for (const before of [0, 1, 3, 6]) {
      const options = {
        batch: 4,
        seed: 7,
        augment: ALL,
        labels: { classes: 9, smoothing: 0.1, mixings: { mixup: 0.4, cutmix: 1 } },
      };
      const first = new Batches(splitOf(9, 1), options);
      for (let i = 0; i < before; i++) await first.next();
      const second = new Batches(splitOf(9, 1), { ...options, seed: 8 });
      second.restore(JSON.parse(JSON.stringify(first.state())) as ReturnType<Batches['state']>);
      for (let i = 0; i < 5; i++) assert.deepEqual(await second.next(), await first.next());
    }
  });
});
