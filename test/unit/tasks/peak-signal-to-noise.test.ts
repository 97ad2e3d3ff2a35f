/** PSNR as papers have it, and bicubic interpolation against a known pair. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bicubic } from '../../../src/tasks/bicubic.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';

const task = taskNamed('super-resolution');
const NONE = new Int32Array(0);
const square = (side: number, channels: number): { height: number; width: number; channels: number } => ({
  height: side,
  width: side,
  channels,
});
const near = (a: number, b: number, within = 1e-4): void => {
  assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);
};

describe('PSNR', () => {
  it('of a grey image that is off by a tenth everywhere is 20 dB', () => {
    const judged = task.accumulator({ labels: NONE, shape: square(4, 1), targetShape: square(8, 1) });
    judged.add(new Float32Array(64).fill(0.6), new Float32Array(64).fill(0.5), 64);
    near(judged.metric, 20);
  });

  it('leaves out a border as wide as the factor', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 4), fc.constantFrom(1, 3), (factor, channels) => {
        const side = 4 * factor;
        const targets = new Float32Array(side * side * channels).fill(0.5);
        const outputs = targets.map((value, i) => {
          const pixel = Math.floor(i / channels);
          const [y, x] = [Math.floor(pixel / side), pixel % side];
          const inside = Math.min(x, y, side - 1 - x, side - 1 - y) >= factor;
          return inside ? value + 0.1 : 0;
        });
        const part = { labels: NONE, shape: square(4, channels), targetShape: square(side, channels) };
        const judged = task.accumulator(part);
        judged.add(outputs, targets, outputs.length);
        // A tenth of every colour is a tenth of 219/255 of luma.
        near(judged.metric, channels === 1 ? 20 : 20 - 20 * Math.log10(219 / 255), 1e-3);
      }),
    );
  });

  it('of colours is that of their luma: blue hardly counts', () => {
    const of = (channel: number): number => {
      const targets = new Float32Array(8 * 8 * 3).fill(0.5);
      const judged = task.accumulator({ labels: NONE, shape: square(4, 3), targetShape: square(8, 3) });
      judged.add(
        targets.map((value, i) => (i % 3 === channel ? value + 0.1 : value)),
        targets,
        targets.length,
      );
      return judged.metric;
    };
    [65.481, 128.553, 24.966].forEach((weight, channel) => {
      near(of(channel), -20 * Math.log10((0.1 * weight) / 255), 1e-3);
    });
  });

  it('is the mean over images, of each over its pieces, with outputs cut to 0..1', () => {
    const targets = Float32Array.of(0, 0, 0, 0, 1, 1);
    const outputs = Float32Array.of(0.1, 0.1, 0.1, 0.3, 1.5, 0.9);
    const part = { labels: NONE, shape: square(1, 1), targetShape: square(1, 1) };
    const decibels = (squares: readonly number[]): number =>
      -10 * Math.log10(squares.reduce((a, b) => a + b) / squares.length);
    const judged = task.accumulator({ ...part, groups: Int32Array.of(0, 0, 1, 1, 2, 2) });
    judged.add(outputs, targets, 1);
    near(judged.metric, (decibels([0.01, 0.01]) + decibels([0.01, 0.09]) + decibels([0, 0.01])) / 3);
  });
});

describe('bicubic interpolation', () => {
  it('has the known values at a step', () => {
    // Keys' kernel at 1/4 and 3/4 between pixels: −9/128, 111/128, 29/128, −3/128 and their mirror.
    const row = bicubic(Float32Array.of(0, 0, 0, 1, 1, 1), { height: 1, width: 6, channels: 1 }, 2);
    const wanted = [0, 0, 0, -3 / 128, -9 / 128, 29 / 128 - 3 / 128].map((value) => value);
    const tail = wanted.map((value) => 1 - value).reverse();
    [...wanted, ...tail].forEach((value, i) => {
      near(row[i]!, value, 1e-6);
    });
  });

  it('keeps constants, is linear, and mirrors with the image', () => {
    const size = { height: 5, width: 5, channels: 2 };
    const images = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(
        images,
        fc.constantFrom(2, 3, 4),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (values, factor, a) => {
          const image = Float32Array.from(values);
          const out = bicubic(image, size, factor);
          assert.equal(out.length, image.length * factor ** 2);
          const other = bicubic(
            image.map((value) => a * value + 0.25),
            size,
            factor,
          );
          const wide = 5 * factor;
          const mirrored = bicubic(
            image.map((_, i) => {
              const [c, x, line] = [i % 2, Math.floor(i / 2) % 5, Math.floor(i / 10)];
              return image[(line * 5 + 4 - x) * 2 + c]!;
            }),
            size,
            factor,
          );
          out.forEach((value, i) => {
            near(other[i]!, a * value + 0.25, 1e-5);
            const [c, x, line] = [i % 2, Math.floor(i / 2) % wide, Math.floor(i / 2 / wide)];
            near(mirrored[(line * wide + wide - 1 - x) * 2 + c]!, value, 1e-5);
          });
        },
      ),
      { numRuns: 20 },
    );
  });
});
