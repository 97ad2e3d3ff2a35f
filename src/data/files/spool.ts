/** Many byte strings one after another, in memory as long as that is allowed, then in a file that nobody else sees. */
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../../base/error-text.ts';
import { namelessFile } from './open-bytes.ts';
import { fillFrom } from './regular-file.ts';

/** So much is written at once. */
const CHUNK = 1 << 22;

export class Spool {
  private readonly chunks: Buffer[] = [];
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private ends = new Float64Array(1 << 8);
  private file: FileHandle | undefined;
  private written = 0;
  private used = 0;
  count = 0;

  get bytes(): number {
    return this.used;
  }

  /** @param memory bytes that may be in memory at once */
  constructor(private readonly memory: number) {}

  /** @throws Error where there is no room in the folder for temporary files */
  async add(bytes: Uint8Array): Promise<void> {
    if (this.count === this.ends.length) {
      const larger = new Float64Array(this.ends.length * 2);
      larger.set(this.ends);
      this.ends = larger;
    }
    this.waiting.push(Buffer.from(bytes));
    this.waitingBytes += bytes.length;
    this.used += bytes.length;
    this.ends[this.count] = this.used;
    this.count += 1;
    if (this.waitingBytes >= CHUNK) await this.flush();
  }

  /** After the last one was added. */
  async flush(): Promise<void> {
    const chunk = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    if (!this.file && this.used <= this.memory) return;
    try {
      this.file ??= await namelessFile();
      for (const one of this.chunks.splice(0)) {
        await this.file.write(one, 0, one.length, this.written);
        this.written += one.length;
      }
    } catch (error) {
      throw new Error(`the folder for temporary files (TMPDIR) does not take them: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** The `index`-th that was added. Call `flush` before. */
  async read(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = index === 0 ? 0 : this.ends[index - 1]!;
    const bytes = new Uint8Array(this.ends[index]! - from);
    if (this.file) {
      await fillFrom(this.file, bytes, from);
      return bytes;
    }
    let start = 0;
    for (const chunk of this.chunks) {
      const overlap = chunk.subarray(Math.max(0, from - start), Math.max(0, from + bytes.length - start));
      if (overlap.length > 0) bytes.set(overlap, Math.max(0, start - from));
      start += chunk.length;
    }
    return bytes;
  }

  async close(): Promise<void> {
    this.chunks.length = 0;
    await this.file?.close();
  }
}
