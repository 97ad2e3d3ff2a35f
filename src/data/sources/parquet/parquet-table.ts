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

/** Rows that are decoded at once; images are small beside a row group. */
const ROWS = 256;

/** Names of columns of labels, the likeliest first. */
const LABELS = ['label', 'labels', 'fine_label', 'class', 'target'];

export interface ParquetColumns {
  readonly image: string;
  readonly label: string;
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
  return Array.isArray(found) && found.every((name) => typeof name === 'string') ? found : undefined;
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
    const metadata = await guarded(file, () => parquetMetadataAsync(bufferOf(bytes)));
    return new ParquetTable(file, bytes, metadata, columnsOf(file, metadata));
  }

  get count(): number {
    return Number(this.metadata.num_rows);
  }

  /** All rows, in order. @throws DataError */
  async *rows(): AsyncGenerator<ParquetRow> {
    const { file, metadata, columns, count } = this;
    for (let rowStart = 0; rowStart < count; rowStart += ROWS) {
      const rows = await guarded(file, () =>
        parquetReadObjects({
          file: bufferOf(this.bytes),
          metadata,
          columns: [columns.image, columns.label],
          rowStart,
          rowEnd: Math.min(count, rowStart + ROWS),
          utf8: false,
          compressors: COMPRESSORS,
        }),
      );
      for (const [i, row] of rows.entries()) yield rowOf(file, columns, row, rowStart + i);
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
  const label = LABELS.find((name) => names.includes(name)) ?? whole[0];
  if (label === undefined)
    throw new DataError(file, `no column has labels, such as \`label\`; there are ${named}`, {}, ['dataset', 'path']);
  const found = namesOf(metadata, label);
  return {
    image: image.element.name,
    label,
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
    throw new DataError(file, `\`${label}\` of row ${at + 1} is no label: ${String(known)}`, {}, ['dataset', 'path']);
  // An image that is missing is one that cannot be read.
  return { image: bytes instanceof Uint8Array ? bytes : new Uint8Array(), label: known };
}
