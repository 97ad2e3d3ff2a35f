import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Batches, drawWeighted } from '../../../src/data/batches.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';
import type { Batch, SourcePart, Split } from '../../../src/data/dataset.ts';

/** `count` samples of 3x4x2 whose pixels are 1, 2, 3 … over all samples, labelled by their index. */
function makeSplit(count: number, targets = false): Split {
  const shape = { height: 3, width: 4, channels: 2 };
  const countUp = (elements: number): Float32Array => Float32Array.from({ length: count * elements }, (_, i) => i + 1);
  const part: SourcePart = {
    samples: new HeldSource('test', shape, countUp(24)),
    labels: Int32Array.from({ length: count }, (_, i) => i),
    ...(targets && { targets: new HeldSource('test', { height: 6, width: 8, channels: 2 }, countUp(96)) }),
  };
  return new IndexedSplit(part, part.labels, channelNormalisation({ mean: [0, 10], std: [1, 2] }));
}

const plain = { crop: 0, flip: false };
async function draw(batches: Batches, count: number): Promise<Batch[]> {
  const drawn: Batch[] = [];
  for (let i = 0; i < count; i++) drawn.push(await batches.next());
  return drawn;
}

describe('Batches', () => {
  it('shows every sample once an epoch, in a new order each time', async () => {
    const batches = new Batches(makeSplit(10), { batch: 5, seed: 1, augment: plain });
    const epoch = async (): Promise<number[]> =>
      (await draw(batches, batches.perEpoch)).flatMap((batch) => [...batch.labels]);
    const epochs = [await epoch(), await epoch()];
    for (const epoch of epochs)
      assert.deepEqual(
        [...epoch].sort((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    assert.notDeepEqual(epochs[0], epochs[1]);
  });

  it('gives normalised images with their labels', async () => {
    const batch = await new Batches(makeSplit(6), { batch: 3, seed: 2, augment: plain }).next();
    batch.labels.forEach((label, n) => {
      for (let i = 0; i < 24; i++) {
        const stored = label * 24 + i + 1;
        assert.equal(batch.images[n * 24 + i], i % 2 === 0 ? stored : (stored - 10) / 2);
      }
    });
  });

  it('drops the rest of an epoch, and shrinks to a small data set', async () => {
    assert.equal(new Batches(makeSplit(10), { batch: 4, seed: 0, augment: plain }).perEpoch, 2);
    const small = new Batches(makeSplit(3), { batch: 32, seed: 0, augment: plain });
    assert.deepEqual([small.size, small.perEpoch, (await small.next()).count], [3, 1, 3]);
    assert.throws(() => new Batches(makeSplit(0), { batch: 4, seed: 0, augment: plain }), RangeError);
  });

  it('has had the next one begun before it gives one, where samples are read', async () => {
    const split = makeSplit(12);
    let begun = 0;
    const read: Split = Object.create(split, {
      held: { value: false },
      gather: {
        value: async (places: Int32Array) => {
          // What leads to a message to another thread: some promises one after another.
          for (let i = 0; i < 9; i++) await Promise.resolve();
          begun += 1;
          return split.gather(places);
        },
      },
    }) as Split;
    const batches = new Batches(read, { batch: 3, seed: 1, augment: plain });
    const seen: number[] = [];
    for (let i = 0; i < 8; i++) {
      await batches.next();
      seen.push(begun);
    }
    assert.deepEqual(seen, [2, 3, 4, 4, 6, 7, 8, 8], 'one ahead, none at the end of an epoch');
  });

  it('goes on from a saved state with the very same batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(12),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(2),
        fc.boolean(),
        async (seed, before, batch, crop, flip) => {
          const options = { batch, seed, augment: { crop, flip } };
          const first = new Batches(makeSplit(7), options);
          await draw(first, before);
          const second = new Batches(makeSplit(7), { ...options, seed: 99 });
          second.restore(JSON.parse(JSON.stringify(first.state())) as ReturnType<Batches['state']>);
          assert.deepEqual(await draw(second, 9), await draw(first, 9));
        },
      ),
      { numRuns: 50, seed: 20220105 },
    );
  });

  it('refuses a state of other batches', () => {
    const batches = new Batches(makeSplit(7), { batch: 3, seed: 0, augment: plain });
    assert.throws(() => {
      batches.restore({ ...batches.state(), position: 3 });
    }, /batch 3 of 2 does not exist/);
  });

  it('differs between seeds', async () => {
    const labels = async (seed: number): Promise<number[]> => [
      ...(await new Batches(makeSplit(50), { batch: 50, seed, augment: plain }).next()).labels,
    ];
    assert.notDeepEqual(await labels(1), await labels(2));
    assert.deepEqual(await labels(1), await labels(1));
  });

  it('crops and flips: every image is the original, moved within the pad, zeros of the file outside', async () => {
    const split = makeSplit(4);
    const { images } = await split.slice(0, 4);
    const outside = [0, -5];
    const seen = new Set<string>();
    const batches = new Batches(split, { batch: 4, seed: 5, augment: { crop: 1, flip: true } });
    for (const batch of await draw(batches, 200)) {
      batch.labels.forEach((label, n) => {
        const image = batch.images.subarray(n * 24, n * 24 + 24);
        const match = views().find(({ row, column, flip }) =>
          [...image].every((value, i) => {
            const [y, x, c] = [Math.floor(i / 8), Math.floor(i / 2) % 4, i % 2];
            const [fromY, fromX] = [y + row, (flip ? 3 - x : x) + column];
            const inside = fromY >= 0 && fromY < 3 && fromX >= 0 && fromX < 4;
            return value === (inside ? images[label * 24 + (fromY * 4 + fromX) * 2 + c] : outside[c]);
          }),
        );
        assert.ok(match, 'an augmented image is none of the views');
        seen.add(JSON.stringify(match));
      });
    }
    assert.equal(seen.size, 18, 'all nine shifts, mirrored and not, turn up');
  });

  it('moves targets along with images', async () => {
    const split = makeSplit(2, true);
    // Targets are made to hold the image they belong to, each pixel four times.
    const batches = new Batches(split, { batch: 2, seed: 3, augment: { crop: 1, flip: true } });
    for (const batch of await draw(batches, 20)) {
      assert.equal(batch.targets!.length, 2 * 96);
      const stored = (value: number, c: number): number => (c === 0 ? value : value * 2 + 10);
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 4; x++) {
          const small = batch.images[(y * 4 + x) * 2]!;
          const large = batch.targets![(2 * y * 8 + 2 * x) * 2]!;
          assert.equal(small === 0, large === 0, 'an image and its target leave the frame together');
          if (small === 0) continue;
          const image = (stored(small, 0) - 1) % 24;
          const target = (stored(large, 0) - 1) % 96;
          assert.deepEqual(
            [Math.floor(target / 16) >> 1, (Math.floor(target / 2) % 8) >> 1],
            [Math.floor(image / 8), Math.floor(image / 2) % 4],
          );
        }
      }
    }
  });
});

function views(): { row: number; column: number; flip: boolean }[] {
  const shifts = [-1, 0, 1];
  return shifts.flatMap((row) => shifts.flatMap((column) => [false, true].map((flip) => ({ row, column, flip }))));
}

describe('weighted samples', () => {
  const weightsOf = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 50 })
    .filter((all) => all.some((one) => one > 0));

  it('are drawn as often as their share says, rounded down or up', () => {
    fc.assert(
      fc.property(weightsOf, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (weights, offset) => {
        const places = new Int32Array(weights.length);
        drawWeighted(Float32Array.from(weights), offset, places);
        const sum = weights.reduce((a, b) => a + b, 0);
        weights.forEach((weight, i) => {
          const drawn = places.filter((place) => place === i).length;
          const share = (weight * weights.length) / sum;
          assert.ok(drawn >= Math.floor(share - 1e-9) && drawn <= Math.ceil(share + 1e-9), `${drawn} of ${share}`);
        });
      }),
    );
  });

  it('are drawn anew in each epoch, and the same from any state', async () => {
    const weights = Float32Array.from({ length: 12 }, (_, i) => (i < 6 ? 0.4 : 1.6));
    const make = (): Batches => new Batches(makeSplit(12), { batch: 4, seed: 3, augment: plain, weights });
    const batches = make();
    const labels = async (from: Batches): Promise<number[][]> =>
      (await draw(from, 3)).map((batch) => [...batch.labels]);
    const first = await labels(batches);
    const state = batches.state();
    const next = await labels(batches);
    assert.notDeepEqual(first, next);
    const again = make();
    again.restore(state);
    assert.deepEqual(await labels(again), next);
  });

  it('have a weight each', () => {
    const weights = new Float32Array(3).fill(1);
    assert.throws(() => new Batches(makeSplit(4), { batch: 2, seed: 1, augment: plain, weights }), RangeError);
  });
});
