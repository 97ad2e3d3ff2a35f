/**
 * Files of a data set that stay open and are read at random.
 * gzip allows no such reading: its content is unpacked once, into memory where it says how long it is and that is
 * allowed, else into a temporary file without a name, which goes with the process.
 */
import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { ChangedDataError, DataError } from '../data-error.ts';
import { asDataError, isGzip, refusePlaceholder } from './data-files.ts';
import { contentStart, findMember, memberContent, memberPath } from './npz-members.ts';
import { FileError, fillFrom, MOST, openRegular, readStart } from './regular-file.ts';
import { claimedLength, START_BYTES, unzipBounded, unzipInto, type Claim } from './unzip.ts';

export interface OpenBytes {
  readonly file: string;
  readonly size: number;
  /** All of it, where it is in memory. */
  readonly content?: Uint8Array<ArrayBuffer>;
  /** Fills `into` with what stands from `offset` on. @throws DataError where there is less */
  fill(into: Uint8Array, offset: number): Promise<void>;
  /** @throws ChangedDataError where the file is gone, or another than the one that was opened */
  expectUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** The first bytes, enough for every header. @throws DataError */
export async function beginning(bytes: OpenBytes): Promise<Uint8Array<ArrayBuffer>> {
  const start = new Uint8Array(Math.min(bytes.size, START_BYTES));
  await bytes.fill(start, 0);
  return start;
}

class MemoryBytes implements OpenBytes {
  readonly size: number;
  content: Uint8Array<ArrayBuffer>;

  constructor(
    readonly file: string,
    content: Uint8Array<ArrayBuffer>,
  ) {
    this.content = content;
    this.size = content.length;
  }

  fill(into: Uint8Array, offset: number): Promise<void> {
    into.set(this.content.subarray(offset, offset + into.length));
    return Promise.resolve();
  }

  expectUnchanged(): Promise<void> {
    return Promise.resolve();
  }

  /** Who was given views of it has them still. */
  close(): Promise<void> {
    this.content = new Uint8Array(0);
    return Promise.resolve();
  }
}

/** What tells a file from one that was written since. */
interface Stamp {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

class FileBytes implements OpenBytes {
  private closing: Promise<void> | undefined;

  /**
   * @param stamp of the file as it was opened; absent for a temporary file, which nobody else knows
   * @param start where the content begins in the file
   */
  constructor(
    readonly file: string,
    readonly size: number,
    private readonly handle: FileHandle,
    private readonly stamp?: Stamp,
    private readonly start = 0,
  ) {}

  async fill(into: Uint8Array, offset: number): Promise<void> {
    let filled;
    try {
      filled = await fillFrom(this.handle, into, this.start + offset);
    } catch (error) {
      throw asDataError(this.file, error);
    }
    if (filled === into.length) return;
    await this.expectUnchanged();
    throw new DataError(this.file, 'the file ends too early', { byte: offset + filled });
  }

  async expectUnchanged(): Promise<void> {
    if (this.stamp === undefined) return;
    const { size, mtimeNs } = await stat(this.file, { bigint: true }).catch((error: unknown) => {
      const known = asDataError(this.file, error);
      throw known instanceof DataError ? new ChangedDataError(this.file, `${known.problem} any more`) : known;
    });
    if (size !== this.stamp.size)
      throw new ChangedDataError(
        this.file,
        `the file was changed while it was in use: it had ${this.stamp.size} bytes and has ${size}`,
      );
    if (mtimeNs !== this.stamp.mtimeNs)
      throw new ChangedDataError(this.file, 'the file was written to while it was in use');
  }

  close(): Promise<void> {
    return (this.closing ??= this.handle.close());
  }
}

/**
 * Opens a regular file for reading at random.
 * @param memory how many bytes of memory the content of a gzip file may take
 * @throws DataError, also where the file is a stand-in for one that was not fetched; RangeError where no memory is left
 */
async function openBytes(file: string, memory: number, { most = MOST.data, of }: Partial<Claim>): Promise<OpenBytes> {
  const inside = memberPath(file);
  try {
    if (inside) return await openMember(file, inside.archive);
    const { handle, size } = await openRegular(file);
    try {
      const start = await readStart(handle, Math.min(size, START_BYTES));
      if (!isGzip(start)) {
        refusePlaceholder(file, start);
        const { size: now, mtimeNs } = await handle.stat({ bigint: true });
        return new FileBytes(file, Number(now), handle, { size: now, mtimeNs });
      }
      const unpacked = await unpack(file, handle, size, memory, { most, of });
      refusePlaceholder(file, await beginning(unpacked));
      await handle.close();
      return unpacked;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asDataError(file, error);
  }
}

/** An array in an archive: read in place where it is stored as it is, else unpacked into memory. */
async function openMember(file: string, archive: string): Promise<OpenBytes> {
  const member = await findMember(file);
  if (member === undefined) throw new DataError(file, 'the archive has no such array');
  const { handle } = await openRegular(archive);
  try {
    if (member.packed) {
      const content = await memberContent(handle, archive, member);
      await handle.close();
      return new MemoryBytes(file, content);
    }
    const start = await contentStart(handle, archive, member);
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    return new FileBytes(archive, member.size, handle, { size, mtimeNs }, start);
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

async function unpack(
  file: string,
  handle: FileHandle,
  packed: number,
  memory: number,
  claim: Claim,
): Promise<OpenBytes> {
  const length = await claimedLength(handle, claim).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new DataError(file, `${error.message}; unpack it (gunzip), then it is read in pieces`);
  });
  if (length !== undefined && length <= memory) return new MemoryBytes(file, await unzipBounded(handle, packed, claim));
  const temporary = await namelessFile().catch((error: unknown) => {
    const why = messageOf(error);
    throw new DataError(
      file,
      `it is packed, and cannot be unpacked into the folder for temporary files (TMPDIR): ${why}; unpack it (gunzip)`,
    );
  });
  try {
    return new FileBytes(file, await unzipInto(handle, claim, temporary), temporary);
  } catch (error) {
    await temporary.close();
    throw error;
  }
}

/** A file that is gone from its folder at once: however this process ends, its bytes do not stay. */
export async function namelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'udc-data-'));
  try {
    return await open(join(folder, 'unpacked'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** What is open of a data set, to be let go of together. */
export class OpenFiles {
  private readonly opened: { close(): Promise<void> }[] = [];

  /** @param memory how many bytes of memory the data set may take */
  constructor(readonly memory: number) {}

  /**
   * Opens a file of the set.
   * @param claim `most` bounds what is unpacked of a gzip file, `of` says by a beginning how long the whole is
   * @throws DataError
   */
  async open(file: string, claim: Partial<Claim> = {}): Promise<OpenBytes> {
    const bytes = await openBytes(file, this.memory, claim);
    this.opened.push(bytes);
    return bytes;
  }

  /** Lets go of something else together with the files. */
  keep(one: { close(): Promise<void> }): void {
    this.opened.push(one);
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((bytes) => bytes.close()));
  }
}
