/**
 * Unpacking gzip in bounded memory: what a file claims to be is known from its first bytes, and no more than that is
 * unpacked.
 */
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { tooLarge } from './regular-file.ts';

/** What a format's first bytes claim. */
export interface Claim {
  /** The most bytes that may come, whatever is claimed. */
  readonly most: number;
  /**
   * Bytes of the whole content by its beginning; undefined where the format does not say. May throw what the reader of
   * the format throws.
   */
  readonly of?: ((start: Uint8Array) => number | undefined) | undefined;
}

/** Of the content, enough for every header. */
export const START_BYTES = 65_536;

/** Deflate packs at most so many bytes into one (zlib's technical details: 1032). */
const BEST_RATIO = 1040;

/** The bytes that are claimed. @throws FileError where that is more than can be read */
export function claimed({ most, of }: Claim, start: Uint8Array): number | undefined {
  const bytes = of?.(start);
  if (bytes !== undefined && bytes > most) throw tooLarge('by its header the content has', bytes, most);
  return bytes;
}

/** Grows to what has come, or begins with what is claimed where so much can come. */
class Content {
  private bytes = new Uint8Array(0);
  length = 0;

  reserve(capacity: number): void {
    if (capacity <= this.bytes.length) return;
    const larger = new Uint8Array(capacity);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  take(piece: Uint8Array, most: number): void {
    if (this.length + piece.length > this.bytes.length)
      this.reserve(
        Math.min(
          Math.max(2 * this.bytes.length, this.length + piece.length),
          Math.max(most, this.length + piece.length),
        ),
      );
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  get taken(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}

/** A piece of what comes out of a gzip file, and how much its beginning claimed, once that is known. */
interface Piece {
  readonly piece: Uint8Array;
  readonly limit: number | undefined;
}

/** Where content goes on beyond what its beginning claims, the pieces end one byte after that. */
async function* pieces(handle: FileHandle, claim: Claim): AsyncGenerator<Piece> {
  const stream = handle
    .createReadStream({ start: 0, autoClose: false, highWaterMark: START_BYTES })
    .pipe(createGunzip());
  let start: Uint8Array = new Uint8Array(0);
  let limit: number | undefined;
  let length = 0;
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      if (start.length < START_BYTES) {
        start = Buffer.concat([start, piece]);
        if (start.length >= START_BYTES) limit = claimed(claim, start);
      }
      const room = limit === undefined ? Infinity : limit + 1 - length;
      length += piece.length;
      yield { piece: piece.length > room ? piece.subarray(0, room) : piece, limit };
      if (piece.length >= room) return;
      if (length > claim.most) throw tooLarge('unpacked, the content has more than', length, claim.most);
    }
  } finally {
    stream.destroy();
  }
  if (start.length < START_BYTES) claimed(claim, start);
}

/**
 * The content of a gzip file. Where it goes on beyond what its beginning claims, it ends one byte after that: readers
 * of formats then say that it is too long.
 * @throws FileError where it is larger than may be read, what zlib throws where it is damaged, and what `claim.of`
 *   throws
 */
export async function unzipBounded(handle: FileHandle, packed: number, claim: Claim): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Content();
  for await (const { piece, limit } of pieces(handle, claim)) {
    if (limit !== undefined && limit < packed * BEST_RATIO) content.reserve(limit + 1);
    content.take(piece, limit ?? claim.most);
  }
  return content.taken;
}

/** How long the content is by its beginning, or undefined where that does not say. @throws as `unzipBounded` */
export async function claimedLength(handle: FileHandle, claim: Claim): Promise<number | undefined> {
  let length = 0;
  for await (const { piece, limit } of pieces(handle, claim)) {
    length += piece.length;
    if (length >= START_BYTES) return limit;
  }
  return length;
}

/** Writes the content to a file that is open; returns its length. Ends and throws as `unzipBounded` does. */
export async function unzipInto(handle: FileHandle, claim: Claim, into: FileHandle): Promise<number> {
  let length = 0;
  for await (const { piece } of pieces(handle, claim)) {
    await into.write(piece, 0, piece.length, length);
    length += piece.length;
  }
  return length;
}
