/** Sources in the CIFAR-10 and CIFAR-100 binary files. */
import { join } from 'node:path';
import { DataError, checkLabels } from '../data-error.ts';
import { findFile, findFolder, isFile } from '../files/data-files.ts';
import type { OpenBytes, OpenFiles } from '../files/open-bytes.ts';
import { readClassNames } from '../class-names.ts';
import { storedSource, type Records } from './stored-source.ts';
import type { SourcePart, SourceSet } from '../dataset.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const IMAGE = 3 * PLANE;

/** A record is its label bytes, then red, green and blue planes of 32 x 32. `label` is which of them is the class. */
const FORMATS = {
  cifar10: {
    names: 'batches.meta.txt',
    classes: 10,
    labelBytes: 1,
    label: 0,
    train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
    test: 'test_batch.bin',
  },
  cifar100: {
    names: 'fine_label_names.txt',
    classes: 100,
    labelBytes: 2,
    label: 1,
    train: ['train.bin'],
    test: 'test.bin',
  },
} as const;

/** In one gzip file; the published ones have 50,000 at most. */
const MOST_RECORDS = 250_000;

type Format = (typeof FORMATS)[keyof typeof FORMATS];

/**
 * Opens the binary version as published, from `path` or a folder in it (`cifar-10-batches-bin`, `cifar-100-binary`).
 * CIFAR-10 may come with fewer than five training batches. CIFAR-100 uses the fine labels.
 * @throws DataError
 */
export async function openCifarSet(path: string, kind: keyof typeof FORMATS, files: OpenFiles): Promise<SourceSet> {
  const format: Format = FORMATS[kind];
  const folder = await findFolder(path, format.train);
  const train: string[] = [];
  for (const name of format.train) if (await isFile(join(folder, name))) train.push(join(folder, name));
  const test = await findFile(folder, 'test images', [format.test]);
  const classNames = await readClassNames(folder, format.names);
  return {
    train: await openPart(train, format, files),
    test: await openPart([test], format, files),
    classes: format.classes,
    ...(classNames && { classNames }),
  };
}

async function openPart(names: readonly string[], format: Format, files: OpenFiles): Promise<SourcePart> {
  const recordBytes = format.labelBytes + IMAGE;
  const parts: { readonly records: Records; readonly labels: Int32Array }[] = [];
  for (const name of names) {
    const bytes = await files.open(name, { most: MOST_RECORDS * recordBytes });
    parts.push(await readLabels(bytes, format, recordBytes));
  }
  const labels = Int32Array.from(parts.flatMap((part) => [...part.labels]));
  const samples = storedSource({
    name: names[0]!,
    shape: { height: SIDE, width: SIDE, channels: 3 },
    type: 'uint8',
    recordBytes,
    files: parts.map(({ records }) => records),
    decode: (records) => pixelsOf(records, format.labelBytes, recordBytes),
  });
  return { samples, labels };
}

/** So many records are read at once in search of their labels. */
const STEP = 1024;

/** Labels stand among the images: they are picked out of a whole file. */
async function readLabels(
  bytes: OpenBytes,
  { classes, label }: Format,
  recordBytes: number,
): Promise<{ records: Records; labels: Int32Array }> {
  const { file, size } = bytes;
  const count = Math.floor(size / recordBytes);
  if (count === 0 || size % recordBytes !== 0) {
    throw new DataError(file, `the file ends inside a record: records have ${recordBytes} bytes, the file ${size}`, {
      record: count,
      byte: size,
    });
  }
  const labels = new Int32Array(count);
  for (let from = 0; from < count; from += STEP) {
    const piece = new Uint8Array(Math.min(STEP, count - from) * recordBytes);
    await bytes.fill(piece, from * recordBytes);
    for (let n = 0; n * recordBytes < piece.length; n++) labels[from + n] = piece[n * recordBytes + label]!;
  }
  checkLabels(labels, classes, file, (n) => ({ record: n, byte: n * recordBytes + label }));
  return { records: { bytes, start: 0, count }, labels };
}

/** Planes of red, green and blue to pixels. */
function pixelsOf(records: Uint8Array, labelBytes: number, recordBytes: number): Uint8Array {
  const count = records.length / recordBytes;
  const pixels = new Uint8Array(count * IMAGE);
  for (let n = 0; n < count; n++) {
    const planes = n * recordBytes + labelBytes;
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < PLANE; i++) pixels[n * IMAGE + i * 3 + c] = records[planes + c * PLANE + i]!;
    }
  }
  return pixels;
}
