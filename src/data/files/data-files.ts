/** Finding and reading the files of a data set, compressed or not. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { fileKind } from '../../base/file-kinds.ts';
import { outOfMemory } from '../../base/memory-limits.ts';
import { DataError } from '../data-error.ts';
import { findMember, memberContent, memberNames, memberPath } from './npz-members.ts';
import { MOST, readStart, tooLarge, withRegular } from './regular-file.ts';
import { START_BYTES, unzipBounded, type Claim } from './unzip.ts';

function code(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the system's errors are to whoever has the file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOSPC:
    'it is packed, and there is no room to unpack it in the folder for temporary files (TMPDIR): unpack it (gunzip)',
  EISDIR: 'this is a folder; a file was expected',
  EACCES: 'reading it is not permitted',
  Z_BUF_ERROR: 'the compressed file ends too early',
  Z_DATA_ERROR: 'this is not a sound gzip file',
  Z_NEED_DICT: 'this is not a sound gzip file',
};

/**
 * Is this gzip? Names do not tell: downloads are unpacked under the name of the archive, and archives lose their
 * ending.
 */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Reads a whole regular file, unzipped where its content is gzip, in memory bounded by what its beginning claims.
 * @throws DataError, also where the file is a stand-in for one that was not fetched; RangeError where no memory is left
 */
export async function readBytes(file: string, { most = MOST.data, of }: Partial<Claim> = {}): Promise<Uint8Array> {
  let bytes: Uint8Array;
  const inside = memberPath(file);
  try {
    if (inside) return await readMember(file, inside.archive, most);
    bytes = await withRegular(file, async (handle, size) => {
      const start = await readStart(handle, Math.min(size, START_BYTES));
      if (isGzip(start)) return unzipBounded(handle, size, { most, of });
      if (size > most) throw tooLarge('the file has', size, most);
      return readStart(handle, size);
    });
  } catch (error) {
    throw asDataError(file, error);
  }
  refusePlaceholder(file, bytes);
  return bytes;
}

/** The content of an array in an archive. @throws DataError */
async function readMember(file: string, archive: string, most: number): Promise<Uint8Array> {
  const member = await findMember(file);
  if (member === undefined) throw new DataError(file, 'the archive has no such array');
  return withRegular(archive, (handle) => memberContent(handle, archive, member, most));
}

/** What reading a file threw, as a `DataError` that names it; a lack of memory stays what it is. */
export function asDataError(file: string, error: unknown): unknown {
  if (error instanceof DataError || outOfMemory(error)) return error;
  return new DataError(file, REASONS[code(error)] ?? messageOf(error));
}

/** A file as people know it who know the folder (or the file) that a data set is: with forward slashes. */
export const fileBelow = (path: string, file: string): string =>
  (relative(path, file) || basename(file)).replaceAll('\\', '/');

/** @throws DataError where a file by its first bytes is a stand-in for one that was not fetched */
export function refusePlaceholder(file: string, start: Uint8Array): void {
  const kind = fileKind(start);
  if (kind?.placeholder && start.length > 0) throw new DataError(file, `this is ${kind.name}: ${kind.remedy}`);
}

/**
 * The folder, among `folder` and its immediate subfolders, that holds one of `names`: archives often unpack into a
 * folder of their own.
 * @throws DataError that lists what was looked for.
 */
export async function findFolder(folder: string, names: readonly string[]): Promise<string> {
  for (const candidate of await foldersOf(folder)) {
    for (const name of names) if (await isFile(join(candidate, name))) return candidate;
  }
  throw new DataError(folder, `no data found; looked here and one folder down for ${names.join(', ')}`);
}

/** `folder` and its immediate subfolders, in order of their names. @throws DataError where it is none */
export async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new DataError(
      folder,
      code(error) === 'ENOTDIR'
        ? 'this is a file; `path` names the folder that holds the data'
        : code(error) === 'ENOENT'
          ? 'there is no such folder; `path` is relative to the definition file'
          : String(error),
    );
  });
  return [
    folder,
    ...entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name))
      .sort(),
  ];
}

/** The first of `names` that is a file in `folder`. @throws DataError that lists what was looked for. */
export async function findFile(folder: string, what: string, names: readonly string[]): Promise<string> {
  for (const name of names) if (await isFile(join(folder, name))) return join(folder, name);
  const held = memberPath(join(folder, names[0] ?? '')) ? await memberNames(folder) : undefined;
  throw new DataError(
    folder,
    `the ${what} are missing; looked for ${names.join(', ')}${held === undefined ? '' : `; it holds ${namesText(held)}`}`,
  );
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length === 0 ? 'nothing' : names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

/** What is said of an archive that is damaged stands; one that is not there has nothing. */
function absent(error: unknown): undefined {
  if (error instanceof DataError) throw error;
}

/** @throws DataError where it would be in an archive that is damaged */
export async function isFile(file: string): Promise<boolean> {
  if (memberPath(file)) return (await findMember(file).catch(absent)) !== undefined;
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
