/** Many files in little memory: bytes of their names one after another, folders and numbers beside them. */

/** Names by the bytes of their UTF-8, as `LC_ALL=C ls` lists them. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  // Only beyond the surrogates do UTF-16 and UTF-8 order differently.
  if (!/[\ud800-\uffff]/.test(a) && !/[\ud800-\uffff]/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Files of one block: what there is of it never moves, and no more than one block is ever half empty. */
const BLOCK = 2 ** 14;

/** Some files, one after another. */
class Block {
  readonly sizes = new Uint32Array(BLOCK);
  readonly labels = new Uint16Array(BLOCK);
  private readonly ends = new Uint32Array(BLOCK);
  private names = Buffer.allocUnsafeSlow(2 ** 12);
  private used = 0;
  count = 0;

  add(name: string, size: number, label: number): void {
    const length = Buffer.byteLength(name);
    if (this.used + length > this.names.length) this.resize(2 * (this.used + length));
    this.used += this.names.write(name, this.used);
    this.ends[this.count] = this.used;
    this.sizes[this.count] = Math.min(size, 2 ** 32 - 1);
    this.labels[this.count] = label;
    this.count += 1;
    if (this.count === BLOCK) this.resize(this.used);
  }

  name(index: number): string {
    return this.names.toString('utf8', index === 0 ? 0 : this.ends[index - 1], this.ends[index]);
  }

  private resize(bytes: number): void {
    const other = Buffer.allocUnsafeSlow(bytes);
    this.names.copy(other, 0, 0, this.used);
    this.names = other;
  }
}

/** A folder, and the first of the files in it that stand one after another. */
interface Folder {
  /** With its last slash. */
  readonly path: string;
  readonly first: number;
}

export class FileList {
  private readonly blocks: Block[] = [];
  private readonly folders: Folder[] = [];
  count = 0;

  /** @param path below the part's folder, with forward slashes */
  add(path: string, size: number, label: number): void {
    const start = path.lastIndexOf('/') + 1;
    const folder = path.slice(0, start);
    if (this.folders.at(-1)?.path !== folder) this.folders.push({ path: folder, first: this.count });
    if (this.count % BLOCK === 0) this.blocks.push(new Block());
    this.blocks.at(-1)!.add(path.slice(start), size, label);
    this.count += 1;
  }

  path(index: number): string {
    return this.folderOf(index) + this.blockOf(index).name(index % BLOCK);
  }

  size(index: number): number {
    return this.blockOf(index).sizes[index % BLOCK]!;
  }

  label(index: number): number {
    return this.blockOf(index).labels[index % BLOCK]!;
  }

  /** All names, where each ends among all, sizes and labels, for a digest: piece by piece, to be read at once. */
  *contents(): Generator<Uint8Array> {
    for (const paths of this.pathsByBlock()) yield Buffer.from(paths.join(''));
    let end = 0;
    for (const paths of this.pathsByBlock()) {
      const ends = Uint32Array.from(paths, (path) => (end += Buffer.byteLength(path)));
      yield new Uint8Array(ends.buffer);
    }
    for (const { sizes, count } of this.blocks) yield new Uint8Array(sizes.buffer, 0, 4 * count);
    for (const { labels, count } of this.blocks) yield new Uint8Array(labels.buffer, 0, 2 * count);
  }

  private *pathsByBlock(): Generator<readonly string[]> {
    for (const [at, { count }] of this.blocks.entries())
      yield Array.from({ length: count }, (_, i) => this.path(at * BLOCK + i));
  }

  private blockOf(index: number): Block {
    return this.blocks[Math.floor(index / BLOCK)]!;
  }

  private folderOf(index: number): string {
    let [from, to] = [0, this.folders.length];
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (this.folders[middle]!.first <= index) from = middle;
      else to = middle;
    }
    return this.folders[from]!.path;
  }
}
