/** All samples of a source from the first to the last, a piece at a time: for digests, checks and copies. */
import { elementsOf, type Pixels, type Source } from '../dataset.ts';

/** So much is read at once. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** Bytes of a value as a source gives it. */
export const valueBytes = ({ type }: Pick<Source, 'type'>): 1 | 4 => (type === 'uint8' ? 1 : 4);

/** Bytes of all samples in memory. */
export const heldBytes = (source: Pick<Source, 'count' | 'shape' | 'type'>): number =>
  source.count * elementsOf(source.shape) * valueBytes(source);

export const samplesPerChunk = (source: Pick<Source, 'shape' | 'type'>): number =>
  Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, elementsOf(source.shape) * valueBytes(source))));

/** Pieces of a source, in order; `from`: the number of the piece's first sample. @throws DataError */
export async function* inOrder(source: Source): AsyncGenerator<{ from: number; samples: readonly Pixels[] }> {
  const step = samplesPerChunk(source);
  for (let from = 0; from < source.count; from += step) {
    const indices = Int32Array.from({ length: Math.min(step, source.count - from) }, (_, i) => from + i);
    yield { from, samples: await source.read(indices) };
  }
}
