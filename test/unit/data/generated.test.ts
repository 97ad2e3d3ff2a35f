import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { GENERATORS, generateSet } from '../../../src/data/sources/generated/generated.ts';
import { wholeSet, type WholePart } from './fixtures.ts';

/** Accuracy of naming each test sample after the nearest class mean of the training samples. */
function nearestMean(train: WholePart, test: WholePart, classes: number): number {
  const elements = train.pixels.length / train.count;
  const means = Array.from({ length: classes }, () => new Float64Array(elements));
  train.labels.forEach((label, n) => {
    for (let i = 0; i < elements; i++) means[label]![i]! += (train.pixels[n * elements + i]! * classes) / train.count;
  });
  let right = 0;
  test.labels.forEach((label, n) => {
    const distances = means.map((mean) =>
      mean.reduce((sum, value, i) => sum + (value - test.pixels[n * elements + i]!) ** 2, 0),
    );
    if (distances.indexOf(Math.min(...distances)) === label) right += 1;
  });
  return right / test.count;
}

describe('generated data', () => {
  for (const [name, generator] of Object.entries(GENERATORS)) {
    it(`${name}: the seed decides every byte`, async () => {
      const hash = async (seed: number): Promise<string> =>
        createHash('sha256')
          .update((await wholeSet(generateSet(name, 60, seed))).train.pixels as Uint8Array)
          .digest('hex');
      assert.equal(await hash(1), await hash(1));
      assert.notEqual(await hash(1), await hash(2));
    });

    it(`${name}: balanced classes, full range, no sample twice`, async () => {
      const { train, test, classes } = await wholeSet(generateSet(name, 240, 3));
      assert.deepEqual([train.count, test.count, classes], [240, 60, generator.classes.length]);
      for (let label = 0; label < classes!; label++)
        assert.equal(train.labels.filter((l) => l === label).length, 240 / classes!);
      const elements = train.pixels.length / train.count;
      const samples = [train, test].flatMap((part) =>
        Array.from({ length: part.count }, (_, n) =>
          Buffer.from(part.pixels.slice(n * elements, (n + 1) * elements)).toString('hex'),
        ),
      );
      assert.equal(new Set(samples).size, samples.length);
    });

    it(`${name}: there is something to learn, and a linear rule does not suffice`, async () => {
      const { train, test, classes } = await wholeSet(generateSet(name, 1200, 4));
      const accuracy = nearestMean(train, test, classes!);
      assert.ok(accuracy > 1.3 / classes! && accuracy < 0.75, `nearest mean reaches ${accuracy}`);
    });
  }
});
