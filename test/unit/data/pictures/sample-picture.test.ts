/** Pictures of samples: the file that is written, read by its own rules, and what is shown of each kind of sample. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { writePng, type Bitmap } from '../../../../src/data/pictures/png.ts';
import { samplePicture } from '../../../../src/data/pictures/sample-picture.ts';
import { MOST_SIDE } from '../../../../src/wire/tasks/test-report.ts';
import { readPng } from './read-png.ts';

const SAME = { mean: [0], std: [1] };
const shown = (values: readonly number[], height: number, width: number, channels: number, how = SAME): Bitmap => {
  const picture = samplePicture(Float32Array.from(values), { height, width, channels }, how);
  const bitmap = readPng(Buffer.from(picture.png, 'base64'));
  assert.deepEqual([picture.width, picture.height], [bitmap.width, bitmap.height]);
  return bitmap;
};

describe('png', () => {
  it('keeps every pixel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1 as const, 3 as const),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, channels, stream) => {
          const pixels = Uint8Array.from({ length: width * height * channels }, () => stream.next().value as number);
          const bitmap = { width, height, channels, pixels };
          assert.deepEqual(readPng(writePng(bitmap)), bitmap);
        },
      ),
    );
  });

  it('refuses pixels that are not as many as the sides say', () => {
    assert.throws(
      () => writePng({ width: 2, height: 2, channels: 1, pixels: new Uint8Array(3) }),
      /3 bytes are no 2x2/,
    );
    assert.throws(() => writePng({ width: 0, height: 2, channels: 1, pixels: new Uint8Array(0) }), RangeError);
  });
});

describe('the picture of a sample', () => {
  it('shows bytes as they were stored, whatever was done to them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 12, maxLength: 12 }),
        fc.array(fc.float({ min: 0, max: 255, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.array(fc.float({ min: 8, max: 90, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (bytes, mean, std) => {
          fc.pre(Math.max(...bytes) >= 16);
          const prepared = bytes.map((byte, i) => (byte - mean[i % 3]!) / std[i % 3]!);
          assert.deepEqual([...shown(prepared, 2, 2, 3, { mean, std }).pixels], bytes);
        },
      ),
    );
  });

  it('shows other numbers from the least to the most', () => {
    assert.deepEqual([...shown([-2, 0, 0.4, 8], 2, 2, 1).pixels], [0, 51, 61, 255]);
    assert.deepEqual([...shown([7.5, 7.5], 1, 2, 1).pixels], [0, 0], 'nothing differs');
  });

  it('lays the channels of a line under each other, and takes the mean of those of a map', () => {
    // Three moments of two sensors.
    const line = shown([0, 9, 1, 8, 2.5, 7], 1, 3, 2);
    assert.deepEqual([line.width, line.height, line.channels], [3, 2, 1]);
    assert.deepEqual([...line.pixels], [0, 28, 71, 255, 227, 198]);
    assert.deepEqual(shown([0, 9, 1, 8, 2.5, 7], 3, 1, 2).pixels, line.pixels, 'whichever side is the line');
    assert.deepEqual([...shown([0, 1, 2, 3, 1, 1, 1, 1], 2, 1, 4).pixels].length, 8);
    assert.deepEqual([...shown([0, 0, 1, 1, 3, 3, 4, 4], 2, 2, 2).pixels], [0, 64, 191, 255]);
  });

  it('is at most so large, and small enough for a result', () => {
    for (const [height, width, channels] of [
      [96, 96, 3],
      [480, 30, 3],
      [1, 16_000, 1],
      [1, 500, 64],
    ] as const) {
      const values = Array.from({ length: height * width * channels }, (_, i) => Math.sin(i * i) * 100);
      const picture = samplePicture(Float32Array.from(values), { height, width, channels }, SAME);
      assert.ok(picture.width <= MOST_SIDE && picture.height <= MOST_SIDE && picture.height >= 1);
      assert.ok(picture.png.length <= 16_384, `${picture.png.length}`);
    }
  });
});
