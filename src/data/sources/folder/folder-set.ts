/** Data sets of folders of images: a folder a class. */
import { SeededRandom } from '../../../base/random.ts';
import { shapeAfter, type PrepareStep } from '../../../wire/preparation/step-table.ts';
import type { DatasetSpec } from '../../../network/types.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { DataError } from '../../data-error.ts';
import type { Shape, SourcePart, SourceSet } from '../../dataset.ts';
import { DecodePool } from '../../images/decode-pool.ts';
import { typeAfter } from '../../preparation/steps/step-rules.ts';
import { fileBelow } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import type { FileList } from './file-list.ts';
import { findParts, type FolderPart } from './folder-parts.ts';
import { Unsound } from '../unsound.ts';
import { differentSize, ImageSource, SeenSizes, type ImagePart } from './image-source.ts';
import { join } from 'node:path';

/** Of images that come without a test part, every fifth is drawn for the test. */
const TEST_SHARE = 0.2;
/** So many images are looked at to learn their size. */
const LOOKS = 16;

const all = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** @throws DataError */
export async function openFolderSet(
  path: string,
  targets: TargetKind,
  spec: DatasetSpec,
  steps: readonly PrepareStep[],
  input: Shape,
  files: OpenFiles,
): Promise<SourceSet> {
  const parts = await findParts(path, targets !== 'class');
  const { classes, notes } = parts;
  if (classes.length < 2 && targets === 'class')
    throw new DataError(
      parts.train.folder,
      `there is one folder of a class, ${classes.join()}; a classifier needs two or more: is a folder of everything else missing?`,
    );
  const drawn = parts.test ? undefined : drawTest(parts.train.files, classes.length, spec.seed ?? 0);
  const train = { ...parts.train, chosen: drawn?.train ?? all(parts.train.files.count) };
  const test = { ...(parts.test ?? parts.train), chosen: drawn?.test ?? all(parts.test!.files.count) };
  const count = train.chosen.length + test.chosen.length;
  const unsound = new Unsound(parts.folder, count, 'images', spec.damaged);
  const pool = new DecodePool(steps);
  files.keep(pool);
  const sizes = new SeenSizes();
  const shape = await shapeOf({ ...train, input }, pool, steps, unsound, sizes);
  const decoded = { shape, input, type: typeAfter(steps, 'uint8') };
  const part = (one: typeof train): SourcePart => {
    const samples = new ImageSource(one.folder, { ...one, ...decoded }, pool, unsound, sizes);
    return {
      samples,
      labels: Int32Array.from(one.chosen, (file) => one.files.label(file)),
      file: (index) => fileBelow(path, samples.fileOf(index)),
    };
  };
  return {
    train: part(train),
    test: part(test),
    classes: classes.length,
    classNames: { file: parts.train.folder, names: classes },
    stepped: true,
    stored: () => sizes.of(shape),
    notes: () => [...notes, ...[unsound.sentence() ?? []].flat()],
  };
}

/** A share of each class, the same for the same seed. */
function drawTest(files: FileList, classes: number, seed: number): { train: Int32Array; test: Int32Array } {
  const random = new SeededRandom(seed);
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (let i = 0; i < files.count; i++) byClass[files.label(i)]!.push(i);
  const test = new Set<number>();
  for (const one of byClass) {
    const order = Int32Array.from(one);
    random.shuffle(order);
    for (const index of order.subarray(0, Math.round(one.length * TEST_SHARE))) test.add(index);
  }
  const indices = all(files.count);
  return { train: indices.filter((i) => !test.has(i)), test: indices.filter((i) => test.has(i)) };
}

/** The shape that all samples have: what the steps say, or else that of the first images. */
async function shapeOf(
  part: FolderPart & Pick<ImagePart, 'chosen' | 'input'>,
  pool: DecodePool,
  steps: readonly PrepareStep[],
  unsound: Unsound,
  sizes: SeenSizes,
): Promise<Shape> {
  const { chosen, files, folder, input } = part;
  // Spread over the classes, which may differ.
  const step = Math.max(1, Math.floor(chosen.length / LOOKS));
  const paths = Array.from({ length: Math.min(LOOKS, chosen.length) }, (_, i) =>
    join(folder, files.path(chosen[i * step]!)),
  );
  const decoded = await pool.decode(paths.map((file) => ({ file })));
  let shape: Shape | undefined;
  decoded.forEach((one, i) => {
    if ('damage' in one) return unsound.add(paths[i]!, one.damage);
    sizes.see(one.from);
    if (shape && (shape.height !== one.shape.height || shape.width !== one.shape.width))
      throw differentSize(paths[i]!, one.shape, shape, input);
    shape ??= one.shape;
  });
  unsound.expectFew();
  if (shape) return shape;
  const wanted = shapeAfter(steps, { channels: 3 });
  if (typeof wanted !== 'string' && wanted.height && wanted.width && wanted.channels) return wanted as Shape;
  throw new DataError(folder, 'none of the first images can be read', {}, ['dataset', 'path']);
}
