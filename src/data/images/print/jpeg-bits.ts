/** Bits and Huffman codes of a JPEG's compressed data (ITU-T T.81, annexes C and F). */
import { ImageError } from '../image-error.ts';

export const unsoundJpeg = (): ImageError => new ImageError('this is no sound JPEG');

/** Also of a segment that says it is longer than the file. */
export const cutJpeg = (): ImageError => new ImageError('the file ends too early');

/** For each 16 bits that data may go on with: the value of the code that they begin with, and its length above it. */
export type HuffmanTable = Uint16Array;

const LONGEST = 16;

/**
 * @param counts how many codes of each length from 1 there are
 * @param values of all codes, in their order
 * @throws ImageError where there are more codes than fit
 */
export function huffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const table = new Uint16Array(2 ** LONGEST);
  let at = 0;
  let value = 0;
  counts.forEach((count, i) => {
    const width = 2 ** (LONGEST - 1 - i);
    for (let n = 0; n < count; n++, at += width) table.fill(((i + 1) << 8) | values[value++]!, at, at + width);
  });
  if (at > table.length || value > values.length) throw unsoundJpeg();
  return table;
}

/** Reads from a place in a file up to the next marker. */
export class BitReader {
  private bits = 0;
  private count = 0;
  /** Bits that are not in the file: what is read of them is damage. */
  private padding = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  /** The next code's value. @throws ImageError */
  code(table: HuffmanTable): number {
    this.fill();
    const found = table[(this.bits >>> (this.count - LONGEST)) & 0xffff]!;
    if (found === 0) throw unsoundJpeg();
    this.drop(found >> 8);
    return found & 0xff;
  }

  /** A whole number of so many bits, at most 16. @throws ImageError */
  take(size: number): number {
    if (size === 0) return 0;
    this.fill();
    const value = (this.bits >>> (this.count - size)) & (2 ** size - 1);
    this.drop(size);
    return value;
  }

  /** A number with its sign, as its size has it (table F.1). @throws ImageError */
  signed(size: number): number {
    const value = this.take(size);
    return size > 0 && value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
  }

  /** Goes on behind the restart marker that follows. @throws ImageError where there is none */
  restart(): void {
    const marker = this.bytes[this.at + 1] ?? 0;
    if (this.bytes[this.at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw this.damage();
    this.at += 2;
    [this.bits, this.count, this.padding] = [0, 0, 0];
  }

  /** Where the next marker stands: what has been read ahead never passes one. */
  get end(): number {
    let { at } = this;
    while (at + 1 < this.bytes.length && !(this.bytes[at] === 0xff && this.bytes[at + 1] !== 0)) at += 1;
    return at;
  }

  private fill(): void {
    while (this.count <= 24) {
      this.bits = ((this.bits << 8) | this.next()) >>> 0;
      this.count += 8;
    }
  }

  private next(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0)) {
      this.padding += 8;
      return 0;
    }
    this.at += byte === 0xff ? 2 : 1;
    return byte;
  }

  private drop(size: number): void {
    this.count -= size;
    if (this.count < this.padding) throw this.damage();
  }

  private damage(): ImageError {
    return this.at + 1 >= this.bytes.length ? cutJpeg() : unsoundJpeg();
  }
}
