/** Readers of the CIFAR-10 and CIFAR-100 binary files. */
import { join } from 'node:path';
import { DataError, checkLabels } from '../data-error.ts';
import { findFile, findFolder, isFile, readBytes } from '../files/data-files.ts';
import { readClassNames } from '../class-names.ts';
import type { RawPart, RawSet } from '../dataset.ts';

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

/** In one file; the published ones have 50,000 at most. */
const MOST_RECORDS = 250_000;

type Format = (typeof FORMATS)[keyof typeof FORMATS];

/**
 * Reads the binary version as published, from `path` or a folder in it (`cifar-10-batches-bin`, `cifar-100-binary`).
 * CIFAR-10 may come with fewer than five training batches. CIFAR-100 uses the fine labels.
 * @throws DataError
 */
export async function readCifarSet(path: string, kind: keyof typeof FORMATS): Promise<RawSet> {
  const format: Format = FORMATS[kind];
  const folder = await findFolder(path, format.train);
  const train: string[] = [];
  for (const name of format.train) if (await isFile(join(folder, name))) train.push(join(folder, name));
  const test = await findFile(folder, 'test images', [format.test]);
  const classNames = await readClassNames(folder, format.names);
  return {
    train: await readFiles(train, format),
    test: await readFiles([test], format),
    classes: format.classes,
    ...(classNames && { classNames }),
  };
}

async function readFiles(files: readonly string[], format: Format): Promise<RawPart> {
  const parts: { pixels: Uint8Array; labels: Int32Array }[] = [];
  for (const file of files)
    parts.push(parseRecords(await readBytes(file, { most: MOST_RECORDS * (format.labelBytes + IMAGE) }), file, format));
  const count = parts.reduce((sum, part) => sum + part.labels.length, 0);
  const pixels = new Uint8Array(count * IMAGE);
  const labels = new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at * IMAGE);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return { name: files[0]!, count, shape: { height: SIDE, width: SIDE, channels: 3 }, pixels, labels };
}

function parseRecords(bytes: Uint8Array, file: string, format: Format): { pixels: Uint8Array; labels: Int32Array } {
  const record = format.labelBytes + IMAGE;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length % record !== 0) {
    throw new DataError(file, `the file ends inside a record: records have ${record} bytes, the file ${bytes.length}`, {
      record: count,
      byte: bytes.length,
    });
  }
  const pixels = new Uint8Array(count * IMAGE);
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const planes = n * record + format.labelBytes;
    labels[n] = bytes[n * record + format.label]!;
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < PLANE; i++) pixels[n * IMAGE + i * 3 + c] = bytes[planes + c * PLANE + i]!;
    }
  }
  checkLabels(labels, format.classes, file, (n) => ({ record: n, byte: n * record + format.label }));
  return { pixels, labels };
}
