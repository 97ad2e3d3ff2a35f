/** Many file names in little memory: their text one after another, and where each begins. */

/** Names by the bytes of their UTF-8, as `LC_ALL=C ls` lists them. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  // Only beyond the surrogates do UTF-16 and UTF-8 order differently.
  if (!/[\ud800-\uffff]/.test(a) && !/[\ud800-\uffff]/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export class FileList {
  private bytes = Buffer.alloc(1 << 12);
  private used = 0;
  private ends = new Uint32Array(1 << 8);
  /** Of each file, in bytes. */
  private sizes = new Uint32Array(1 << 8);
  /** The label of each file. */
  private labels = new Uint16Array(1 << 8);
  count = 0;

  /** @param path below the part's folder, with forward slashes */
  add(path: string, size: number, label: number): void {
    const length = Buffer.byteLength(path);
    while (this.used + length > this.bytes.length) this.bytes = Buffer.concat([this.bytes], this.bytes.length * 2);
    this.used += this.bytes.write(path, this.used);
    if (this.count === this.ends.length) {
      this.ends = grown(this.ends);
      this.sizes = grown(this.sizes);
      this.labels = grown(this.labels);
    }
    this.ends[this.count] = this.used;
    this.sizes[this.count] = Math.min(size, 2 ** 32 - 1);
    this.labels[this.count] = label;
    this.count += 1;
  }

  path(index: number): string {
    return this.bytes.toString('utf8', index === 0 ? 0 : this.ends[index - 1], this.ends[index]);
  }

  size(index: number): number {
    return this.sizes[index]!;
  }

  label(index: number): number {
    return this.labels[index]!;
  }

  /** All names and sizes, for a digest. */
  contents(): readonly Uint8Array[] {
    const bytesOf = ({ buffer }: Uint32Array, length: number): Uint8Array => new Uint8Array(buffer, 0, length);
    return [
      this.bytes.subarray(0, this.used),
      bytesOf(this.ends, 4 * this.count),
      bytesOf(this.sizes, 4 * this.count),
      new Uint8Array(this.labels.buffer, 0, 2 * this.count),
    ];
  }
}

function grown<A extends Uint32Array | Uint16Array>(array: A): A {
  const larger = new (array.constructor as new (length: number) => A)(array.length * 2);
  larger.set(array);
  return larger;
}
