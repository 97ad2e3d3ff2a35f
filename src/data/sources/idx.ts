/** Sources in IDX files: MNIST, Fashion-MNIST and data sets in their form. */
import { readdir } from 'node:fs/promises';
import { fileKind } from '../../base/file-kinds.ts';
import { DataError, checkLabels } from '../data-error.ts';
import { findFile, foldersOf, readBytes } from '../files/data-files.ts';
import { beginning, type OpenFiles } from '../files/open-bytes.ts';
import { readClassNames } from '../class-names.ts';
import { storedSource } from './stored-source.ts';
import type { SourcePart, SourceSet } from '../dataset.ts';

const PARTS = { train: ['train'], test: ['t10k', 'test'] } as const;

/** What stands before `train-images-idx3-ubyte`: 'emnist-letters-' in EMNIST, nothing in MNIST. */
const TRAINING_IMAGES = /^(.*?)train-images[-.]idx3-ubyte(?:\.gz)?$/;

function names(set: string, prefixes: readonly string[], kind: 'images-idx3' | 'labels-idx1'): string[] {
  return prefixes
    .flatMap((prefix) => [`${set}${prefix}-${kind}-ubyte`, `${set}${prefix}-${kind.replace('-idx', '.idx')}-ubyte`])
    .flatMap((name) => [name, `${name}.gz`]);
}

/** The folder that holds the training images, and what the set's files have before their names. @throws DataError */
async function findSet(path: string): Promise<{ folder: string; set: string }> {
  for (const folder of await foldersOf(path)) {
    const sets = [
      ...new Set((await readdir(folder).catch(() => [])).flatMap((name) => TRAINING_IMAGES.exec(name)?.[1] ?? [])),
    ].sort();
    const [set] = sets;
    if (set === undefined) continue;
    if (sets.length === 1 || set === '') return { folder, set };
    const listed = sets.map((name) => name.replace(/-$/, '')).join(', ');
    throw new DataError(
      folder,
      `this folder holds several data sets (${listed}): move the one to train on into a folder of its own, and let \`path\` name it`,
    );
  }
  throw new DataError(
    path,
    `no data found; looked here and one folder down for ${names('', PARTS.train, 'images-idx3').join(', ')}`,
  );
}

/**
 * Opens `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same for `t10k`, each also as `.gz`, and under
 * names that begin with
 * the set's own, such as EMNIST's `emnist-letters-train-images-idx3-ubyte` and `emnist-letters-test-images-idx3-ubyte`.
 * @param classes number of classes; absent: whatever the labels hold
 * @throws DataError
 */
export async function openIdxSet(path: string, classes: number | undefined, files: OpenFiles): Promise<SourceSet> {
  const { folder, set } = await findSet(path);
  const open = async (part: keyof typeof PARTS, title: string): Promise<SourcePart> =>
    openPart(
      await findFile(folder, `${title} images`, names(set, PARTS[part], 'images-idx3')),
      await findFile(folder, `${title} labels`, names(set, PARTS[part], 'labels-idx1')),
      classes,
      files,
    );
  const classNames = await readClassNames(folder, 'labels.txt');
  return {
    train: await open('train', 'training'),
    test: await open('test', 'test'),
    ...(classNames && { classNames }),
  };
}

async function openPart(
  imageFile: string,
  labelFile: string,
  classes: number | undefined,
  files: OpenFiles,
): Promise<SourcePart> {
  const images = await files.open(imageFile, { of: idxBytes });
  const { shape, start } = parseStart(await beginning(images), images.size, imageFile, [3, 4], 'images');
  const labels = parseIdx(await readBytes(labelFile, { of: idxBytes }), labelFile, [1], 'labels');
  const [count, height, width, channels = 1] = shape as [number, number, number, number?];
  if (labels.shape[0] !== count)
    throw new DataError(labelFile, `${labels.shape[0]} labels for the ${count} images of ${imageFile}`, { byte: 4 });
  const indices = Int32Array.from(labels.data);
  checkLabels(indices, classes, labelFile, (record) => ({ record, byte: 8 + record }));
  const samples = storedSource({
    name: imageFile,
    shape: { height, width, channels },
    type: 'uint8',
    recordBytes: height * width * channels,
    files: [{ bytes: images, start, count }],
  });
  return { samples, labels: indices };
}

/** Bytes of an IDX file by its first ones; undefined where they are another file's. */
function idxBytes(start: Uint8Array): number | undefined {
  const rank = start[3] ?? 0;
  if (start[0] !== 0 || start[1] !== 0 || start[2] !== 8 || start.length < 4 + 4 * rank) return undefined;
  const view = new DataView(start.buffer, start.byteOffset);
  return (
    Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i)).reduce((product, size) => product * size, 1) +
    4 +
    4 * rank
  );
}

/**
 * What stands before the data of an IDX file of unsigned bytes: two zero bytes, type 0x08, number of dimensions, the
 * dimensions (big-endian).
 * @param bytes the beginning of the file
 * @param size of the whole file
 * @throws DataError for a wrong magic number, a truncated file, or bytes too many
 */
function parseStart(
  bytes: Uint8Array,
  size: number,
  name: string,
  dimensions: readonly number[],
  what: string,
): { shape: readonly number[]; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw new DataError(name, 'the file ends inside its magic number', { byte: bytes.length });
  const magic = view.getUint32(0);
  const rank = magic & 0xff;
  const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
  if (magic >>> 8 !== 8 || !dimensions.includes(rank)) {
    const kind = fileKind(bytes);
    if (kind) throw new DataError(name, `this is ${kind.name}, no IDX file: ${kind.remedy}`, { byte: 0 });
    throw new DataError(
      name,
      `the magic number is ${hex(magic)}; ${what} start with ${dimensions.map((d) => hex(0x0800 + d)).join(' or ')}`,
      { byte: 0 },
    );
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new DataError(name, 'the file ends inside its dimensions', { byte: bytes.length });
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const wanted = start + shape.reduce((product, length) => product * length, 1);
  if (size !== wanted) {
    const kind = size < wanted ? 'the file ends too early' : 'the file is longer than its dimensions say';
    throw new DataError(name, `${kind}: ${shape.join(' x ')} ${what} need ${wanted} bytes, there are ${size}`, {
      byte: Math.min(size, wanted),
    });
  }
  return { shape, start };
}

/** A whole IDX file in memory. @throws DataError */
function parseIdx(
  bytes: Uint8Array,
  name: string,
  dimensions: readonly number[],
  what: string,
): { shape: readonly number[]; data: Uint8Array } {
  const { shape, start } = parseStart(bytes, bytes.length, name, dimensions, what);
  return { shape, data: bytes.subarray(start) };
}
