/** Strict reader of NumPy's `.npy` files, versions 1 to 3, of either byte order and either order of axes. */
import { sayKind } from '../../../base/file-kinds.ts';
import { float16Values } from '../../../base/float16.ts';
import { DataError } from '../../data-error.ts';
import { readBytes } from '../../files/data-files.ts';
import { rowMajor, swapBytes } from './npy-order.ts';

/**
 * How each element type is read, by its `descr` without the byte order. Half floats become floats, truth values bytes
 * of 0 and 1.
 */
const TYPES = {
  i1: { dtype: 'int8', bytes: 1, view: (buffer: ArrayBuffer) => new Int8Array(buffer) },
  u1: { dtype: 'uint8', bytes: 1, view: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
  b1: {
    dtype: 'uint8',
    bytes: 1,
    view: (buffer: ArrayBuffer) => new Uint8Array(buffer).map((value) => (value === 0 ? 0 : 1)),
  },
  i2: { dtype: 'int16', bytes: 2, view: (buffer: ArrayBuffer) => new Int16Array(buffer) },
  u2: { dtype: 'uint16', bytes: 2, view: (buffer: ArrayBuffer) => new Uint16Array(buffer) },
  i4: { dtype: 'int32', bytes: 4, view: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  u4: { dtype: 'uint32', bytes: 4, view: (buffer: ArrayBuffer) => new Uint32Array(buffer) },
  i8: { dtype: 'int64', bytes: 8, view: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  u8: { dtype: 'uint64', bytes: 8, view: (buffer: ArrayBuffer) => new BigUint64Array(buffer) },
  f2: { dtype: 'float32', bytes: 2, view: float16Values },
  f4: { dtype: 'float32', bytes: 4, view: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  f8: { dtype: 'float64', bytes: 8, view: (buffer: ArrayBuffer) => new Float64Array(buffer) },
} as const;

interface ArrayTypes {
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** An array and its shape; `data` is row-major and owns its memory. */
export type NpyArray = {
  [D in keyof ArrayTypes]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayTypes[D] };
}[keyof ArrayTypes];

const SUPPORTED = 'bool, int8 to int64, uint8 to uint64, float16, float32, float64';

/** What to save in the place of types that hold no numbers, by the letter of their `descr`. */
const REMEDIES: Readonly<Record<string, string>> = {
  O: 'an array of Python objects, which NumPy makes of rows of different lengths: bring them to one shape and save np.stack(rows); and of columns of texts: save class indices, np.unique(y, return_inverse=True)[1]',
  U: 'an array of texts: save class indices, np.unique(y, return_inverse=True)[1]',
  S: 'an array of texts: save class indices, np.unique(y, return_inverse=True)[1]',
  c: 'an array of complex numbers: save np.abs(array)',
  M: 'an array of dates: save numbers',
  m: 'an array of durations: save numbers',
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads an `.npy` file, gzip or not. @throws DataError naming file, byte, and remedy. */
export async function readNpy(file: string): Promise<NpyArray> {
  return parseNpy(await readBytes(file, { of: npyBytes(file) }), file);
}

/** What stands before the data. */
interface Start {
  readonly order: string;
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
  readonly wanted: number;
}

/** NumPy itself takes headers of 10,000 bytes at most, unless it is told to trust them. */
const LONGEST_HEADER = 60_000;

/** What stands before the data, and how many bytes of data belong to it. @throws DataError */
function parseStart(bytes: Uint8Array, name: string): Start {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError(name, sayKind(bytes, 'this is no .npy file: it does not begin with \\x93NUMPY'), { byte: 0 });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version !== 1 && version !== 2 && version !== 3)
    throw new DataError(name, `.npy version ${version ?? 'missing'} is not supported; 1, 2 and 3 are`, { byte: 6 });
  const lengthBytes = version === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) throw new DataError(name, 'the file ends inside its header', { byte: bytes.length });
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerLength > LONGEST_HEADER)
    throw new DataError(
      name,
      `the header says that it is ${headerLength} bytes long; NumPy writes less than ${LONGEST_HEADER}`,
      { byte: 8 },
    );
  const dataStart = start + headerLength;
  if (bytes.length < dataStart)
    throw new DataError(name, `the file ends inside its header, which says it is ${headerLength} bytes long`, {
      byte: bytes.length,
    });
  const header = parseHeader(
    Buffer.from(bytes.buffer, bytes.byteOffset + start, headerLength).toString(version === 3 ? 'utf8' : 'latin1'),
    name,
    start,
  );

  const order = header.descr[0];
  const type = TYPES[header.descr.slice(1) as keyof typeof TYPES] as (typeof TYPES)[keyof typeof TYPES] | undefined;
  if (type === undefined || order === undefined || !'<|>='.includes(order)) {
    const remedy = REMEDIES[header.descr.slice(1, 2)];
    throw new DataError(
      name,
      `element type '${header.descr}' is not supported${remedy === undefined ? '' : ` (${remedy})`}; supported are ${SUPPORTED}`,
      { byte: start },
    );
  }

  return {
    order,
    type,
    fortran: header.fortran,
    shape: header.shape,
    dataStart,
    wanted: header.shape.reduce((product, size) => product * size, type.bytes),
  };
}

/** @throws DataError where a file of `size` bytes holds other than what its start says */
function checkSize({ type, shape, dataStart, wanted }: Start, size: number, name: string): void {
  const found = size - dataStart;
  if (found === wanted) return;
  const kind = found < wanted ? 'the file ends too early' : 'the file is longer than its shape says';
  throw new DataError(
    name,
    `${kind}: shape (${shape.join(', ')}) of ${type.dtype} needs ${wanted} bytes of data, there are ${found}`,
    { byte: Math.min(size, dataStart + wanted) },
  );
}

/** Bytes of a whole `.npy` file by its beginning. @throws DataError */
export const npyBytes =
  (file: string) =>
  (start: Uint8Array): number => {
    const { dataStart, wanted } = parseStart(start, file);
    return dataStart + wanted;
  };

/** An array that is not read yet. */
export interface NpyLayout {
  readonly dtype: NpyArray['dtype'];
  readonly shape: readonly number[];
  readonly dataStart: number;
  readonly elementBytes: number;
  /** Do the last axes vary fastest, so that what belongs to one index of the first lies together? */
  readonly rowMajor: boolean;
  /** The bytes of elements are their values. */
  readonly plain: boolean;
  /** Elements from their bytes, whose memory is given away. */
  decode(bytes: Uint8Array<ArrayBuffer>): NpyArray['data'];
}

/** Where the elements of a file lie, by its beginning and its size. @throws DataError */
export function npyLayout(beginning: Uint8Array, size: number, name: string): NpyLayout {
  const start = parseStart(beginning, name);
  checkSize(start, size, name);
  const { type, order, shape, dataStart, fortran } = start;
  return {
    dtype: type.dtype,
    shape,
    dataStart,
    elementBytes: type.bytes,
    rowMajor: !fortran,
    plain: type === TYPES.u1,
    decode(bytes) {
      if (order === '>') swapBytes(bytes, type.bytes);
      return type.view(bytes.buffer);
    },
  };
}

/** The same from bytes; `name` is what messages call them. */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const start = parseStart(bytes, name);
  checkSize(start, bytes.length, name);
  const { order, type, fortran, shape, dataStart, wanted } = start;
  const content = new Uint8Array(new ArrayBuffer(wanted));
  content.set(bytes.subarray(dataStart));
  if (order === '>') swapBytes(content, type.bytes);
  const ordered = fortran ? rowMajor(content, shape, type.bytes) : content;
  return { dtype: type.dtype, shape, data: type.view(ordered.buffer) } as NpyArray;
}

/** The header is a Python dictionary literal with exactly three keys, in any order; Python 2 writes sizes as `60L`. */
function parseHeader(
  text: string,
  name: string,
  byte: number,
): { descr: string; fortran: boolean; shape: readonly number[] } {
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1] ?? '';
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(body)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(body)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(body)?.[1];
  if (/['"]descr['"]\s*:\s*\[/.test(body))
    throw new DataError(name, 'structured arrays are not supported; save a plain array', { byte });
  if (descr === undefined || fortran === undefined || shape === undefined)
    throw new DataError(name, `the header is not one that NumPy writes: ${JSON.stringify(text.slice(0, 80))}`, {
      byte,
    });
  const sizes = shape
    .split(',')
    .map((part) => part.trim().replace(/(?<=\d)L$/, ''))
    .filter((part) => part !== '')
    .map(Number);
  if (sizes.some((size) => !Number.isSafeInteger(size)))
    throw new DataError(name, `the shape (${shape}) is not whole numbers`, { byte });
  return { descr, fortran: fortran === 'True', shape: sizes };
}
