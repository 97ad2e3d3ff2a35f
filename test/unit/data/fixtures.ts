/** Small data files written as their formats say, for the readers' tests. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpenFiles } from '../../../src/data/files/open-bytes.ts';
import { hold } from '../../../src/data/sources/held-source.ts';
import { SOURCES } from '../../../src/data/sources/source-table.ts';
import { checkValues } from '../../../src/data/survey.ts';
import type { Pixels, Shape, Source, SourcePart, SourceSet } from '../../../src/data/dataset.ts';
import type { TargetKind } from '../../../src/wire/tasks/task-spec.ts';
import type { DatasetSpec, Definition } from '../../../src/network/types.ts';

/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: ArrayLike<number>, magic = 0x0800 + shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(Array.from(data))]);
}

/** An `.npy` file, version 1, as NumPy writes it: the header padded so that the data starts at a multiple of 64. */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView, fortran = false): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const padding = 64 - ((10 + dictionary.length + 1) % 64);
  const header = Buffer.from(`${dictionary}${' '.repeat(padding)}\n`, 'latin1');
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  return Buffer.concat([start, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** `count` 2x3 images whose pixels tell sample and position apart, with labels 0, 1, 2, 0, … */
export async function writeIdxSet(folder: string, count = 12): Promise<void> {
  const pixels = Uint8Array.from({ length: count * 6 }, (_, i) => (i * 7) % 256);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  for (const part of ['train', 't10k']) {
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), idx([count, 2, 3], pixels));
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), idx([count], labels));
  }
}

/** The parts of a definition that a data set depends on. */
export function definitionOf(
  dataset: Partial<DatasetSpec>,
  input = { height: 2, width: 3, channels: 1 },
  task: Definition['task'] = 'classification',
): Definition {
  return {
    udc: 1,
    name: 'test',
    task,
    input,
    dataset: { format: 'idx', path: '.', validation: 0.25, augment: { crop: 0, flip: false }, ...dataset },
    target: { npu: 'ethos-u55-128' },
    strategy: 'udc',
    training: {
      warmup: 1,
      search: 1,
      race: 12,
      sparsify: 1,
      settle: 1,
      batch: 4,
      learningRate: 0.01,
      weightDecay: 0,
      exploration: 0.5,
      seed: 0,
      exitLoss: 0.3,
      labelSmoothing: 0,
      mixup: 0,
      cutmix: 0,
      entropy: 0,
      teaching: 0.5,
      temperature: 2,
    },
    layers: [],
  };
}

/** A part of a data set, read whole. */
export interface WholePart {
  readonly name: string;
  readonly count: number;
  readonly shape: Shape;
  readonly pixels: Pixels;
  readonly labels: Int32Array;
  readonly targets?: { readonly shape: Shape; readonly pixels: Pixels };
}

/** All samples of a source, one after another. */
export async function allOf(source: Source): Promise<Pixels> {
  const whole = await hold(source, () => undefined);
  const samples = await whole.read(Int32Array.from({ length: whole.count }, (_, i) => i));
  const [first] = samples;
  return first === undefined
    ? new Uint8Array(0)
    : first instanceof Uint8Array
      ? Uint8Array.from(samples.flatMap((sample) => [...sample]))
      : Float32Array.from(samples.flatMap((sample) => [...sample]));
}

async function wholePart({ samples, labels, targets }: SourcePart): Promise<WholePart> {
  const { name, count, shape } = samples;
  return {
    name,
    count,
    shape,
    pixels: await allOf(samples),
    labels,
    ...(targets && { targets: { shape: targets.shape, pixels: await allOf(targets) } }),
  };
}

/** Everything that a set holds. */
export const wholeSet = async (
  set: SourceSet,
): Promise<Omit<SourceSet, 'train' | 'test'> & Record<'train' | 'test', WholePart>> => ({
  ...set,
  train: await wholePart(set.train),
  test: await wholePart(set.test),
});

/** Opens the data set of a folder, reads it whole and closes it. */
export async function readSet(
  format: DatasetSpec['format'],
  folder: string,
  { classes, targets = 'class' }: { classes?: number; targets?: TargetKind } = {},
): ReturnType<typeof wholeSet> {
  const files = new OpenFiles(0);
  const spec = { ...definitionOf({ format }).dataset!, ...(classes !== undefined && { classes }) };
  try {
    const set = await SOURCES[format]({ spec, path: folder, targets, files, steps: [], definition: definitionOf({}) });
    await checkValues(set);
    return await wholeSet(set);
  } finally {
    await files.close();
  }
}
