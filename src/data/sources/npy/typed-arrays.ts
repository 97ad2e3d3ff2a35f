/** Reader of data sets kept as NumPy arrays: x_train, y_train, x_test, y_test. */
import { DataError, checkLabels } from '../../data-error.ts';
import { findFile, findFolder } from '../../files/data-files.ts';
import { readClassNames } from '../../class-names.ts';
import { readNpy, type NpyArray } from './npy.ts';
import type { Pixels, RawPart, RawSet, Shape } from '../../dataset.ts';

/** Which array is which in messages. */
const ARRAYS = ['x_train.npy', 'y_train.npy', 'x_test.npy', 'y_test.npy'] as const;

/**
 * Reads x (samples, height, width[, channels]) and y: class indices (samples[, 1]) for classification, images for
 * super-resolution.
 * @throws DataError
 */
export async function readArraySet(
  path: string,
  task: 'classification' | 'super-resolution',
  classes?: number,
): Promise<RawSet> {
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
    const targetFile = await find(y);
    const images = toImages(await readNpy(imageFile), imageFile);
    const target = await readNpy(targetFile);
    if (target.shape[0] !== images.count)
      throw new DataError(
        targetFile,
        `${target.shape[0] ?? 0} targets for the ${images.count} samples of ${imageFile}`,
      );
    if (task === 'classification') return { name: imageFile, ...images, labels: toLabels(target, targetFile, classes) };
    return { name: imageFile, ...images, labels: new Int32Array(0), targets: toImages(target, targetFile) };
  };
  const classNames = task === 'classification' ? await readClassNames(folder, 'labels.txt') : undefined;
  return {
    train: await read('x_train.npy', 'y_train.npy'),
    test: await read('x_test.npy', 'y_test.npy'),
    ...(classNames && { classNames }),
  };
}

function toImages(array: NpyArray, file: string): { count: number; shape: Shape; pixels: Pixels } {
  const [count, height, width, channels = 1] = array.shape;
  if (
    array.shape.length < 3 ||
    array.shape.length > 4 ||
    count === undefined ||
    height === undefined ||
    width === undefined
  ) {
    throw new DataError(
      file,
      `shape (${array.shape.join(', ')}) is no set of images; they have shape (samples, height, width, channels)${array.shape.length === 2 ? ': flattened ones are x.reshape(-1, height, width, channels)' : ''}`,
    );
  }
  const pixels =
    array.dtype === 'uint8' || array.dtype === 'float32'
      ? array.data
      : array.data instanceof BigInt64Array || array.data instanceof BigUint64Array
        ? Float32Array.from(array.data as ArrayLike<bigint>, Number)
        : Float32Array.from(array.data);
  if (pixels instanceof Float32Array) {
    const wrong = pixels.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new DataError(file, `the value ${pixels[wrong]} is not a finite number`, {
        record: Math.floor(wrong / (height * width * channels)),
      });
  }
  return { count, shape: { height, width, channels }, pixels };
}

function toLabels(array: NpyArray, file: string, classes: number | undefined): Int32Array {
  const flat = array.shape.length === 1 || (array.shape.length === 2 && array.shape[1] === 1);
  if (!flat)
    throw new DataError(
      file,
      `shape (${array.shape.join(', ')}) is no list of labels; labels are class indices of shape (samples,), so save np.argmax(y, axis=1) for one-hot rows`,
    );
  const values = new Float64Array(array.data.length);
  for (let i = 0; i < values.length; i++) values[i] = Number(array.data[i]);
  const wrong = values.findIndex((value) => !Number.isInteger(value) || Math.abs(value) >= 2 ** 31);
  if (wrong >= 0) throw new DataError(file, `label ${values[wrong]} is not a class index`, { record: wrong });
  const labels = Int32Array.from(values);
  checkLabels(labels, classes, file, (record) => ({ record }));
  return labels;
}
