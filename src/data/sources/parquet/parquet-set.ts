/**
 * Labelled images in Parquet files, as Hugging Face's hub has them. Their rows cannot be read at random: the images,
 * as they are packed, go into memory or a temporary file once, and are decoded from there.
 */
import { createHash } from 'node:crypto';
import type { DatasetSpec } from '../../../network/types.ts';
import type { PrepareStep } from '../../../wire/preparation/step-table.ts';
import { messageOf } from '../../../base/error-text.ts';
import { DataError, MOST_CLASSES, renumbering } from '../../data-error.ts';
import type { Shape, SourceSet } from '../../dataset.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { Spool } from '../../files/spool.ts';
import { allOf, drawTest } from '../drawn-test.ts';
import { byBytes } from '../folder/file-list.ts';
import { openImageSet } from '../folder/image-set.ts';
import type { ImageList } from '../folder/image-source.ts';
import { Unsound } from '../unsound.ts';
import { findParquet } from './parquet-files.ts';
import { ParquetTable, type ParquetColumns } from './parquet-table.ts';

/** The rows of some files, one after another. */
class Rows {
  readonly labels: (number | string)[] = [];
  private readonly starts: { readonly first: number; readonly file: string }[] = [];
  private readonly hash = createHash('sha256');

  constructor(
    readonly folder: string,
    readonly spool: Spool,
  ) {}

  get count(): number {
    return this.labels.length;
  }

  /** @throws DataError */
  async read(table: ParquetTable): Promise<void> {
    this.starts.push({ first: this.count, file: table.file });
    for await (const { image, label } of table.rows()) {
      this.labels.push(label);
      this.hash.update(image).update(`${label}\n`);
      try {
        await this.spool.add(image);
      } catch (error) {
        throw new DataError(table.file, `its images cannot be kept: ${messageOf(error)}`);
      }
    }
  }

  fileOf(index: number): string {
    return this.startOf(index).file;
  }

  /** 'data/train.parquet:12': the file, and the row in it from 1. */
  name(index: number): string {
    const { first, file } = this.startOf(index);
    return `${file}:${index - first + 1}`;
  }

  private startOf(index: number): { readonly first: number; readonly file: string } {
    return this.starts.findLast(({ first }) => first <= index)!;
  }

  /** Of what was read, whatever it is named. Call it once. */
  digest(): Uint8Array {
    return this.hash.digest();
  }
}

/** What the labels of all files mean. */
interface Labelling {
  readonly classes: number;
  readonly names?: readonly string[];
  /** A label as a number. */
  numberOf(label: number | string): number;
}

/** As they are where they are whole numbers, else in the order of their names. @throws DataError */
function labelling(rows: readonly Rows[], { names, text }: ParquetColumns, file: string): Labelling {
  const labels = new Set(rows.flatMap((one) => [...new Set(one.labels)]));
  if (text) {
    const found = [...labels].map(String).sort(byBytes);
    const order = new Map(found.map((name, i) => [name, i]));
    return { classes: found.length, names: found, numberOf: (label) => order.get(String(label))! };
  }
  const numbers = [...labels].map(Number);
  if (numbers.includes(-1))
    throw new DataError(
      file,
      'label -1 says that a part has no labels, as test parts of competitions have none: move its files away',
    );
  const most = names?.length ?? MOST_CLASSES;
  const wrong = numbers.find((label) => label < 0 || label >= most);
  if (wrong !== undefined) {
    const cause = renumbering([numbers], names?.length ?? numbers.length);
    throw new DataError(
      file,
      `label ${wrong} is not among the ${names?.length ?? `${MOST_CLASSES} possible`} classes: labels begin at 0${cause === undefined ? '' : `. ${cause}`}`,
    );
  }
  const classes = names?.length ?? numbers.reduce((last, label) => Math.max(last, label), -1) + 1;
  return { classes, ...(names && { names }), numberOf: Number };
}

/** Files of one set have the same columns, and their labels the same meaning. @throws DataError */
function checkAlike(file: string, columns: ParquetColumns, first: ParquetColumns): void {
  const { image, label, text, names } = first;
  if (columns.label !== label || columns.image !== image)
    throw new DataError(file, `its columns are not those of the first file, ${image} and ${label}`);
  if (columns.text !== text)
    throw new DataError(
      file,
      `its column ${label} has ${columns.text ? 'texts' : 'numbers'}, that of the first file ${text ? 'texts' : 'numbers'}: write all files anew with one of both`,
    );
  const other = columns.names?.findIndex((name, i) => name !== names?.[i]) ?? -1;
  if (names && columns.names && (other >= 0 || columns.names.length !== names.length))
    throw new DataError(
      file,
      other >= 0
        ? `its class ${other} is called ${columns.names[other]}, that of the first file ${names[other] ?? 'nothing'}: the same number would mean two things; write all files anew with the same classes`
        : `it has ${columns.names.length} classes, the first file ${names.length}: write all files anew with the same classes`,
    );
}

/** @throws DataError */
export async function openParquetSet(
  path: string,
  spec: DatasetSpec,
  steps: readonly PrepareStep[],
  input: Shape,
  files: OpenFiles,
): Promise<SourceSet> {
  const parts = await findParquet(path);
  let memory = files.memory;
  let columns: ParquetColumns | undefined;
  const readAll = async (list: readonly string[]): Promise<Rows> => {
    const spool = new Spool(memory);
    files.keep(spool);
    const rows = new Rows(path, spool);
    for (const file of list) {
      const bytes = await files.open(file);
      const table = await ParquetTable.open(bytes);
      columns ??= table.columns;
      checkAlike(file, table.columns, columns);
      await rows.read(table);
      await bytes.close();
    }
    await spool.flush();
    memory = Math.max(0, memory - spool.bytes);
    return rows;
  };
  // A part for validation is the test where there is no other; beside one it is left to the training.
  const tested = parts.test.length > 0 ? parts.test : parts.validation;
  const held = parts.test.length > 0 ? parts.validation : [];
  const training = await readAll([...parts.train, ...held]);
  const testing = tested.length > 0 ? await readAll(tested) : undefined;
  const first = parts.train[0]!;
  if (training.count === 0) throw new DataError(first, 'there are no rows');
  const { classes, names, numberOf } = labelling([training, ...(testing ? [testing] : [])], columns!, first);
  const drawn = testing
    ? undefined
    : drawTest(path, training.count, (i) => numberOf(training.labels[i]!), classes, spec.seed ?? 0);
  const imagesOf = (rows: Rows): ImageList => {
    const digest = rows.digest();
    return {
      count: rows.count,
      label: (index) => numberOf(rows.labels[index]!),
      name: (index) => rows.name(index),
      wanted: async (index) => ({ file: rows.name(index), bytes: await rows.spool.read(index) }),
      contents: () => [digest],
    };
  };
  const trainImages = imagesOf(training);
  const testImages = testing ? imagesOf(testing) : trainImages;
  const { others, label } = columns!;
  return openImageSet(
    {
      path,
      train: { name: first, images: trainImages, chosen: drawn?.train ?? allOf(training.count) },
      test: { name: tested[0] ?? first, images: testImages, chosen: drawn?.test ?? allOf(testImages.count) },
      ...(held.length > 0 && { heldBack: heldBackOf(training, parts.train) }),
      classes,
      ...(names && { classNames: { file: first, names } }),
      unsound: new Unsound(path, training.count + (testing?.count ?? 0), 'images', spec.damaged),
      notes: others.length > 0 ? [`classes are those of the column ${label}, not of ${others.join(', ')}`] : [],
    },
    steps,
    input,
    files,
  );
}

/** The rows that do not come from files of the training part. */
function heldBackOf(rows: Rows, training: readonly string[]): Int32Array {
  const files = new Set(training);
  return allOf(rows.count).filter((index) => !files.has(rows.fileOf(index)));
}
