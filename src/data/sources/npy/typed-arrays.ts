/** Sources of data sets kept as NumPy arrays: x_train, y_train, x_test, y_test. */
import { DataError } from '../../data-error.ts';
import { findFile, findFolder } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { readClassNames } from '../../class-names.ts';
import { TARGET_KINDS } from '../../target-kinds.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { openImages } from './array-parts.ts';
import type { SourcePart, SourceSet } from '../../dataset.ts';

/** Which array is which in messages. */
const ARRAYS = ['x_train.npy', 'y_train.npy', 'x_test.npy', 'y_test.npy'] as const;

/**
 * Opens x (samples, height, width[, channels]) and y, where the kind of targets has one: class indices (samples[, 1]),
 * images, or values (samples[, values]).
 * @throws DataError
 */
export async function openArraySet(
  path: string,
  kind: TargetKind,
  classes: number | undefined,
  files: OpenFiles,
): Promise<SourceSet> {
  const { open, named } = TARGET_KINDS[kind];
  const folder = await findFolder(
    path,
    ARRAYS.flatMap((name) => [name, `${name}.gz`]),
  );
  const find = (name: (typeof ARRAYS)[number]): Promise<string> =>
    findFile(
      folder,
      `${name.startsWith('x') ? 'images' : 'targets'} of the ${name.includes('train') ? 'training' : 'test'} part`,
      [name, `${name}.gz`],
    );
  const part = async (x: (typeof ARRAYS)[number], y: (typeof ARRAYS)[number]): Promise<SourcePart> => {
    const imageFile = await find(x);
    const targetFile = open && (await find(y));
    const samples = await openImages(imageFile, files);
    if (targetFile === undefined) return { samples, labels: new Int32Array(0) };
    const found = await open!(targetFile, files, classes);
    const count = found.targets?.count ?? found.labels.length;
    if (count !== samples.count)
      throw new DataError(targetFile, `${count} targets for the ${samples.count} samples of ${imageFile}`);
    return { samples, ...found };
  };
  const classNames = named ? await readClassNames(folder, 'labels.txt') : undefined;
  return {
    train: await part('x_train.npy', 'y_train.npy'),
    test: await part('x_test.npy', 'y_test.npy'),
    ...(classNames && { classNames }),
  };
}
