/** Bit packing of the Ethos-U weight stream: least significant bit first, fields least significant bit first. */

/** Appends fields of up to 16 bits to a growing byte buffer. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** Bits written so far. */
  get bitLength(): number {
    return this.#length * 8 + this.#pendingBits;
  }

  /** Appends the `bits` low bits of `value` (0 ≤ bits ≤ 16; `value` has no higher bits set). */
  put(value: number, bits: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += bits;
    if (this.#pendingBits < 16) return;
    if (this.#length + 2 > this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = this.#pending & 0xff;
    this.#bytes[this.#length++] = (this.#pending >>> 8) & 0xff;
    this.#pending >>>= 16;
    this.#pendingBits -= 16;
  }

  /** Fills with one-bits up to a multiple of `bytes` and returns the finished buffer. */
  finish(bytes: number): Uint8Array {
    const unit = bytes * 8;
    let fill = (unit - (this.bitLength % unit)) % unit;
    while (fill > 0) {
      const step = Math.min(fill, 8);
      this.put((1 << step) - 1, step);
      fill -= step;
    }
    if (this.#pendingBits > 0) this.put(0, 16 - this.#pendingBits);
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what `BitWriter` writes. Reading past the end throws a RangeError. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bitPosition(): number {
    return this.#position;
  }

  /** The next `bits` bits as an unsigned number (0 ≤ bits ≤ 16). */
  get(bits: number): number {
    const first = this.#position >>> 3;
    this.#position += bits;
    if (this.#position > this.#bytes.length * 8)
      throw new RangeError(`weight stream ends inside a field: ${this.#bytes.length} bytes are not enough`);
    const window = this.#bytes[first]! | ((this.#bytes[first + 1] ?? 0) << 8) | ((this.#bytes[first + 2] ?? 0) << 16);
    return (window >>> ((this.#position - bits) & 7)) & ((1 << bits) - 1);
  }

  /** Skips to the next multiple of `bytes`. */
  align(bytes: number): void {
    const unit = bytes * 8;
    this.#position = Math.ceil(this.#position / unit) * unit;
  }
}
