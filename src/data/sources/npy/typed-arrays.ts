/** Reader of data sets kept as NumPy arrays: x_train, y_train, x_test, y_test. */
import { DataError } from '../../data-error.ts';
import { findFile, findFolder } from '../../files/data-files.ts';
import { readClassNames } from '../../class-names.ts';
import { TARGET_KINDS } from '../../target-kinds.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { readNpy } from './npy.ts';
import { toImages } from './array-parts.ts';
import type { RawPart, RawSet } from '../../dataset.ts';

/** Which array is which in messages. */
const ARRAYS = ['x_train.npy', 'y_train.npy', 'x_test.npy', 'y_test.npy'] as const;

/**
 * Reads x (samples, height, width[, channels]) and y, where the kind of targets has one: class indices (samples[, 1]),
 * images, or values (samples[, values]).
 * @throws DataError
 */
export async function readArraySet(path: string, kind: TargetKind, classes?: number): Promise<RawSet> {
  const { fromArray, named } = TARGET_KINDS[kind];
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
  const read = async (x: (typeof ARRAYS)[number], y: (typeof ARRAYS)[number]): Promise<RawPart> => {
    const imageFile = await find(x);
    const targetFile = fromArray && (await find(y));
    const images = toImages(await readNpy(imageFile), imageFile);
    if (targetFile === undefined) return { name: imageFile, ...images, labels: new Int32Array(0) };
    const target = await readNpy(targetFile);
    if (target.shape[0] !== images.count)
      throw new DataError(
        targetFile,
        `${target.shape[0] ?? 0} targets for the ${images.count} samples of ${imageFile}`,
      );
    return { name: imageFile, ...images, ...fromArray!(target, targetFile, classes) };
  };
  const classNames = named ? await readClassNames(folder, 'labels.txt') : undefined;
  return {
    train: await read('x_train.npy', 'y_train.npy'),
    test: await read('x_test.npy', 'y_test.npy'),
    ...(classNames && { classNames }),
  };
}
