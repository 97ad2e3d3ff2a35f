/** Strict reader of NumPy's `.npy` files, versions 1 to 3, little-endian and C order. */
import { DataError } from './error.ts';
import { readBytes } from './files.ts';

/** How each element type is read, by its `descr` without the byte order. */
const TYPES = {
  i1: { dtype: 'int8', bytes: 1, view: (buffer: ArrayBuffer) => new Int8Array(buffer) },
  u1: { dtype: 'uint8', bytes: 1, view: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
  i2: { dtype: 'int16', bytes: 2, view: (buffer: ArrayBuffer) => new Int16Array(buffer) },
  i4: { dtype: 'int32', bytes: 4, view: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  i8: { dtype: 'int64', bytes: 8, view: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  f4: { dtype: 'float32', bytes: 4, view: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  f8: { dtype: 'float64', bytes: 8, view: (buffer: ArrayBuffer) => new Float64Array(buffer) },
} as const;

interface ArrayTypes { int8: Int8Array; uint8: Uint8Array; int16: Int16Array; int32: Int32Array; int64: BigInt64Array; float32: Float32Array; float64: Float64Array }

/** An array and its shape; `data` is row-major and owns its memory. */
export type NpyArray = { [D in keyof ArrayTypes]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayTypes[D] } }[keyof ArrayTypes];

const SUPPORTED = Object.values(TYPES).map((type) => type.dtype).join(', ');
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads an `.npy` file (or `.npy.gz`). @throws DataError naming file, byte, and remedy. */
export async function readNpy(file: string): Promise<NpyArray> {
  return parseNpy(await readBytes(file), file);
}

/** The same from bytes; `name` is what messages call them. */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new DataError(name, 'this is no .npy file: it does not begin with \\x93NUMPY', { byte: 0 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version !== 1 && version !== 2 && version !== 3) throw new DataError(name, `.npy version ${version ?? 'missing'} is not supported; 1, 2 and 3 are`, { byte: 6 });
  const lengthBytes = version === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) throw new DataError(name, 'the file ends inside its header', { byte: bytes.length });
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = start + headerLength;
  if (bytes.length < dataStart) throw new DataError(name, `the file ends inside its header, which says it is ${headerLength} bytes long`, { byte: bytes.length });
  const header = parseHeader(Buffer.from(bytes.buffer, bytes.byteOffset + start, headerLength).toString(version === 3 ? 'utf8' : 'latin1'), name, start);

  const order = header.descr[0];
  const type = TYPES[header.descr.slice(1) as keyof typeof TYPES] as (typeof TYPES)[keyof typeof TYPES] | undefined;
  if (type === undefined || order === undefined || !'<|>='.includes(order)) throw new DataError(name, `element type '${header.descr}' is not supported; supported are ${SUPPORTED}`, { byte: start });
  if (order === '>' && type.bytes > 1) throw new DataError(name, `element type '${header.descr}' is big-endian; save it with .astype('<${header.descr.slice(1)}')`, { byte: start });
  if (header.fortran) throw new DataError(name, 'the array is in Fortran order; save np.ascontiguousarray(array)', { byte: start });

  const elements = header.shape.reduce((product, size) => product * size, 1);
  const wanted = elements * type.bytes;
  const found = bytes.length - dataStart;
  if (found !== wanted) {
    const kind = found < wanted ? 'the file ends too early' : 'the file is longer than its shape says';
    throw new DataError(name, `${kind}: shape (${header.shape.join(', ')}) of ${type.dtype} needs ${wanted} bytes of data, there are ${found}`, { byte: Math.min(bytes.length, dataStart + wanted) });
  }
  const buffer = new ArrayBuffer(wanted);
  new Uint8Array(buffer).set(bytes.subarray(dataStart));
  return { dtype: type.dtype, shape: header.shape, data: type.view(buffer) } as NpyArray;
}

/** The header is a Python dictionary literal with exactly three keys, in any order. */
function parseHeader(text: string, name: string, byte: number): { descr: string; fortran: boolean; shape: readonly number[] } {
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1] ?? '';
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(body)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(body)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,]*)\)/.exec(body)?.[1];
  if (/['"]descr['"]\s*:\s*\[/.test(body)) throw new DataError(name, 'structured arrays are not supported; save a plain array', { byte });
  if (descr === undefined || fortran === undefined || shape === undefined) throw new DataError(name, `the header is not one that NumPy writes: ${JSON.stringify(text.slice(0, 80))}`, { byte });
  const sizes = shape.split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
  if (sizes.some((size) => !Number.isSafeInteger(size))) throw new DataError(name, `the shape (${shape}) is not whole numbers`, { byte });
  return { descr, fortran: fortran === 'True', shape: sizes };
}
