/** `format: audio`: folders of WAV files, one for each class, as Speech Commands has them. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { DatasetSpec } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import type { SourcePart, SourceSet } from '../../dataset.ts';
import { fileBelow } from '../../files/data-files.ts';
import { Unsound } from '../unsound.ts';
import { AudioSource, damageOf, WavReader } from './audio-source.ts';
import { BackgroundNoise } from './background-noise.ts';
import { planClips, type PartPlan } from './clip-plan.ts';
import { filesBelow, isPartFolder, labelledFiles, subfolders } from './labelled-files.ts';

const NOISE_FOLDER = '_background_noise_';

/** Noise is kept in memory: an hour at 16 kHz is 230 MB. */
const MOST_NOISE_BYTES = 256 * 2 ** 20;

/** Opens the set. @throws DataError */
export async function openAudioSet(path: string, dataset: DatasetSpec): Promise<SourceSet> {
  const spec = dataset.audio!;
  const root = await rootOf(path);
  const seed = dataset.seed ?? 0;
  const shares = { validation: dataset.validation, test: spec.test, seed };
  const files = await labelledFiles(root, '.wav', shares);
  if (files.length === 0) throw await nothingFound(root);
  const reader = new WavReader(spec.rate);
  const { noise, files: noises, damaged } = await readNoise(join(root, NOISE_FOLDER), reader);
  const { names, parts } = planClips(files, root, spec, noise, seed);
  const { train, validation, test } = parts;
  const recorded = [train, validation, test].flatMap(({ clips }) => clips).filter((clip) => 'file' in clip);
  const unsound = new Unsound(root, recorded.length + noises, 'recordings', dataset.damaged);
  for (const [file, damage] of damaged) unsound.add(file, damage);
  unsound.expectFew();
  const part = (plan: PartPlan): SourcePart => {
    const samples = new AudioSource(root, plan, reader, noise, spec, unsound);
    return {
      samples,
      labels: plan.labels,
      file: (index) => {
        const file = samples.fileOf(index);
        return file === undefined ? undefined : fileBelow(path, file);
      },
    };
  };
  if (test.clips.length === 0)
    throw new DataError(root, 'no recording is for the test: there are too few, or too few speakers');
  const training = train.clips.length;
  return {
    train: part({
      clips: [...train.clips, ...validation.clips],
      labels: Int32Array.from([...train.labels, ...validation.labels]),
    }),
    test: part(test),
    heldBack: Int32Array.from(validation.clips, (_, i) => training + i),
    classes: names.length,
    classNames: { file: root, names },
    notes: () => unsound.notes(),
  };
}

/** The folder of the words: `path`, or the only folder in it, as archives unpack. */
async function rootOf(path: string): Promise<string> {
  const folders = await subfolders(path);
  const [only, ...more] = folders;
  if (only === undefined || more.length > 0 || isPartFolder(only)) return path;
  const inner = await subfolders(join(path, only));
  return inner.length > 1 ? join(path, only) : path;
}

interface NoiseFound {
  readonly noise: BackgroundNoise;
  /** Files that there are. */
  readonly files: number;
  /** Those that cannot be read, and why. */
  readonly damaged: ReadonlyMap<string, string>;
}

/** @throws DataError where there are recordings of noise, and none can be read */
async function readNoise(folder: string, reader: WavReader): Promise<NoiseFound> {
  const recordings: Float32Array[] = [];
  const damaged = new Map<string, string>();
  let bytes = 0;
  for (const file of await filesBelow(folder, '.wav')) {
    let sound: Float32Array;
    try {
      sound = await reader.read(file);
    } catch (error) {
      damaged.set(file, damageOf(error, file));
      continue;
    }
    bytes += sound.byteLength;
    if (bytes > MOST_NOISE_BYTES)
      throw new DataError(
        folder,
        `the recordings of noise have more than ${MOST_NOISE_BYTES / 2 ** 20} MiB of samples, which stay in memory: take some out`,
      );
    recordings.push(sound);
  }
  const [first] = damaged;
  if (first && recordings.length === 0)
    throw new DataError(folder, `no recording of noise in it can be read: ${first[0]}: ${first[1]}`);
  return { noise: new BackgroundNoise(recordings), files: recordings.length + damaged.size, damaged };
}

/** Endings of recordings that are not read. */
const OTHERS = ['.flac', '.mp3', '.ogg', '.opus', '.m4a', '.aac', '.wma', '.aif', '.aiff', '.webm'];

async function nothingFound(root: string): Promise<DataError> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const other = names.find((name) => OTHERS.includes(extname(name).toLowerCase()));
  if (other !== undefined) {
    const kind = extname(other);
    return new DataError(
      root,
      `there are ${kind} files; WAV is read. Convert each, for example: find . -name '*${kind}' -exec sh -c 'ffmpeg -i "$1" -ac 1 -c:a pcm_s16le "\${1%${kind}}.wav"' _ {} \\;`,
    );
  }
  const flat = names.some((name) => name.toLowerCase().endsWith('.wav'));
  return new DataError(
    root,
    flat
      ? 'the WAV files lie in no folder of a class: make a folder for each class, such as `yes/1.wav` or `train/yes/1.wav`'
      : 'there are no WAV files; a folder for each class is expected, such as `yes/1.wav` or `train/yes/1.wav`',
  );
}
