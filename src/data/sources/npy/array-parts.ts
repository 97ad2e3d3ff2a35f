/** What arrays of NumPy are to a data set: images and values, read when they are asked for, and labels. */
import { DataError } from '../../data-error.ts';
import { elementsOf, type Pixels, type Shape, type Source } from '../../dataset.ts';
import { beginning, type OpenFiles } from '../../files/open-bytes.ts';
import { MOST } from '../../files/regular-file.ts';
import { HeldSource } from '../held-source.ts';
import { storedSource } from '../stored-source.ts';
import { npyBytes, npyLayout, readNpy, type NpyArray } from './npy.ts';

/** (samples, height, width[, channels]). @throws DataError */
export const openImages = (file: string, files: OpenFiles, channels: Channels = 'last'): Promise<Source> =>
  openSamples(file, files, (sizes) => imageShape(sizes, file, channels), channels);

/** Where the channels of an image's array are: before its height, or after its width. */
export type Channels = 'first' | 'last';

/** Numbers to reach: (samples[, values]). @throws DataError */
export const openValues = (file: string, files: OpenFiles): Promise<Source> => openSamples(file, files, valueShape);

/** @param shapeOf from the sizes of the array to the shape of one sample */
async function openSamples(
  file: string,
  files: OpenFiles,
  shapeOf: (sizes: readonly number[], file: string) => Shape,
  channels: Channels = 'last',
): Promise<Source> {
  const bytes = await files.open(file, { of: npyBytes(file) });
  const layout = npyLayout(await beginning(bytes), bytes.size, file);
  const shape = shapeOf(layout.shape, file);
  // Samples that lie scattered are put in order once, in memory: no piece of the file is a sample.
  if (!layout.rowMajor) {
    if (bytes.size > MOST.data)
      throw new DataError(
        file,
        `the first axis varies fastest (Fortran order), so that ${bytes.size} bytes would have to be read at once: save np.ascontiguousarray(array)`,
      );
    const { data } = await readNpy(file);
    await bytes.close();
    return new HeldSource(file, shape, ordered(toPixels(data), shape, channels));
  }
  return storedSource({
    name: file,
    shape,
    type: layout.dtype === 'uint8' ? 'uint8' : 'float32',
    recordBytes: elementsOf(shape) * layout.elementBytes,
    files: [{ bytes, start: layout.dataStart, count: layout.shape[0]! }],
    ...((!layout.plain || channels === 'first') && {
      decode: (records) => ordered(toPixels(layout.decode(records)), shape, channels),
    }),
  });
}

/** Planes of a channel each become pixels. */
function ordered(values: Pixels, shape: Shape, from: Channels): Pixels {
  const plane = shape.height * shape.width;
  const { channels } = shape;
  if (from === 'last' || channels === 1 || plane === 1) return values;
  const made = values instanceof Uint8Array ? new Uint8Array(values.length) : new Float32Array(values.length);
  for (let image = 0; image < values.length; image += plane * channels)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < plane; i++) made[image + i * channels + c] = values[image + c * plane + i]!;
  return made;
}

function imageShape(sizes: readonly number[], file: string, order: Channels): Shape {
  if (order === 'first' && sizes.length === 4) {
    const [, channels, height, width] = sizes as [number, number, number, number];
    return { height, width, channels };
  }
  const [count, height, width, channels = 1] = sizes;
  if (sizes.length < 3 || sizes.length > 4 || count === undefined || height === undefined || width === undefined) {
    throw new DataError(
      file,
      `shape (${sizes.join(', ')}) is no set of images; they have shape (samples, height, width, channels)${sizes.length === 2 ? ': flattened ones are x.reshape(-1, height, width, channels)' : ''}`,
    );
  }
  return { height, width, channels };
}

function valueShape(sizes: readonly number[], file: string): Shape {
  const [count, channels = 1] = sizes;
  if (count === undefined || sizes.length > 2)
    throw new DataError(
      file,
      `shape (${sizes.join(', ')}) is no list of values; they have shape (samples,) or (samples, values)`,
    );
  return { height: 1, width: 1, channels };
}

/** Bytes stay bytes; all else becomes floats. */
function toPixels(data: NpyArray['data']): Pixels {
  if (data instanceof Uint8Array || data instanceof Float32Array) return data;
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float32Array.from(data as ArrayLike<bigint>, Number)
    : Float32Array.from(data);
}

/** Class indices: (samples[, 1]). @throws DataError */
export async function readLabels(file: string): Promise<Int32Array> {
  const { shape, data } = await readNpy(file);
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!flat)
    throw new DataError(
      file,
      `shape (${shape.join(', ')}) is no list of labels; labels are class indices of shape (samples,), so save np.argmax(y, axis=1) for one-hot rows`,
    );
  const values = new Float64Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = Number(data[i]);
  const wrong = values.findIndex((value) => !Number.isInteger(value) || Math.abs(value) >= 2 ** 31);
  if (wrong >= 0)
    throw new DataError(
      file,
      `label ${values[wrong]} is not a class index; where it is a number to be predicted, write \`task: regression\``,
      { record: wrong },
      ['task'],
    );
  return Int32Array.from(values);
}
