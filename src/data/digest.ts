/** One number for all of a data set: whether a run goes on with the samples that it began with. */
import { createHash } from 'node:crypto';
import type { RawPart, RawSet } from './dataset.ts';

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * SHA-256 of shapes, pixels, labels and targets of both parts, as the reader found them; where and in which files they
 * lie does not matter.
 */
export function dataDigest({ train, test }: RawSet): string {
  const hash = createHash('sha256');
  const add = ({ count, shape, pixels, labels, targets }: RawPart): void => {
    hash.update(
      JSON.stringify([
        count,
        shape.height,
        shape.width,
        shape.channels,
        pixels.BYTES_PER_ELEMENT,
        targets ? [targets.shape.height, targets.shape.width, targets.pixels.BYTES_PER_ELEMENT] : [],
      ]),
    );
    for (const values of [pixels, labels, ...(targets ? [targets.pixels] : [])]) hash.update(bytesOf(values));
  };
  add(train);
  add(test);
  return hash.digest('hex');
}
