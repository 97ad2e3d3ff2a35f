/**
 * Reading files that a person, a definition or a folder names: regular files of bounded size, and nothing else.
 * A device never ends, a FIFO waits for a writer, and a read that waits takes one of the few threads that all file work
 * of a process shares.
 */
import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';

const MIB = 2 ** 20;

/** The most bytes of each kind of file: far more than any that a program writes, far less than what fills a machine. */
export const MOST = {
  text: 16 * MIB,
  json: 64 * MIB,
  names: MIB,
  weights: 256 * MIB,
  network: 512 * MIB,
  log: 512 * MIB,
  data: 2048 * MIB - 1,
} as const;

export type FileErrorCode = 'EISDIR' | 'NOT_REGULAR' | 'TOO_LARGE';

/** Why a file is not read. Failures of the system pass as they are. */
export class FileError extends Error {
  override readonly name = 'FileError';
  constructor(
    readonly code: FileErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** 'a FIFO', for messages; undefined for a regular file. */
export function specialKind(found: {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}): string | undefined {
  if (found.isFile()) return undefined;
  const kinds = [
    ['a folder', found.isDirectory()],
    ['a FIFO', found.isFIFO()],
    ['a socket', found.isSocket()],
    ['a device', found.isCharacterDevice() || found.isBlockDevice()],
  ] as const;
  return kinds.find(([, holds]) => holds)?.[0] ?? 'no regular file';
}

function refuseSpecial(found: Parameters<typeof specialKind>[0]): void {
  const kind = specialKind(found);
  if (kind !== undefined)
    throw new FileError(found.isDirectory() ? 'EISDIR' : 'NOT_REGULAR', `this is ${kind}; a regular file was expected`);
}

/**
 * A regular file, opened; the caller closes it. Opening does not wait, whatever took the file's place since the look
 * at it.
 * @throws FileError, and what the system throws
 */
export async function openRegular(path: string): Promise<{ handle: FileHandle; size: number }> {
  refuseSpecial(await stat(path));
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    refuseSpecial(found);
    return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An open regular file and its size, closed when `work` is done. @throws FileError, and what the system throws */
export async function withRegular<T>(path: string, work: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const { handle, size } = await openRegular(path);
  try {
    return await work(handle, size);
  } finally {
    await handle.close();
  }
}

/** So much is read in one step. */
const STEP = 16 * MIB;

/** The first `length` bytes, or fewer where the file has become shorter. The memory is the result's own. */
export async function readStart(handle: FileHandle, length: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  return bytes.subarray(0, await fillFrom(handle, bytes, 0));
}

/** Fills `into` with what stands from `position` on; returns how many bytes there were. */
export async function fillFrom(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const length = Math.min(STEP, into.length - filled);
    const { bytesRead } = await handle.read(into, filled, length, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** A size as messages give it. */
const sizeText = (bytes: number): string =>
  bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.ceil(bytes / MIB)} MiB`;

/** Says that something is larger than may be read. */
export function tooLarge(what: string, bytes: number, most: number): FileError {
  return new FileError('TOO_LARGE', `${what} ${sizeText(bytes)}, more than the ${sizeText(most)} that can be read`);
}

/** Reads a regular file of at most `most` bytes. @throws FileError, and what the system throws */
export function readRegular(path: string, most: number): Promise<Buffer<ArrayBuffer>> {
  return withRegular(path, async (handle, size) => {
    if (size > most) throw tooLarge('the file has', size, most);
    return readStart(handle, size);
  });
}

/** The same, as text. */
export const readRegularText = async (path: string, most: number): Promise<string> =>
  (await readRegular(path, most)).toString('utf8');
