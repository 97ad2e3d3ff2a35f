/** Reads what the layers of a weights file cost, without its weights. */
import { readStart, withRegular } from '../../data/files/regular-file.ts';
import { exactLayersIn, type ExactLayers } from '../../wire/exact-layers.ts';
import { LONGEST_HEADER, headerEnd, readMetadata } from '../../base/safetensors-file.ts';

const LENGTH_BYTES = 8;

/**
 * Undefined where the file says nothing of it. Throws what the system does, FileError where it is no regular file, and
 * DamagedFileError or ValidationError where it is damaged.
 */
export function readExactLayers(path: string): Promise<ExactLayers | undefined> {
  return withRegular(path, async (handle, size) => {
    const length = await readStart(handle, Math.min(LENGTH_BYTES, size));
    if (length.length < LENGTH_BYTES) return undefined;
    const end = headerEnd(length);
    return exactLayersIn(readMetadata(await readStart(handle, Math.min(end, size, LENGTH_BYTES + LONGEST_HEADER + 1))));
  });
}
