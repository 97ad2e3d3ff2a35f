/** Finding and reading the files of a data set, compressed or not. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError } from './error.ts';

const unzip = promisify(gunzip);

function code(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder; a file was expected',
  EACCES: 'reading it is not permitted',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB, which is more than can be read at once',
  Z_BUF_ERROR: 'the compressed file ends too early',
  Z_DATA_ERROR: 'this is not a sound gzip file',
};

/** Reads a whole file, unzipped where its name ends in `.gz`. Throws `DataError`. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file);
    return file.endsWith('.gz') ? await unzip(bytes) : bytes;
  } catch (error) {
    throw new DataError(file, REASONS[code(error)] ?? (error instanceof Error ? error.message : String(error)));
  }
}

/**
 * The folder, among `folder` and its immediate subfolders, that holds one of `names`: archives often unpack into a folder of their own.
 * @throws DataError that lists what was looked for.
 */
export async function findFolder(folder: string, names: readonly string[]): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new DataError(folder, code(error) === 'ENOTDIR' ? 'this is a file; `path` names the folder that holds the data' : code(error) === 'ENOENT' ? 'there is no such folder; `path` is relative to the definition file' : String(error));
  });
  const folders = [folder, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name)).sort()];
  for (const candidate of folders) {
    for (const name of names) if (await isFile(join(candidate, name))) return candidate;
  }
  throw new DataError(folder, `no data found; looked here and one folder down for ${names.join(', ')}`);
}

/** The first of `names` that is a file in `folder`. @throws DataError that lists what was looked for. */
export async function findFile(folder: string, what: string, names: readonly string[]): Promise<string> {
  for (const name of names) if (await isFile(join(folder, name))) return join(folder, name);
  throw new DataError(folder, `the ${what} are missing; looked for ${names.join(', ')}`);
}

export async function isFile(file: string): Promise<boolean> {
  return stat(file).then((found) => found.isFile(), () => false);
}
