/** A Parquet file of labelled images: which columns these are, and their rows, some at a time. */
import * as zlib from 'node:zlib';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type Compressors,
  type FileMetaData,
} from 'hyparquet';
import { messageOf } from '../../../base/error-text.ts';
import { DataError } from '../../data-error.ts';
import type { OpenBytes } from '../../files/open-bytes.ts';

/** Snappy is the reader's own; Zstandard has come to Node.js late. */
const unpackZstd = (zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdDecompressSync;
const COMPRESSORS: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ...(unpackZstd && { ZSTD: unpackZstd }),
};

/**
 * Rows that are decoded at once: each time the whole column of a row group is read again, so that there are few times,
 * but no more bytes than these as far as the file says how many there are.
 */
const BYTES = 2 ** 26;
const ROWS = { least: 256, most: 2 ** 15 };

/** `PAR1` at both ends, and the length of what the file says of itself. */
const SHORTEST = 12;

/** Names of columns of labels, the likeliest first. */
const LABELS = ['label', 'labels', 'fine_label', 'class', 'target'];

export interface ParquetColumns {
  readonly image: string;
  readonly label: string;
  /** Are labels texts? Else they are whole numbers. */
  readonly text: boolean;
  /** Other columns that look like labels. */
  readonly others: readonly string[];
  /** Of the labels, in their order, where the file says them. */
  readonly names?: readonly string[];
}

export interface ParquetRow {
  readonly image: Uint8Array;
  readonly label: number | string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Names of classes as Hugging Face keeps them beside the schema. */
function namesOf({ key_value_metadata: pairs }: FileMetaData, label: string): readonly string[] | undefined {
  const text = pairs?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const key of ['info', 'features', label, 'names']) found = isRecord(found) ? found[key] : undefined;
  if (!Array.isArray(found) || found.length === 0) return undefined;
  return found.every((name) => typeof name === 'string') ? found : undefined;
}

export class ParquetTable {
  private constructor(
    readonly file: string,
    private readonly bytes: OpenBytes,
    private readonly metadata: FileMetaData,
    readonly columns: ParquetColumns,
  ) {}

  /** @throws DataError */
  static async open(bytes: OpenBytes): Promise<ParquetTable> {
    const { file } = bytes;
    if (bytes.size < SHORTEST)
      throw new DataError(file, `this is no Parquet file: it has ${bytes.size} bytes; was it written to its end?`);
    const metadata = await guarded(file, () => parquetMetadataAsync(bufferOf(bytes)));
    return new ParquetTable(file, bytes, metadata, columnsOf(file, metadata));
  }

  /** All rows, in order. @throws DataError */
  async *rows(): AsyncGenerator<ParquetRow> {
    const { file, metadata, columns } = this;
    for (const [rowStart, rowEnd] of this.stretches()) {
      const rows = await guarded(file, () =>
        parquetReadObjects({
          file: bufferOf(this.bytes),
          metadata,
          columns: [columns.image, columns.label],
          rowStart,
          rowEnd,
          utf8: false,
          compressors: COMPRESSORS,
        }),
      );
      for (const [i, row] of rows.entries()) yield rowOf(file, columns, row, rowStart + i);
    }
  }

  /** From and to which row is read at a time: within a row group. */
  private *stretches(): Generator<readonly [number, number]> {
    let first = 0;
    for (const group of this.metadata.row_groups) {
      const [rows, bytes] = [Number(group.num_rows), Number(group.total_byte_size)];
      const fitting = Math.floor((rows * BYTES) / Math.max(1, bytes));
      const step = Math.min(ROWS.most, Math.max(ROWS.least, fitting));
      for (let from = 0; from < rows; from += step) yield [first + from, first + Math.min(rows, from + step)];
      first += rows;
    }
  }
}

const bufferOf = (
  bytes: OpenBytes,
): { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> } => ({
  byteLength: bytes.size,
  slice: async (start, end = bytes.size) => {
    const part = new Uint8Array(Math.max(0, Math.min(end, bytes.size) - start));
    await bytes.fill(part, start);
    return part.buffer;
  },
});

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const [, codec] = /unsupported compression codec: (\w+)/.exec(messageOf(error)) ?? [];
    throw new DataError(
      file,
      codec === undefined
        ? `it cannot be read as Parquet: ${messageOf(error)}`
        : `its columns are packed by ${codec}, which is not read here: write the file with Snappy, the usual one`,
    );
  }
}

function columnsOf(file: string, metadata: FileMetaData): ParquetColumns {
  const { children } = parquetSchema(metadata);
  const named = children.map(({ element }) => element.name).join(', ');
  const images = children.filter(({ element, children: inner }) =>
    inner.length > 0
      ? inner.some((one) => one.element.name === 'bytes')
      : element.type === 'BYTE_ARRAY' && element.converted_type !== 'UTF8',
  );
  const [image] = images;
  if (!image)
    throw new DataError(
      file,
      `no column has images, which are structs with \`bytes\` or byte strings; there are ${named}`,
      {},
      ['dataset', 'path'],
    );
  const labels = children.filter(
    ({ element, children: inner }) =>
      inner.length === 0 && (/^INT(32|64)$/.test(element.type ?? '') || element.converted_type === 'UTF8'),
  );
  const names = labels.map(({ element }) => element.name);
  const whole = labels.filter(({ element }) => element.converted_type !== 'UTF8').map(({ element }) => element.name);
  const label = LABELS.find((name) => names.includes(name)) ?? (whole.length === 1 ? whole[0] : undefined);
  if (label === undefined && whole.length > 1)
    throw new DataError(
      file,
      `which column has the classes is not said: ${whole.map((name) => `\`${name}\``).join(', ')} have whole numbers; call that of the classes \`label\``,
      {},
      ['dataset', 'path'],
    );
  if (label === undefined)
    throw new DataError(
      file,
      `no column has labels: whole numbers, or texts in a column called ${LABELS.map((name) => `\`${name}\``).join(', ')}; there are ${named}: call the column of the classes \`label\``,
      {},
      ['dataset', 'path'],
    );
  const text = !whole.includes(label);
  // Names are those of numbers: texts are names themselves.
  const found = text ? undefined : namesOf(metadata, label);
  return {
    image: image.element.name,
    label,
    text,
    others: names.filter((name) => name !== label && /label/.test(name)),
    ...(found && { names: found }),
  };
}

function rowOf(file: string, { image, label }: ParquetColumns, row: Record<string, unknown>, at: number): ParquetRow {
  const stored = row[image];
  const bytes = isRecord(stored) && !(stored instanceof Uint8Array) ? stored['bytes'] : stored;
  const value = row[label];
  const known = typeof value === 'bigint' ? Number(value) : value;
  if ((typeof known !== 'number' || !Number.isSafeInteger(known)) && typeof known !== 'string')
    throw new DataError(
      file,
      `\`${label}\` of row ${at + 1} is no label: ${String(known)}; give it one, or leave the row out`,
      {},
      ['dataset', 'path'],
    );
  // An image that is missing is one that cannot be read.
  return { image: bytes instanceof Uint8Array ? bytes : new Uint8Array(), label: known };
}
