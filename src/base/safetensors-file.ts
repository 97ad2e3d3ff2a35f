/**
 * The safetensors container: named arrays behind a JSON header (8 bytes of header length, header, data; little-endian).
 */
import { isRecord } from './validate.ts';
import { DamagedFileError } from './damage.ts';

export type TensorValues = Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** One named array; `shape` multiplies to the number of values. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface SafetensorsFile {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

type Typed = new (buffer: ArrayBuffer) => TensorValues;

const TYPES: Readonly<Record<string, { readonly type: Typed; readonly bytes: number }>> = {
  F32: { type: Float32Array, bytes: 4 },
  I32: { type: Int32Array, bytes: 4 },
  I16: { type: Int16Array, bytes: 2 },
  I8: { type: Int8Array, bytes: 1 },
  U8: { type: Uint8Array, bytes: 1 },
};

/** Bytes to which the data section is aligned, as the format's own writer does. */
const ALIGNMENT = 8;
/** Of what is read here, in bytes: a header names tensors, it holds none. */
export const LONGEST_HEADER = 16 * 2 ** 20;

const typeName = (values: TensorValues): string =>
  Object.keys(TYPES).find((name) => values instanceof TYPES[name]!.type)!;
const product = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/**
 * Writes named arrays and string metadata as a safetensors file. Wide types come first, so that every array is aligned.
 * Throws RangeError on a shape that does not fit its values, and on a repeated name.
 */
export function writeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = tensors
    .map((tensor) => ({ tensor, dtype: typeName(tensor.values) }))
    .sort((a, b) => TYPES[b.dtype]!.bytes - TYPES[a.dtype]!.bytes);
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const {
    tensor: { name, shape, values },
    dtype,
  } of ordered) {
    if (name in header || name === '__metadata__') throw new RangeError(`tensor name '${name}' is taken`);
    if (product(shape) !== values.length)
      throw new RangeError(`tensor '${name}': ${values.length} values do not fill ${shape.join('x')}`);
    header[name] = { dtype, shape, data_offsets: [offset, (offset += values.byteLength)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes).set(json, 8);
  let at = 8 + headerBytes;
  for (const {
    tensor: { values },
  } of ordered) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function readHeader(file: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (file.length < 8) throw new DamagedFileError(`not a safetensors file: ${file.length} bytes, at least 8 expected`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(LONGEST_HEADER, file.length - 8)))
    throw new DamagedFileError(`not a safetensors file: a header of ${length} bytes in a file of ${file.length}`);
  const end = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, end)));
  } catch {
    header = undefined;
  }
  if (!isRecord(header)) throw new DamagedFileError('not a safetensors file: the header is not a JSON object');
  return { header, data: file.subarray(end) };
}

function readTensor(name: string, entry: unknown, data: Uint8Array): NamedTensor {
  const wrong = (what: string): DamagedFileError => new DamagedFileError(`safetensors: tensor '${name}' ${what}`);
  if (!isRecord(entry)) throw wrong('has no description');
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeof dtype === 'string' ? TYPES[dtype] : undefined;
  if (!type)
    throw wrong(
      `has type ${dtype === undefined ? 'none' : JSON.stringify(dtype)}; known are ${Object.keys(TYPES).join(', ')}`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount)) throw wrong('has no valid shape');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw wrong('has no valid data_offsets');
  const [start, end] = offsets as [number, number];
  if (end > data.length || end - start !== product(shape) * type.bytes) {
    throw wrong(
      `has bytes ${start}..${end} of ${data.length} for ${shape.join('x')} of ${String(dtype)}: the file is cut short or damaged`,
    );
  }
  // A copy by constructor: `slice` of a node Buffer would be a view of its pool.
  return { name, shape, values: new type.type(new Uint8Array(data.subarray(start, end)).buffer) };
}

function metadataOf({ __metadata__: metadata = {} }: Record<string, unknown>): Record<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw new DamagedFileError('safetensors: __metadata__ may hold strings only');
  return metadata as Record<string, string>;
}

/** Bytes of a file up to its data, from the first 8 of them. */
export const headerEnd = (start: Uint8Array): number =>
  8 + Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));

/** The metadata alone, from a file or its first `headerEnd` bytes. Throws as `readSafetensors` does. */
export const readMetadata = (file: Uint8Array): Readonly<Record<string, string>> => metadataOf(readHeader(file).header);

/** Reads a safetensors file. Throws DamagedFileError. Arrays are copies. */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  const { header, data } = readHeader(file);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return { tensors: entries.map(([name, entry]) => readTensor(name, entry, data)), metadata: metadataOf(header) };
}
