/** `format: audio`: layouts, parts, classes that are made, noise, rates, lengths, and what is refused. */
import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../../../../src/data/data-error.ts';
import { lookAtData } from '../../../../src/runs/data-check.ts';
import { Batches } from '../../../../src/data/batches.ts';
import { loadDataset, openSamples } from '../../../../src/data/load-dataset.ts';
import { speakerPercentage } from '../../../../src/data/sources/audio/labelled-files.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { Definition } from '../../../../src/network/types.ts';
import { inFolder } from '../../../scratch.ts';
import { tone, wav, type WavOptions } from './made-wav.ts';

const LENGTH = 160;

const textOf = (dataset = '', { input = `${LENGTH}x1x1`, prepare = '' } = {}): string => `udc: 1
name: words
input: ${input}
target: { npu: ethos-u55-128 }
dataset: { format: audio, path: ., length: 10 ms, ${dataset} }
${prepare}
layers:
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 9 }
`;

function definition(...settings: Parameters<typeof textOf>): Definition {
  const text = textOf(...settings);
  const { definition: read, diagnostics } = parseDefinition(text);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return read!;
}

/** Each file is a constant, by which it is known: 1/128, 2/128, … */
async function write(folder: string, names: readonly string[], options: WavOptions = {}): Promise<void> {
  for (const [i, name] of names.entries()) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const value = ((i % 100) + 1) / 128;
    await writeFile(join(folder, name), wav(new Float64Array(LENGTH).fill(value), options));
  }
}

const words = (names: readonly string[], each: number): string[] =>
  names.flatMap((word) => Array.from({ length: each }, (_, i) => `${word}/${i}.wav`));

describe('sets of recordings', () => {
  it('go by the lists of Speech Commands', () =>
    inFolder(async (folder) => {
      const all = words(['no', 'yes'], 5);
      await write(folder, [...all, '_background_noise_/hum.wav']);
      await writeFile(join(folder, 'testing_list.txt'), 'no/0.wav\nyes/3.wav\n');
      await writeFile(join(folder, 'validation_list.txt'), 'no/1.wav\r\nyes/4.wav\r\n');
      const set = await loadDataset(definition('noise: { share: 0 }'), folder);
      assert.deepEqual(set.classNames, ['no', 'yes']);
      assert.deepEqual([set.train.count, set.validation.count, set.test.count], [6, 2, 2]);
      const values = async (part: 'test' | 'validation' | 'train'): Promise<number[]> => {
        const { images, count } = await set[part].slice(0, set[part].count);
        const { mean, std } = set.preparation.normalisation;
        return Array.from({ length: count }, (_, n) =>
          Math.round((images[n * LENGTH]! * std[0]! + mean[0]!) * 128),
        ).sort((a, b) => a - b);
      };
      assert.deepEqual(
        [await values('test'), await values('validation')],
        [
          [1, 9],
          [2, 10],
        ],
      );
      assert.deepEqual(await values('train'), [3, 4, 5, 6, 7, 8]);
      await set.close();
    }));

  it('keep the recordings of a speaker in one part, as Speech Commands does', () =>
    inFolder(async (folder) => {
      const speakers = Array.from({ length: 60 }, (_, i) => (i * 7919).toString(16).padStart(8, '0'));
      await write(
        folder,
        ['no', 'yes'].flatMap((word) => speakers.map((speaker) => `${word}/${speaker}_nohash_0.wav`)),
      );
      const { raw, chosen, heldBack } = await openSamples(definition(), folder);
      assert.equal(heldBack % 2, 0, 'each speaker said both words');
      const tested = speakers.filter((one) => speakerPercentage(`${one}_nohash_0.wav`) < 20).length;
      const validated = speakers.filter((one) => speakerPercentage(`${one}_nohash_0.wav`) < 10).length;
      assert.deepEqual([heldBack, raw.test.samples.count], [2 * validated, 2 * (tested - validated)]);
      assert.ok(validated > 0 && tested > validated && chosen.length === 120 - raw.test.samples.count);
    }));

  it('put files where Speech Commands puts them', () => {
    // By Python: int(hashlib.sha1(name).hexdigest(), 16) % 2**27 * (100 / (2**27 - 1))
    const wanted = { '0a7c2a8d': 56.836387193474074, bca53409: 41.81153432884465, '00f0204f': 50.17610751223644 };
    for (const [speaker, percentage] of Object.entries(wanted))
      assert.ok(Math.abs(speakerPercentage(`${speaker}_nohash_3.wav`) - percentage) < 1e-9, speaker);
  });

  it('are drawn by the seed within each class where nothing says more, each class in each part', () =>
    inFolder(async (folder) => {
      await write(folder, [...words(['a', 'b'], 10), 'a/._0.wav', 'a/deep/x.WAV']);
      const [one, again, other] = await Promise.all(
        ['seed: 1', 'seed: 1', 'seed: 2'].map(async (seed) => {
          const { raw, chosen, heldBack } = await openSamples(definition(seed), folder);
          assert.deepEqual([...new Set(raw.test.labels)], [0, 1]);
          assert.equal(chosen.length + raw.test.samples.count, 21);
          assert.equal(heldBack, 2);
          return raw.test.samples.read(Int32Array.of(0, 1, 2, 3));
        }),
      );
      assert.deepEqual(one, again);
      assert.notDeepEqual(one, other);
    }));

  it('have folders of parts, and the only folder of an archive is looked into', () =>
    inFolder(async (folder) => {
      const inner = join(folder, 'words-1.0');
      await write(inner, [
        ...words(['train/a', 'train/b'], 4),
        ...words(['val/a', 'val/b'], 1),
        ...words(['test/a', 'test/b'], 2),
      ]);
      const { raw, heldBack, classNames } = await openSamples(definition(), inner);
      assert.deepEqual([heldBack, raw.train.samples.count, raw.test.samples.count], [2, 10, 4]);
      assert.deepEqual(classNames, ['a', 'b']);
    }));

  it('make `unknown` of other words and `silence` of noise, in their shares, in the order of the list', () =>
    inFolder(async (folder) => {
      await write(folder, [...words(['a', 'b', 'c', 'd'], 20), '_background_noise_/n.wav']);
      const { raw, classNames, chosen } = await openSamples(
        definition('classes: [silence, a, unknown, b], unknown: 0.5, silence: 0.25, validation: 0.2'),
        folder,
      );
      assert.deepEqual(classNames, ['silence', 'a', 'unknown', 'b']);
      const count = (labels: Int32Array, label: number): number => labels.filter((one) => one === label).length;
      for (const { labels } of [raw.train, raw.test]) {
        const known = count(labels, 1) + count(labels, 3);
        assert.equal(count(labels, 2), known / 2);
        assert.equal(count(labels, 0), known / 4);
      }
      assert.equal(chosen.length, raw.train.samples.count);
      const at = raw.train.labels.findIndex((label) => label === 0);
      const [quiet] = await raw.train.samples.read(Int32Array.of(at));
      assert.ok(quiet!.every((value) => value === quiet![0] && value > 0 && value < 1));
    }));

  it('mix noise under training samples alone, the same from any point of the batches', () =>
    inFolder(async (folder) => {
      await write(folder, words(['a', 'b'], 12));
      await mkdir(join(folder, '_background_noise_'));
      await writeFile(join(folder, '_background_noise_/n.wav'), wav(tone(3000, 0.5)));
      const set = await loadDataset(definition('noise: { share: 0.7, volume: 0.5 }'), folder);
      assert.equal(set.train.held, false);
      const options = { batch: 4, seed: 3, augment: { crop: 0, flip: false } };
      const batches = new Batches(set.train, options);
      const states = [batches.state()];
      const made: Float32Array[] = [];
      for (let i = 0; i < 9; i++) {
        made.push((await batches.next()).images);
        states.push(batches.state());
      }
      for (const from of [0, 1, 4, 5, 8]) {
        const other = new Batches(set.train, options);
        other.restore(JSON.parse(JSON.stringify(states[from])) as (typeof states)[number]);
        for (let i = from; i < 9; i++) assert.deepEqual((await other.next()).images, made[i], `${i} from ${from}`);
      }
      const rough = (images: Float32Array, n: number): boolean => images[n * LENGTH] !== images[n * LENGTH + 1];
      const noisy = made.flatMap((images) => [0, 1, 2, 3].map((n) => rough(images, n))).filter(Boolean).length;
      assert.ok(noisy > 15 && noisy < 36, String(noisy));
      assert.equal(new Set(made.map((images) => images.join())).size, made.length);
      for (const part of [set.validation, set.test]) {
        const { images, count } = await part.slice(0, part.count);
        for (let n = 0; n < count; n++) assert.ok(!rough(images, n));
      }
      await set.close();
    }));

  it('are brought to one rate, one channel and one length', () =>
    inFolder(async (folder) => {
      for (const word of ['a', 'b']) {
        await mkdir(join(folder, word));
        for (const [i, rate] of [16000, 48000, 44100, 8000].entries())
          await writeFile(join(folder, word, `${i}.wav`), wav(tone(500, 0.1, rate), { rate }));
      }
      const { raw } = await openSamples(definition(), folder);
      const clips = await raw.train.samples.read(Int32Array.from({ length: raw.train.samples.count }, (_, i) => i));
      const wanted = tone(500, 0.01);
      for (const clip of clips) {
        assert.equal(clip.length, LENGTH);
        // The first samples of what was resampled come after silence.
        for (let n = 20; n < LENGTH; n++)
          assert.ok(Math.abs(clip[n]! - wanted[n]!) < 0.02, `${n}: ${clip[n]} ${wanted[n]}`);
      }
    }));

  for (const memory of [0, 1e8])
    for (const prepared of [false, true])
      it(`leave out damaged files up to a share, ${memory === 0 ? 'read when asked for' : 'in memory'}${prepared ? ', prepared' : ''}`, () =>
        inFolder(async (folder) => {
          const files = ['train', 'validation', 'test'].flatMap((part) => words([`${part}/a`, `${part}/b`], 10));
          await write(folder, files);
          await writeFile(join(folder, 'train/a/3.wav'), 'RIFF, but no more');
          await writeFile(join(folder, 'validation/b/0.wav'), '');
          await truncate(join(folder, 'test/b/9.wav'), 50);
          const mel = {
            input: '2x8x1',
            prepare: 'prepare: [{ logMel: { window: 5 ms, stride: 5 ms, bands: 8, fft: 512 } }]',
          };
          const of = (share: string): Definition => definition(`damaged: ${share}`, prepared ? mel : {});
          const set = await loadDataset(of('5 %'), folder, memory);
          for (const part of [set.train, set.validation, set.test]) {
            const names = Array.from({ length: part.count }, (_, i) => part.fileOf!(i)!);
            assert.ok(names.every((name) => !/train.a.3|validation.b.0|test.b.9/.test(name)));
            // Who validates is who the folders say.
            assert.equal(new Set(names.map((name) => name.split('/')[0])).size, 1);
            assert.deepEqual(
              names.map((name) => (name.includes('/a/') ? 0 : 1)),
              [...part.labels],
            );
            assert.equal((await part.slice(0, part.count)).count, part.count);
          }
          assert.deepEqual([set.train.count, set.validation.count, set.test.count], [19, 19, 19]);
          await set.close();
          const { network } = parseDefinition(textOf('damaged: 5 %'));
          const { problems } = await lookAtData(network!, join(folder, 'words.udc.yaml'));
          assert.match(
            problems.map(({ message }) => message).join(),
            /3 of 60 recordings cannot be read and are left out/,
          );
          await assert.rejects(loadDataset(of('3 %'), folder, memory), (error) => {
            assert.ok(error instanceof DataError);
            assert.match(error.message, /of 60 recordings cannot be read, more than `damaged: 3 %` allows: .*wav: /);
            return true;
          });
        }));

  const NOISES: readonly (readonly [string, Uint8Array | string])[] = [
    ['a text', 'RIFF, but no more'],
    ['an empty file', ''],
    ['a header alone', wav([])],
    ['a file that ends too early', wav(new Float64Array(LENGTH)).subarray(0, 60)],
    ['values that are no numbers', wav(new Float64Array(LENGTH).fill(NaN), { kind: 'f32' })],
  ];
  for (const [what, content] of NOISES)
    it(`leave out a recording of noise that is ${what}, up to a share, and hear the others`, () =>
      inFolder(async (folder) => {
        await write(folder, [...words(['a', 'b'], 10), '_background_noise_/1.wav']);
        const settings = 'classes: [a, b, silence], noise: { share: 1, volume: 1 }';
        const heard = async (): Promise<unknown> => {
          const { raw, close } = await openSamples(definition(`damaged: 5 %, ${settings}`), folder);
          const all = Int32Array.from({ length: raw.train.samples.count }, (_, i) => i);
          const sounds = [await raw.train.samples.read(all), await raw.train.samples.varied!(all, 3)];
          const notes = raw.notes?.() ?? [];
          await close();
          return { sounds, notes };
        };
        const whole = await heard();
        await writeFile(join(folder, '_background_noise_/0.wav'), content);
        const { notes, ...same } = (await heard()) as { notes: string[]; sounds: unknown };
        assert.deepEqual({ ...same, notes: [] }, whole);
        assert.match(notes.join(), /^1 of 22 recordings cannot be read and is left out: .*_background_noise_.0\.wav: /);
        const refused = (dataset: string, said: RegExp): Promise<void> =>
          assert.rejects(openSamples(definition(dataset), folder), (error) => {
            assert.ok(error instanceof DataError);
            assert.match(error.message, said);
            return true;
          });
        await refused(
          `damaged: 4 %, ${settings}`,
          /1 of 22 recordings cannot be read, more than `damaged: 4 %` allows/,
        );
        await writeFile(join(folder, '_background_noise_/1.wav'), content);
        await refused(
          `damaged: 50 %, ${settings}`,
          /_background_noise_: no recording of noise in it can be read: .*0\.wav/,
        );
      }));

  it('leave out a recording with values that are no numbers, as any that is damaged', () =>
    inFolder(async (folder) => {
      await write(folder, words(['a', 'b'], 10), { kind: 'f32' });
      await writeFile(join(folder, 'a/3.wav'), wav(new Float64Array(LENGTH).fill(Infinity), { kind: 'f32' }));
      for (const memory of [0, 1e8]) {
        const set = await loadDataset(definition('damaged: 5 %'), folder, memory);
        const { images } = await set.train.slice(0, set.train.count);
        assert.ok(images.every(Number.isFinite));
        await set.close();
      }
      await assert.rejects(
        loadDataset(definition('damaged: 0'), folder),
        /a.3\.wav: the value Infinity is not a finite/,
      );
    }));

  for (const rate of [1, 2 ** 32 - 1])
    it(`of ${rate} Hz are refused, and take no memory`, () =>
      inFolder(async (folder) => {
        await write(folder, words(['yes', 'no'], 5), { rate });
        await assert.rejects(
          openSamples(definition('damaged: 0'), folder).then(async ({ raw }) =>
            raw.train.samples.read(Int32Array.of(0)),
          ),
          (error) => error instanceof DataError && error.message.includes(`its header says ${rate} Hz`),
        );
      }));

  it('become what `prepare` makes of them', () =>
    inFolder(async (folder) => {
      await write(folder, words(['a', 'b'], 5));
      const prepare = 'prepare: [{ logMel: { window: 5 ms, stride: 5 ms, bands: 8, fft: 512 } }]';
      const set = await loadDataset(definition('', { input: '2x8x1', prepare }), folder);
      assert.deepEqual(set.inputShape, { height: 2, width: 8, channels: 1 });
      assert.deepEqual(
        set.preparation.steps.map(({ step }) => step),
        ['logMel', 'normalise'],
      );
      assert.equal(set.train.held, true, 'spectrograms are made once');
      await set.close();
    }));

  const WRONG: readonly (readonly [string, readonly string[], string, RegExp])[] = [
    [
      'a class without a folder',
      words(['a', 'b'], 4),
      'classes: [a, c]',
      /no recordings of `c`; there are folders for a, b/,
    ],
    ['silence without noise', words(['a', 'b'], 4), 'classes: [a, silence]', /put some into `_background_noise_`/],
    [
      'unknown without other words',
      words(['a', 'b'], 4),
      'classes: [a, b, unknown]',
      /other words, and there are none/,
    ],
    ['files of no folder', ['1.wav', '2.wav'], '', /make a folder for each class/],
    ['files of another kind', ['a/1.mp3', 'b/2.mp3'], '', /there are \.mp3 files; WAV is read\. Convert each/],
    ['nothing', ['a/readme.txt'], '', /there are no WAV files/],
    ['no test', words(['train/a', 'train/b'], 4), '', /none for the test/],
  ];
  for (const [what, files, dataset, said] of WRONG)
    it(`say of ${what} what would be right`, () =>
      inFolder(async (folder) => {
        await write(folder, files);
        await assert.rejects(openSamples(definition(dataset), folder), said);
      }));
});
