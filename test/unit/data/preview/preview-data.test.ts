/** What a preview shows is what the network gets: counts that add up, pictures of the very values, bounded in size. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { Source, Split } from '../../../../src/data/dataset.ts';
import { loadDataset, openSamples, type Samples } from '../../../../src/data/load-dataset.ts';
import { heatColour } from '../../../../src/data/pictures/heat-map.ts';
import { previewData } from '../../../../src/data/preview/preview-data.ts';
import type { DatasetSpec, Definition } from '../../../../src/network/types.ts';
import {
  dataPreview,
  MOST_GROUPS,
  MOST_SAMPLES,
  PARTS,
  type DataPreview,
  type PreviewRequest,
  type PreviewSample,
  type Shown,
} from '../../../../src/wire/data-preview.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';
import { definitionOf, npy } from '../fixtures.ts';
import { readPng } from '../pictures/read-png.ts';
import { wav } from '../sources/made-wav.ts';

const FIRST: PreviewRequest = { part: 'train', samples: 3, seed: 0, from: 0 };

async function previewOf(
  definition: Definition,
  folder: string,
  request: Partial<PreviewRequest> = {},
): Promise<DataPreview> {
  const samples = await openSamples(definition, folder);
  try {
    const preview = await previewData(definition, samples, { ...FIRST, ...request });
    // As it comes out of a thread.
    return dataPreview(JSON.parse(JSON.stringify({ ...preview, notes: [], warnings: [] })));
  } finally {
    await samples.close();
  }
}

interface Arrays {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Arrays of images that differ, and their labels. */
async function writeArrays(folder: string, { height, width, channels, train, test }: Arrays): Promise<void> {
  for (const [part, labels] of Object.entries({ train, test })) {
    const pixels = Uint8Array.from(
      { length: labels.length * height * width * channels },
      (_, i) => (i * 37 + (i >> 3) * 11) % 256,
    );
    await writeFile(join(folder, `x_${part}.npy`), npy('|u1', [labels.length, height, width, channels], pixels));
    await writeFile(join(folder, `y_${part}.npy`), npy('|u1', [labels.length], Uint8Array.from(labels)));
  }
}

const npyOf = (shape: Pick<Arrays, 'height' | 'width' | 'channels'>, spec: Partial<DatasetSpec> = {}): Definition =>
  definitionOf({ format: 'npy', ...spec }, shape);

const all = ({ groups }: DataPreview): readonly PreviewSample[] => groups.flatMap(({ samples }) => samples);

/** The prepared values of a sample of a part as a search gets it. */
async function inputOf(part: Split, index: number): Promise<Float32Array> {
  const place = part.origins!.indices.indexOf(index);
  assert.ok(place >= 0, `sample ${index} is not in the part`);
  const { images } = await part.gather(Int32Array.of(place));
  return images;
}

const pixelsOf = (shown: Shown): Uint8Array => {
  assert.ok(shown.type === 'image' || shown.type === 'heat');
  const bitmap = readPng(Buffer.from(shown.png, 'base64'));
  assert.deepEqual([bitmap.width, bitmap.height], [shown.width, shown.height]);
  return bitmap.pixels;
};

describe('a preview of data', () => {
  it('counts every sample once, by class and part, as a search divides them', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { minLength: 6, maxLength: 60 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }),
        fc.option(fc.integer({ min: 4, max: 60 }), { nil: undefined }),
        async (train, test, limit) => {
          const learnt = [0, 1, ...train];
          await inFolder(async (folder) => {
            const shape = { height: 1, width: 2, channels: 1 };
            await writeArrays(folder, { ...shape, train: learnt, test });
            const definition = npyOf(shape, { classes: 5, ...(limit !== undefined && { limit }) });
            const { parts, unused } = await previewOf(definition, folder);
            const dataset = await loadDataset(definition, folder);
            for (const { name, count, byClass } of parts) {
              const { labels } = dataset[name];
              assert.equal(
                byClass.reduce((sum, n) => sum + n, 0),
                count,
              );
              assert.deepEqual(
                byClass,
                [0, 1, 2, 3, 4].map((label) => labels.filter((one) => one === label).length),
              );
            }
            assert.equal(parts[0]!.count + parts[1]!.count + unused, learnt.length);
            assert.equal(parts[2]!.count, test.length);
            await dataset.close();
          });
        },
      ),
      { numRuns: 30 },
    ));

  it('shows the very values of the input, of every part and class', () =>
    inFolder(async (folder) => {
      for (const channels of [1, 3]) {
        const shape = { height: 5, width: 7, channels };
        const labels = Array.from({ length: 40 }, (_, i) => i % 3);
        await writeArrays(folder, { ...shape, train: labels, test: labels });
        const definition = npyOf(shape);
        const dataset = await loadDataset(definition, folder);
        const { mean, std } = dataset.preparation.normalisation;
        for (const part of PARTS) {
          const preview = await previewOf(definition, folder, { part });
          assert.ok(all(preview).length >= 3);
          if (part !== 'validation') assert.equal(all(preview).length, 9);
          for (const { label, samples } of preview.groups)
            for (const { index, input } of samples) {
              assert.equal(labels[index], label);
              const wanted = await inputOf(dataset[part], index);
              const shown = Float32Array.from(
                pixelsOf(input),
                (byte, i) => (byte - mean[i % channels]!) / std[i % channels]!,
              );
              wanted.forEach((value, i) => {
                assert.ok(Math.abs(value - shown[i]!) < 1e-5, `${value} is shown as ${shown[i]}`);
              });
            }
        }
        await dataset.close();
      }
    }));

  it('draws the same for the same seed, others for another, none twice', () =>
    inFolder(async (folder) => {
      const shape = { height: 2, width: 2, channels: 1 };
      const labels = Array.from({ length: 120 }, (_, i) => i % 2);
      await writeArrays(folder, { ...shape, train: labels, test: labels });
      const numbers = async (seed: number): Promise<readonly number[]> =>
        all(await previewOf(npyOf(shape), folder, { seed, samples: 10 })).map(({ index }) => index);
      const first = await numbers(0);
      assert.equal(new Set(first).size, 20);
      assert.deepEqual(await numbers(0), first);
      assert.notDeepEqual(await numbers(1), first);
    }));

  it('is bounded: so many classes at a time, so many samples, whatever is asked for', () =>
    inFolder(async (folder) => {
      const shape = { height: 1, width: 1, channels: 1 };
      const labels = Array.from({ length: 1000 }, (_, i) => i % 100);
      await writeArrays(folder, { ...shape, train: labels, test: labels });
      const first = await previewOf(npyOf(shape), folder, { samples: 1e9 });
      assert.equal(first.groups.length, MOST_GROUPS);
      assert.ok(all(first).length <= MOST_SAMPLES && all(first).length >= MOST_GROUPS);
      const last = await previewOf(npyOf(shape), folder, { from: 96 });
      assert.deepEqual(
        last.groups.map(({ label }) => label),
        [96, 97, 98, 99],
      );
      const beyond = await previewOf(npyOf(shape), folder, { from: 500 });
      assert.deepEqual([beyond.shown.from, beyond.groups[0]!.label], [0, 0], 'there are no more so many classes');
      assert.equal(first.classes.length, 100);
      assert.deepEqual([first.normalisation.from, first.normalisation.of], [750, 750], 'small arrays are read whole');
    }));

  it('reads no more samples than it shows, where nothing has to be learnt of them', async () => {
    const read: number[] = [];
    const source: Source = {
      name: 'made',
      count: 1_000_000,
      shape: { height: 2, width: 2, channels: 1 },
      type: 'uint8',
      held: false,
      identity: 'made',
      read: (indices) => {
        read.push(...indices);
        return Promise.resolve(Array.from(indices, (index) => Uint8Array.from({ length: 4 }, () => index % 256)));
      },
      close: () => Promise.resolve(),
    };
    const labels = Int32Array.from({ length: source.count }, (_, i) => i % 10);
    const part = { samples: source, labels };
    const order = Int32Array.from(labels, (_, i) => i);
    const samples: Samples = {
      raw: { train: part, test: part, stepped: () => assert.fail('no other steps are asked for') },
      classes: 10,
      chosen: order,
      heldBack: 1000,
      memory: 0,
      close: () => Promise.resolve(),
    };
    const definition: Definition = {
      ...definitionOf({ format: 'folder' }, source.shape),
      prepare: [{ step: 'normalise', by: 'unit-range' }],
    };
    const preview = await previewData(definition, samples, FIRST);
    assert.equal(read.length, 30);
    assert.deepEqual(
      preview.parts.map(({ count }) => count),
      [999_000, 1000, 1_000_000],
    );
  });

  it('shows what training changes: mirrored and shifted pixels of the sample, on its scale', () =>
    inFolder(async (folder) => {
      const shape = { height: 6, width: 6, channels: 1 };
      const labels = Array.from({ length: 30 }, (_, i) => i % 2);
      await writeArrays(folder, { ...shape, train: labels, test: labels });
      const flipped = await previewOf(npyOf(shape, { augment: { crop: 0, flip: true } }), folder, { samples: 12 });
      let mirrored = 0;
      for (const { input, changed } of all(flipped)) {
        const [plain, other] = [pixelsOf(input), pixelsOf(changed!.input)];
        const mirror = plain.map((_, i) => plain[Math.floor(i / 6) * 6 + 5 - (i % 6)]!);
        const is = Buffer.compare(other, mirror) === 0;
        assert.ok(is || Buffer.compare(other, plain) === 0, 'neither itself nor its mirror image');
        mirrored += is ? 1 : 0;
      }
      assert.ok(mirrored > 0 && mirrored < 24, `${mirrored} of 24`);
      const bright = await previewOf(npyOf(shape, { augment: { crop: 0, flip: false, brightness: 0.5 } }), folder);
      for (const { input, changed } of all(bright)) {
        const [plain, other] = [pixelsOf(input), pixelsOf(changed!.input)];
        const at = plain.findIndex((value) => value > 60 && value < 150);
        const factor = other[at]! / plain[at]!;
        other.forEach((value, i) => assert.ok(Math.abs(value - Math.min(255, plain[i]! * factor)) < 4));
      }
      for (const part of ['validation', 'test'] as const)
        for (const sample of all(await previewOf(npyOf(shape, { augment: { crop: 2, flip: true } }), folder, { part })))
          assert.equal(sample.changed, undefined, 'only training changes samples');
    }));

  it('shows images of a folder after their steps, and leaves out those that cannot be read', () =>
    inFolder(async (folder) => {
      for (const [c, name] of ['a', '<img src=x onerror=alert(1)>'].entries())
        for (let i = 0; i < 12; i++)
          for (const part of ['train', 'test']) {
            const file = join(folder, part, name, `${i}.bmp`);
            await mkdir(dirname(file), { recursive: true });
            const image = bmpOf(8, 8 + (i % 2) * 8, (row) => [100 * c + i, 20 * row, 40]);
            await writeFile(file, i === 5 && part === 'train' ? 'no image' : image);
          }
      const definition: Definition = {
        ...definitionOf({ format: 'folder', damaged: 0.5 }, { height: 8, width: 8, channels: 3 }),
        prepare: [{ step: 'resize', height: 8, width: 8, fit: 'stretch', filter: 'bilinear' }],
      };
      const preview = await previewOf(definition, folder, { samples: 12 });
      assert.deepEqual(preview.stored, [
        { height: 8, width: 8, channels: 3 },
        { height: 8, width: 16, channels: 3 },
      ]);
      const dataset = await loadDataset(definition, folder);
      const { mean, std } = dataset.preparation.normalisation;
      const counted = preview.parts[0]!.count + preview.parts[1]!.count;
      assert.ok(counted === 22 || counted === 23, 'without those that were read and are unsound');
      const shown = all(preview);
      assert.ok(shown.length >= 14);
      // In the order of names: 0, 1, 10, 11, 2, 3, 4, 5.
      assert.ok(shown.every(({ index }) => index % 12 !== 7));
      for (const { index, input } of shown) {
        // Where the parts meet depends on how many are known to be unsound.
        const trained = dataset.train.origins!.indices.includes(index);
        const wanted = await inputOf(trained ? dataset.train : dataset.validation, index);
        const pixels = pixelsOf(input);
        wanted.forEach((value, i) => {
          assert.equal(pixels[i], Math.round(value * std[i % 3]! + mean[i % 3]!));
        });
      }
      await dataset.close();
    }));

  it('shows sounds as spectrograms: time to the right, coefficients upwards, the lowest dark', () =>
    inFolder(async (folder) => {
      const colours = new Map(Array.from({ length: 256 }, (_, byte) => [heatColour(byte).join(), byte]));
      const light = Array.from({ length: 256 }, (_, byte) => {
        const [red, green, blue] = heatColour(byte);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      });
      light.forEach((one, byte) => assert.ok(byte === 0 || one > light[byte - 1]! - 0.5, 'more is lighter'));
      for (const [w, word] of ['low', 'high'].entries()) {
        await mkdir(join(folder, word));
        for (let i = 0; i < 8; i++) {
          const wave = Float32Array.from({ length: 4000 }, (_, t) => 0.5 * Math.sin(t * (0.2 + 0.3 * w + 0.01 * i)));
          await writeFile(join(folder, word, `${i}.wav`), wav(wave, { rate: 8000 }));
        }
      }
      const spec = {
        rate: 8000,
        window: 30,
        stride: 20,
        shape: 'hann',
        scale: 'htk',
        bands: 12,
        low: 20,
        high: 4000,
        spectrum: 'magnitude',
        floor: 1e-6,
      } as const;
      const audio = { rate: 8000, samples: 4000, unknown: 0, silence: 0, noise: { share: 0, volume: 0 } };
      const definition: Definition = {
        ...definitionOf({ format: 'audio', rate: 8000, audio }, { height: 24, width: 6, channels: 1 }),
        prepare: [{ step: 'mfcc', ...spec, coefficients: 6, dct: 'htk' }],
      };
      const preview = await previewOf(definition, folder);
      const dataset = await loadDataset(definition, folder);
      const { mean, std } = dataset.preparation.normalisation;
      for (const { index, input } of all(preview)) {
        assert.ok(input.type === 'heat');
        assert.deepEqual([input.width, input.height], [24, 6]);
        assert.deepEqual(input.across, { name: 'time', first: 0, last: 460, unit: 'ms' });
        assert.deepEqual(input.up, { name: 'coefficient', first: 0, last: 5 });
        const wanted = await inputOf(dataset.train, index);
        const pixels = pixelsOf(input);
        for (let frame = 0; frame < 24; frame++)
          for (let c = 0; c < 6; c++) {
            const at = 3 * ((5 - c) * 24 + frame);
            const byte = colours.get([...pixels.subarray(at, at + 3)].join())!;
            const value = wanted[frame * 6 + c]! * std[0]! + mean[0]!;
            const share = (value - input.low) / (input.high - input.low);
            assert.ok(Math.abs(255 * share - byte) <= 1.51, `${value} is shown as ${byte}`);
          }
      }
      await dataset.close();
    }));

  it('shows windows as curves in their own unit, and numbers to reach as they are', () =>
    inFolder(async (folder) => {
      const [count, length, channels] = [20, 9, 2];
      const x = Float32Array.from({ length: count * length * channels }, (_, i) => Math.fround(Math.sin(i) * 40));
      const y = Float32Array.from({ length: count }, (_, i) => i / 4);
      for (const part of ['train', 'test']) {
        await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [count, length, 1, channels], x));
        await writeFile(join(folder, `y_${part}.npy`), npy('<f4', [count], y));
      }
      const definition = definitionOf({ format: 'npy' }, { height: length, width: 1, channels }, 'regression');
      const { groups } = await previewOf(definition, folder);
      assert.equal(groups.length, 1);
      for (const { index, input, target } of groups[0]!.samples) {
        assert.ok(input.type === 'curves' && target?.type === 'values');
        assert.deepEqual(target.values, [index / 4]);
        input.lanes.forEach(({ low, high }, c) => {
          assert.deepEqual(low, high);
          low.forEach((value, place) => {
            assert.ok(Math.abs(value - x[(index * length + place) * channels + c]!) < 1e-3);
          });
        });
      }
    }));

  it('shows pairs: the small image and the one to reach', () =>
    inFolder(async (folder) => {
      for (const part of ['train', 'test']) {
        for (const [name, side] of [
          ['x', 4],
          ['y', 8],
        ] as const) {
          const pixels = Uint8Array.from({ length: 10 * side * side }, (_, i) => (i * 29) % 256);
          await writeFile(join(folder, `${name}_${part}.npy`), npy('|u1', [10, side, side, 1], pixels));
        }
      }
      const definition = definitionOf({ format: 'npy' }, { height: 4, width: 4, channels: 1 }, 'super-resolution');
      const preview = await previewOf(definition, folder);
      assert.deepEqual(preview.target, { height: 8, width: 8, channels: 1 });
      for (const { index, input, target } of all(preview)) {
        assert.ok(target?.type === 'image');
        assert.deepEqual(
          [...pixelsOf(input)],
          Array.from({ length: 16 }, (_, i) => ((index * 16 + i) * 29) % 256),
        );
        assert.deepEqual(
          [...pixelsOf(target)],
          Array.from({ length: 64 }, (_, i) => ((index * 64 + i) * 29) % 256),
        );
      }
    }));

  it('names the record of a value that is no number', () =>
    inFolder(async (folder) => {
      const x = new Float32Array(12 * 4).map((_, i) => i);
      x[4 * 7 + 1] = NaN;
      for (const part of ['train', 'test']) {
        await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [12, 2, 2, 1], x));
        await writeFile(
          join(folder, `y_${part}.npy`),
          npy(
            '|u1',
            [12],
            Uint8Array.from({ length: 12 }, (_, i) => i % 2),
          ),
        );
      }
      await assert.rejects(
        previewOf(npyOf({ height: 2, width: 2, channels: 1 }), folder, { samples: 6, part: 'test' }),
        /x_train\.npy: record 7: the value NaN is not a finite number/,
      );
    }));
});
