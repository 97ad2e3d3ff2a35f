/**
 * A look at the teacher that a definition names, before any data are read and without anything that trains: is it
 * there, is it whole, and does it see what the network sees?
 */
import { messageOf } from '../base/error-text.ts';
import type { Shape } from '../data/dataset.ts';
import { MOST, readRegular } from '../data/files/regular-file.ts';
import { beginning, OpenFiles } from '../data/files/open-bytes.ts';
import { npyBytes, npyLayout } from '../data/sources/npy/npy.ts';
import { readFoldedNetwork } from '../integer/folded-file.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import type { Network } from '../network/types.ts';
import { outOfMemory } from '../base/memory-limits.ts';
import { systemCode } from './folder/run-error.ts';
import { initialPath, type Readable } from './load-initial.ts';

/** The file is missing or damaged, or says nothing about these samples. */
export class TeacherError extends Error {
  override readonly name = 'TeacherError';
}

/** @throws Error where a network does not read such samples */
export function checkInput({ architecture: { input } }: FoldedNetwork, { height, width, channels }: Shape): void {
  if (input.height !== height || input.width !== width || input.channels !== channels)
    throw new Error(
      `this network reads ${input.height}x${input.width}x${input.channels}, and the samples are ${height}x${width}x${channels}: a teacher sees what the network sees`,
    );
}

export const isArray = (file: string): boolean => file.endsWith('.npy');

/** Bytes of the file of a teacher. */
export const teacherBytes = (path: string): Promise<Uint8Array> =>
  readRegular(path, isArray(path) ? MOST.data : MOST.weights);

/**
 * Does what `work` does with the path of the file that `training.teacher` names.
 * @param within the folders that may be read; absent: all
 * @throws TeacherError naming the file
 */
export async function withTeacher<T>(
  file: string,
  folder: string,
  work: (path: string) => Promise<T>,
  within?: Readable,
): Promise<T> {
  try {
    return await work(await initialPath(folder, file, within));
  } catch (error) {
    if (outOfMemory(error)) throw error;
    const why = messageOf(error);
    throw new TeacherError(systemCode(error) === 'ENOENT' ? `${file}: there is no such file` : named(file, why));
  }
}

/** Messages about arrays name their file themselves. */
const named = (file: string, why: string): string => (why.includes(file) ? why : `${file}: ${why}`);

/** Reads the beginning of an array: its shape, and whether the file is as long as that says. @throws DataError */
async function lookAtArray(path: string): Promise<void> {
  const files = new OpenFiles(0);
  try {
    const bytes = await files.open(path, { of: npyBytes(path) });
    npyLayout(await beginning(bytes), bytes.size, path);
  } finally {
    await files.close();
  }
}

/**
 * Looks at the teacher that a definition names before any data are read: is it there, is it whole, and does it see what
 * the network sees?
 * @param folder of the definition
 * @param within the folders that may be read; absent: all
 * @throws TeacherError naming the file
 */
export async function checkTeacher({ definition }: Network, folder: string, within?: Readable): Promise<void> {
  const { teacher: file } = definition.training;
  if (file === undefined) return;
  const look = async (path: string): Promise<void> => {
    if (isArray(path)) await lookAtArray(path);
    else checkInput(readFoldedNetwork(await teacherBytes(path)), definition.input);
  };
  await withTeacher(file, folder, look, within);
}
