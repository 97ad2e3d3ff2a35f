/**
 * What readers of binary files throw where a file is damaged or another kind of file: always this, whatever went wrong
 * inside.
 */
import { messageOf } from './error-text.ts';
import { outOfMemory } from './memory-limits.ts';

/** The message says where in the file and what would be right; who knows the file's name puts it before. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}

/**
 * Runs a reader. What it throws that is no `DamagedFileError` came of content that it did not expect, and becomes one.
 * @param what the file as a message calls it, for example 'this safetensors file'
 */
export function reading<T>(what: string, reader: () => T): T {
  try {
    return reader();
  } catch (error) {
    if (error instanceof DamagedFileError || outOfMemory(error)) throw error;
    throw new DamagedFileError(`${what} is damaged: ${reasonOf(error)}`, { cause: error });
  }
}

/** What an error of a reader says of the file; what the engine says of a view beyond the bytes is put in words. */
export function reasonOf(error: unknown, bytes?: number): string {
  if (error instanceof RangeError || error instanceof TypeError)
    return `an offset or a length in it leads beyond its ${bytes === undefined ? 'end' : `${bytes} bytes`}: it was cut short or damaged`;
  return messageOf(error);
}
