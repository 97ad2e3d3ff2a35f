/**
 * What programs that run a .tflite want to know of its tensors, as TensorFlow Lite's metadata: how inputs are
 * normalised, and a file of class names.
 * Source: tensorflow_lite_support/metadata/metadata_schema.fbs (file identifier M001); fields are counted from 0 in the
 * order of that schema.
 */
import * as flatbuffers from 'flatbuffers';
import { crc32 } from 'node:zlib';
import type { DataFacts } from '../../wire/run.ts';

/** Name of the metadata in the model. */
export const MODEL_METADATA = 'TFLITE_METADATA';
/** Name of the file with the class names. */
export const LABELS_FILE = 'labels.txt';

const FILE_IDENTIFIER = 'M001';
/** The first version of the schema has all that is used here. */
const MIN_PARSER_VERSION = '1.0.0';
/** AssociatedFileType.TENSOR_AXIS_LABELS */
const TENSOR_AXIS_LABELS = 2;
/** ProcessUnitOptions.NormalizationOptions */
const NORMALIZATION_OPTIONS = 1;

type Field = { readonly at: number } & ({ readonly offset: flatbuffers.Offset } | { readonly byte: number });

function table(flat: flatbuffers.Builder, size: number, fields: readonly Field[]): flatbuffers.Offset {
  flat.startObject(size);
  for (const field of fields) {
    if ('offset' in field) flat.addFieldOffset(field.at, field.offset, 0);
    else flat.addFieldInt8(field.at, field.byte, 0);
  }
  return flat.endObject();
}

function vector(flat: flatbuffers.Builder, offsets: readonly flatbuffers.Offset[]): flatbuffers.Offset {
  flat.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) flat.addOffset(offset);
  return flat.endVector();
}

function floats(flat: flatbuffers.Builder, values: readonly number[]): flatbuffers.Offset {
  flat.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) flat.addFloat32(value);
  return flat.endVector();
}

/** The metadata of a model with one input and one output. */
export function modelMetadata(
  name: string,
  description: string,
  { normalisation: { mean, std }, classNames }: DataFacts,
): Uint8Array {
  const flat = new flatbuffers.Builder(1024);
  const text = (value: string): flatbuffers.Offset => flat.createString(value);
  const options = table(flat, 2, [
    { at: 0, offset: floats(flat, mean) },
    { at: 1, offset: floats(flat, std) },
  ]);
  const unit = table(flat, 2, [
    { at: 0, byte: NORMALIZATION_OPTIONS },
    { at: 1, offset: options },
  ]);
  const input = table(flat, 7, [
    { at: 0, offset: text('input') },
    { at: 4, offset: vector(flat, [unit]) },
  ]);
  const labels = classNames
    ? [
        table(flat, 5, [
          { at: 0, offset: text(LABELS_FILE) },
          { at: 2, byte: TENSOR_AXIS_LABELS },
        ]),
      ]
    : [];
  const output = table(flat, 7, [
    { at: 0, offset: text('output') },
    ...(labels.length > 0 ? [{ at: 6, offset: vector(flat, labels) }] : []),
  ]);
  const graph = table(flat, 10, [
    { at: 2, offset: vector(flat, [input]) },
    { at: 3, offset: vector(flat, [output]) },
  ]);
  flat.finish(
    table(flat, 8, [
      { at: 0, offset: text(name) },
      { at: 1, offset: text(description) },
      { at: 3, offset: vector(flat, [graph]) },
      { at: 7, offset: text(MIN_PARSER_VERSION) },
    ]),
    FILE_IDENTIFIER,
  );
  return flat.asUint8Array();
}

/** Fields of a ZIP record: little-endian numbers of 2 or 4 bytes. */
function record(fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

const ZIP_VERSION = 20;
/** 1 January 1980: the first day that ZIP knows, so that a file does not depend on when it was written. */
const ZIP_DATE = 0x21;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The model with a file behind it, as readers of associated files expect it: an uncompressed ZIP archive whose offsets
 * count from the model's beginning.
 */
export function withAssociatedFile(model: Uint8Array, fileName: string, content: string): Uint8Array {
  const name = new TextEncoder().encode(fileName);
  const data = new TextEncoder().encode(content);
  const common = [
    [2, 0],
    [2, 0],
    [2, 0],
    [2, ZIP_DATE],
    [4, crc32(data)],
    [4, data.length],
    [4, data.length],
    [2, name.length],
    [2, 0],
  ] as const;
  const local = joined([record([[4, 0x04034b50], [2, ZIP_VERSION], ...common]), name, data]);
  const central = joined([
    record([
      [4, 0x02014b50],
      [2, ZIP_VERSION],
      [2, ZIP_VERSION],
      ...common,
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, model.length],
    ]),
    name,
  ]);
  const end = record([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, 1],
    [2, 1],
    [4, central.length],
    [4, model.length + local.length],
    [2, 0],
  ]);
  return joined([model, local, central, end]);
}
