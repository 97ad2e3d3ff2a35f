/** Pairs of images for super-resolution: small and large patches show the same place, whoever made the small ones. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../../../../src/data/data-error.ts';
import { Batches } from '../../../../src/data/batches.ts';
import { datasetOf, loadDataset, openSamples } from '../../../../src/data/load-dataset.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { Definition } from '../../../../src/network/types.ts';
import { shrink } from '../../../../src/data/preparation/steps/shrink.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';

/** Red tells the row, green the column, blue the image. */
const large = (height: number, width: number, image: number): ReturnType<typeof bmpOf> =>
  bmpOf(height, width, (y, x) => [4 * y, 4 * x, 20 * image]);

async function write(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

function definition(more = '', factor = 2, input = '6x8x3'): Definition {
  const channels = Number(input.at(-1));
  const { definition: read, diagnostics } = parseDefinition(`udc: 1
name: pairs
task: super-resolution
input: ${input}
dataset: { format: pairs, path: ., validation: 0.5 }
target: { npu: ethos-u55-128 }
${more}
layers:
  - { name: body, op: conv, kernel: 3x3, filters: ${channels * factor * factor} }
  - { name: up, op: upsample, factor: ${factor} }
`);
  assert.ok(read, JSON.stringify(diagnostics));
  return read;
}

const HIGH = {
  'DIV2K_train_HR/0001.bmp': large(40, 44, 1),
  'DIV2K_train_HR/0002.bmp': large(41, 45, 2),
  'DIV2K_valid_HR/0801.bmp': large(40, 44, 3),
};
/** Small images that the large ones do not make: their blue is another. */
const low = (scale: number): Record<string, Uint8Array> => {
  const small = (image: number): Uint8Array => bmpOf(20, 22, (y, x) => [8 * y + 2, 8 * x + 2, 100 + image]);
  return {
    [`DIV2K_train_LR_bicubic/X${scale}/0001x${scale}.bmp`]: small(1),
    [`DIV2K_train_LR_bicubic/X${scale}/0002x${scale}.bmp`]: small(2),
    [`DIV2K_valid_LR_bicubic/X${scale}/0801x${scale}.bmp`]: small(3),
  };
};

describe('pairs of images', () => {
  for (const given of [false, true])
    it(`show one place in both sizes, small ones ${given ? 'given' : 'made'}`, () =>
      inFolder(async (folder) => {
        await write(folder, given ? { ...HIGH, ...low(2) } : HIGH);
        const set = await loadDataset(definition(), folder, 0);
        assert.deepEqual(set.train.targetShape, { height: 12, width: 16, channels: 3 });
        assert.deepEqual([set.train.count, set.validation.count, set.test.count], [16, 16, 1]);
        const places = new Set<string>();
        const { images, targets } = await set.train.slice(0, 16);
        for (let n = 0; n < 16; n++) {
          const [row, column, blue] = [0, 1, 2].map((c) => Math.round(images[n * 6 * 8 * 3 + c]! * 255));
          const [top, left] = [0, 1].map((c) => Math.round(targets![n * 12 * 16 * 3 + c]! * 255));
          // The middle of a small pixel is half a large one further; edges are mirrored.
          assert.ok(Math.abs(row! - top! - 2) <= 1 && Math.abs(column! - left! - 2) <= 1, `${row} ${top}`);
          assert.equal(blue! >= 100, given);
          places.add(`${row} ${column}`);
        }
        assert.ok(places.size > 4, 'patches are of many places');
        await set.close();
      }));

  it('hold back whole images, and draw the same places again', () =>
    inFolder(async (folder) => {
      await write(folder, HIGH);
      const set = await loadDataset(definition(), folder, 0);
      const blues = async (split: typeof set.train): Promise<Set<number>> => {
        const { images } = await split.slice(0, split.count);
        return new Set(Array.from({ length: split.count }, (_, n) => Math.round(images[n * 144 + 2]! * 255)));
      };
      const [train, validation] = [await blues(set.train), await blues(set.validation)];
      assert.deepEqual([train.size, validation.size], [1, 1]);
      assert.notDeepEqual(train, validation);
      const again = await loadDataset(definition(), folder, 1e8);
      assert.equal(again.sha256, set.sha256);
      assert.deepEqual(await again.train.slice(0, 16), await set.train.slice(0, 16));
      await Promise.all([set.close(), again.close()]);
    }));

  it('test the middle of each image, and make both sides grey alike', () =>
    inFolder(async (folder) => {
      await write(folder, HIGH);
      const set = await loadDataset(definition('prepare: [{ grey: true }]', 2, '6x8x1'), folder, 0);
      const { images, targets } = await set.test.slice(0, 1);
      const grey = (y: number, x: number): number => (4 * y * 19595 + 4 * x * 38470 + 60 * 7471 + 0x8000) >> 16;
      assert.equal(Math.round(targets![0]! * 255), grey(14, 14));
      const values = Uint8Array.from({ length: 40 * 44 }, (_, i) => grey(Math.floor(i / 44), i % 44));
      const small = shrink({ shape: { height: 40, width: 44, channels: 1 }, values }, 2);
      assert.ok(Math.abs(images[0]! * 255 - small.values[7 * 22 + 7]!) <= 1.01);
      await set.close();
    }));

  /** What is done to one file of twenty pairs, and what is said of it. */
  const DAMAGE: readonly (readonly [string, string, Uint8Array | string, string])[] = [
    ['a large image is a text', 'train_HR/07.bmp', 'no image', 'cannot be read and is left out: .*train_HR.07'],
    ['a small image is empty', 'train_LR/07.bmp', '', 'cannot be read and is left out: .*train_LR.07.*empty'],
    ['a large image of the test is cut', 'test_HR/03.bmp', large(40, 44, 3).subarray(0, 99), 'read .*test_HR.03'],
    ['a small image has no room', 'train_LR/07.bmp', large(4, 4, 7), 'cannot be prepared .*train_LR.07.*patch of 6x8'],
  ];
  for (const [what, file, content, said] of DAMAGE)
    for (const memory of [0, 1e8])
      it(`are left out with both sides where ${what}, ${memory === 0 ? 'read when asked for' : 'in memory'}`, () =>
        inFolder(async (folder) => {
          // Red is the image, on both sides.
          const one = (size: readonly [number, number], n: number): Uint8Array => bmpOf(...size, () => [10 * n, 0, 0]);
          const numbers = (count: number): string[] =>
            Array.from({ length: count }, (_, n) => String(n).padStart(2, '0'));
          const part = (name: string, count: number): Record<string, Uint8Array> =>
            Object.fromEntries(
              numbers(count).flatMap((n) => [
                [`${name}_HR/${n}.bmp`, one([40, 44], Number(n))],
                [`${name}_LR/${n}.bmp`, one([20, 22], Number(n))],
              ]),
            );
          await write(folder, { ...part('train', 15), ...part('test', 5) });
          await writeFile(join(folder, file), content);
          const of = (damaged: number): Definition => {
            const whole = definition();
            return { ...whole, dataset: { ...whole.dataset!, damaged } };
          };
          const samples = await openSamples(of(0.05), folder, memory);
          // As a batch of a search that goes on may be the first to read it: the same on both sides.
          const at = Int32Array.from([112, 3, 5 * 16, 119]);
          const first = await openSamples(of(0.05), folder, memory);
          const { train: untouched } = first.raw;
          const [small, big] = [await untouched.samples.read(at), await untouched.targets!.read(at)];
          assert.deepEqual(
            small.map((sample) => sample[0]),
            big.map((sample) => sample[0]),
          );
          await first.close();
          const set = await datasetOf(of(0.05), samples);
          const options = { batch: 4, seed: 7, augment: { crop: 0, flip: false } };
          const batches = new Batches(set.train, options);
          const steps = [];
          for (let i = 0; i < 9; i++) steps.push({ state: batches.state(), batch: await batches.next() });
          for (const { batch } of steps)
            for (let n = 0; n < batch.count; n++)
              assert.equal(batch.images[n * 6 * 8 * 3], batch.targets![n * 12 * 16 * 3]);
          const again = new Batches(set.train, options);
          again.restore(steps[5]!.state);
          assert.deepEqual(await again.next(), steps[5]!.batch);
          assert.equal(set.train.count + set.validation.count, file.startsWith('train') ? 14 * 16 : 15 * 16);
          assert.equal(set.test.count, file.startsWith('test') ? 4 : 5);
          assert.match(samples.raw.notes!().join(), new RegExp(`^1 of 20 pairs of images .*${said}`));
          await set.close();
          await assert.rejects(loadDataset(of(0.04), folder, memory), (error) => {
            assert.ok(error instanceof DataError);
            assert.match(error.message, /at least 1 of 20 pairs of images cannot be (read|prepared)/);
            return true;
          });
        }));

  it('say what is missing', () =>
    inFolder(async (folder) => {
      const refused = async (files: Record<string, Uint8Array>, said: RegExp, one = definition()): Promise<void> =>
        inFolder(async (inside) => {
          await write(inside, files);
          await assert.rejects(
            loadDataset(one, inside),
            (error) => error instanceof DataError && said.test(error.message),
            String(said),
          );
        });
      await refused({ 'x.bmp': large(4, 4, 1) }, /no training images: large images lie in a folder named/);
      await refused({ 'DIV2K_train_HR/1.bmp': large(40, 40, 1) }, /there are no test images/);
      const some = Object.fromEntries(Object.entries(low(2)).slice(0, 1));
      await refused({ ...HIGH, ...some }, /0002.bmp: there is no small image of this one in .*X2/);
      await refused(HIGH, /a patch of (48x48|96x96) is larger than this image/, definition('', 2, '48x48x3'));
      await write(folder, HIGH);
      const whole = await loadDataset(definition('', 3), folder, 0);
      assert.deepEqual(whole.test.targetShape, { height: 18, width: 24, channels: 3 });
      await whole.close();
      const opened = await openSamples(definition(), folder);
      await rm(join(folder, 'DIV2K_train_HR/0002.bmp'));
      await assert.rejects(
        opened.raw.train.samples.read(Int32Array.of(20)),
        /0002.bmp: there is no such file any more/,
      );
      await opened.close();
    }));
});
