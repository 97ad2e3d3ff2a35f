/** Names of the classes, where they lie beside the data. */
import { join } from 'node:path';
import { DataError } from './data-error.ts';
import { isFile, readBytes } from './files/data-files.ts';
import { decodedText } from './files/decoded-text.ts';
import { MOST } from './files/regular-file.ts';
import type { ClassNames } from './dataset.ts';

/**
 * A text file with a name a line, in the order of the labels; undefined where there is none. Empty lines at the end do
 * not count.
 * @throws DataError
 */
export async function readClassNames(folder: string, file: string): Promise<ClassNames | undefined> {
  const path = join(folder, file);
  if (!(await isFile(path))) return undefined;
  const names = decodedText(await readBytes(path, { most: MOST.names }))
    .trim()
    .split(/\r?\n/)
    .map((name) => name.trim());
  return { file: path, names };
}

/** The names, if there is one for each class. @throws DataError saying how many there are */
export function checkedNames(
  found: ClassNames | undefined,
  classes: number,
): { readonly classNames?: readonly string[] } {
  if (!found) return {};
  if (found.names.length !== classes)
    throw new DataError(
      found.file,
      `${found.names.length} names for the ${classes} classes of the data: one a line expected`,
    );
  return { classNames: found.names };
}
