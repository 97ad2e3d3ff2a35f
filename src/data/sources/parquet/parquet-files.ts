/** Which Parquet files below a folder are which part of a data set: by their names, as Hugging Face writes them. */
import { basename, dirname, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { DataError } from '../../data-error.ts';
import { byBytes } from '../folder/file-list.ts';
import { entriesOf } from '../folder/walk.ts';

/** How deep files may lie: a repository has them in `data`, its conversion in a folder for each configuration. */
const DEPTH = 3;

const PARTS = {
  train: ['train', 'training'],
  test: ['test', 'testing'],
  validation: ['validation', 'valid', 'val', 'dev'],
} as const;
type PartName = keyof typeof PARTS;

export interface ParquetParts {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

function below(folder: string, depth = 0): string[] {
  return [...entriesOf(folder)].flatMap(({ name, isFolder }) => {
    const path = join(folder, name);
    if (isFolder) return depth < DEPTH && !name.startsWith('.') ? below(path, depth + 1) : [];
    return /\.parquet$/i.test(name) ? [path] : [];
  });
}

/** `train-00000-of-00001.parquet`, `train/0000.parquet`; undefined where neither name says a part. */
function partOf(file: string): PartName | undefined {
  const words = [basename(file), basename(dirname(file))].map((name) => /^[a-z]+/.exec(name.toLowerCase())?.[0] ?? '');
  for (const word of words)
    for (const [part, names] of Object.entries(PARTS))
      if ((names as readonly string[]).includes(word)) return part as PartName;
  return undefined;
}

/** @param path a folder, or a single file @throws DataError */
export async function findParquet(path: string): Promise<ParquetParts> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new DataError(path, 'there is no such file or folder', {}, ['dataset', 'path']);
  // What is neither is refused where it is opened.
  if (!found.isDirectory()) return { train: [path], validation: [], test: [] };
  const files = below(path).sort(byBytes);
  if (files.length === 0)
    throw new DataError(path, 'there is no .parquet file in it or in the folders below', {}, ['dataset', 'path']);
  const of = (part: PartName): string[] => files.filter((file) => partOf(file) === part);
  const parts = { train: of('train'), validation: of('validation'), test: of('test') };
  if (parts.train.length > 0) return parts;
  const unnamed = files.filter((file) => partOf(file) === undefined);
  if (unnamed.length > 0 && unnamed.length === files.length) return { train: unnamed, validation: [], test: [] };
  throw new DataError(
    path,
    `no .parquet file is of the training part: names begin with \`train\`, or lie in a folder \`train\`; there is ${basename(files[0]!)}`,
    {},
    ['dataset', 'path'],
  );
}
