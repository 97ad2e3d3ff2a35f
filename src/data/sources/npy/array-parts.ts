/** From NumPy arrays to the parts of samples: images, labels, values. */
import { DataError } from '../../data-error.ts';
import type { Pixels, Shape } from '../../dataset.ts';
import type { NpyArray } from './npy.ts';

/** A part of samples: images, or what networks are to put out. */
interface ArrayPart {
  readonly count: number;
  readonly shape: Shape;
  readonly pixels: Pixels;
}

/** The numbers of an array, bytes as they are. @param elements of one sample @throws DataError */
function numbersOf(array: NpyArray, file: string, elements: number): Pixels {
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
        record: Math.floor(wrong / elements),
      });
  }
  return pixels;
}

/** (samples, height, width[, channels]). @throws DataError */
export function toImages(array: NpyArray, file: string): ArrayPart {
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
  const pixels = numbersOf(array, file, height * width * channels);
  return { count, shape: { height, width, channels }, pixels };
}

/** Class indices: (samples[, 1]). @throws DataError */
export function toLabels(array: NpyArray, file: string): Int32Array {
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
  return Int32Array.from(values);
}

/** Numbers to reach: (samples[, values]). @throws DataError */
export function toValues(array: NpyArray, file: string): ArrayPart {
  const [count, channels = 1] = array.shape;
  if (count === undefined || array.shape.length > 2)
    throw new DataError(
      file,
      `shape (${array.shape.join(', ')}) is no list of values; they have shape (samples,) or (samples, values)`,
    );
  return { count, shape: { height: 1, width: 1, channels }, pixels: numbersOf(array, file, channels) };
}
