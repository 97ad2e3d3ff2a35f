/**
 * FlatBuffers read within their bytes: what lies behind the end of a file that was cut short is an error, not a zero.
 */
import * as flatbuffers from 'flatbuffers';

/** Thrown where a table points behind the end of the file, or before its beginning. */
export class EndsEarly extends Error {
  override readonly name = 'EndsEarly';

  /** @param wanted the byte that is read; below 0 where an offset is negative */
  constructor(
    readonly wanted: number,
    readonly length: number,
  ) {
    super(wanted < 0 ? 'it points before its own beginning' : `it ends at byte ${length}, byte ${wanted} is needed`);
  }
}

export class BoundedBuffer extends flatbuffers.ByteBuffer {
  #within(offset: number, size: number): void {
    if (!(offset >= 0)) throw new EndsEarly(offset, this.capacity());
    if (offset + size > this.capacity()) throw new EndsEarly(offset + size - 1, this.capacity());
  }

  override readUint8(offset: number): number {
    this.#within(offset, 1);
    return super.readUint8(offset);
  }

  override readUint16(offset: number): number {
    this.#within(offset, 2);
    return super.readUint16(offset);
  }

  override readInt32(offset: number): number {
    this.#within(offset, 4);
    return super.readInt32(offset);
  }

  /** Bytes of the file, not copied. */
  slice(start: number, length: number): Uint8Array {
    this.#within(start, length);
    const bytes = this.bytes();
    // of a Buffer, subarray and slice would be Buffers too
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
  }
}
