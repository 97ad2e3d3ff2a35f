/** Reads what the layers of a weights file cost, without its weights. */
import { open } from 'node:fs/promises';
import { exactLayersIn, type ExactLayers } from '../shared/exact-layers.ts';
import { headerEnd, readMetadata } from '../shared/safetensors.ts';

const LENGTH_BYTES = 8;

/** Undefined where the file says nothing of it. Throws what the system does, and Error or ValidationError where the file is damaged. */
export async function readExactLayers(path: string): Promise<ExactLayers | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const first = async (bytes: number): Promise<Uint8Array> => (await file.read(new Uint8Array(Math.min(bytes, size)), 0, Math.min(bytes, size), 0)).buffer;
    const length = await first(LENGTH_BYTES);
    return length.length < LENGTH_BYTES ? undefined : exactLayersIn(readMetadata(await first(headerEnd(length))));
  } finally {
    await file.close();
  }
}
