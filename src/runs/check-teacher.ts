/**
 * A look at the teacher that a definition names, before any data are read and without anything that trains: is it
 * there, is it whole, and does it see what the network sees?
 */
import type { Shape } from '../data/dataset.ts';
import { MOST, readRegular } from '../data/files/regular-file.ts';
import { readNpy } from '../data/sources/npy/npy.ts';
import { readFoldedNetwork } from '../integer/folded-file.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import type { Network } from '../network/types.ts';
import { outOfMemory } from '../base/memory-limits.ts';
import { systemCode } from './folder/run-error.ts';
import { initialPath } from './load-initial.ts';

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

/** Does what `work` does with the bytes of the file that `training.teacher` names. @throws TeacherError naming it */
export async function readTeacher<T>(
  file: string,
  folder: string,
  work: (path: string, bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const path = await initialPath(folder, file);
  try {
    return await work(path, await readRegular(path, isArray(file) ? MOST.data : MOST.weights));
  } catch (error) {
    if (outOfMemory(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TeacherError(`${path}: ${systemCode(error) === 'ENOENT' ? 'there is no such file' : why}`);
  }
}

export const isArray = (file: string): boolean => file.endsWith('.npy');

/**
 * Looks at the teacher that a definition names before any data are read: is it there, and does it see what the network
 * sees?
 * @param folder of the definition
 * @throws TeacherError naming the file
 */
export async function checkTeacher({ definition }: Network, folder: string): Promise<void> {
  const { teacher: file } = definition.training;
  if (file === undefined) return;
  await readTeacher(file, folder, async (path, bytes) => {
    if (isArray(file)) await readNpy(path);
    else checkInput(readFoldedNetwork(bytes), definition.input);
  });
}
