/**
 * Arrays in an `.npz` archive, as `np.savez` and `np.savez_compressed` write it: named like files in a folder,
 * `set.npz/x_train.npy`, and found by the archive's directory.
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
 */
import { basename, dirname } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { DataError } from '../data-error.ts';
import { fillFrom, MOST, tooLarge, withRegular } from './regular-file.ts';

/** A file in an archive. */
export interface Member {
  readonly name: string;
  /** Deflated; else stored as it is. */
  readonly packed: boolean;
  /** Bytes in the archive, and of the content. */
  readonly stored: number;
  readonly size: number;
  /** Where its own header stands. */
  readonly header: number;
}

/** The archive and the name of a member, by a path that goes into an archive. */
export function memberPath(path: string): { readonly archive: string; readonly name: string } | undefined {
  const archive = dirname(path);
  return /\.npz$/i.test(archive) ? { archive, name: basename(path) } : undefined;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The record at the end may be followed by a comment of so many bytes. */
const LONGEST_END = 22 + 65_535;
/** A directory of more bytes lists more arrays than a data set has. */
const LONGEST_DIRECTORY = 2 ** 24;
const WIDE = 0xffffffff;

async function piece(handle: FileHandle, file: string, from: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  if (from < 0 || (await fillFrom(handle, bytes, from)) < length)
    throw new DataError(file, 'the archive ends too early', { byte: Math.max(0, from) });
  return new DataView(bytes.buffer);
}

/** Where the directory stands, and how long it is. */
async function directoryOf(handle: FileHandle, file: string, size: number): Promise<readonly [number, number]> {
  const start = Math.max(0, size - LONGEST_END);
  const tail = await piece(handle, file, start, size - start);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw new DataError(file, 'this is no .npz archive, or it ends too early: its directory is missing');
  const [length, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (from !== WIDE && length !== WIDE) return [from, length];
  if (at < 20 || tail.getUint32(at - 20, true) !== END64_LOCATOR)
    throw new DataError(file, 'this is no sound .npz archive: its directory is missing');
  const end = await piece(handle, file, Number(tail.getBigUint64(at - 12, true)), 56);
  return [Number(end.getBigUint64(48, true)), Number(end.getBigUint64(40, true))];
}

/** What an archive holds. @throws DataError */
export async function membersOf(handle: FileHandle, file: string, size: number): Promise<readonly Member[]> {
  const [from, length] = await directoryOf(handle, file, size);
  if (length > LONGEST_DIRECTORY) throw new DataError(file, `the archive's directory says that it has ${length} bytes`);
  const view = await piece(handle, file, from, length);
  const members: Member[] = [];
  for (let at = 0; at + 46 <= length && view.getUint32(at, true) === ENTRY;) {
    const [method, nameLength, extra] = [10, 28, 30].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const next = at + 46 + nameLength + extra + view.getUint16(at + 32, true);
    if (next > length) break;
    const name = Buffer.from(view.buffer, at + 46, nameLength).toString('utf8');
    // Numbers that need more than four bytes stand in the extra field, in this order.
    const wide = wideNumbers(view, at + 46 + nameLength, extra);
    const number = (field: number): number => {
      const narrow = view.getUint32(at + field, true);
      return narrow === WIDE ? (wide.shift() ?? narrow) : narrow;
    };
    const [unpacked, stored, header] = [number(24), number(20), number(42)];
    if (method === 0 || method === 8) members.push({ name, packed: method === 8, stored, size: unpacked, header });
    at = next;
  }
  return members;
}

function wideNumbers(view: DataView, from: number, length: number): number[] {
  for (let at = from; at + 4 <= from + length;) {
    const [kind, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (kind === 1 && at + 4 + size <= from + length)
      return Array.from({ length: Math.floor(size / 8) }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
    at += 4 + size;
  }
  return [];
}

/** Where a member's content begins. @throws DataError */
export async function contentStart(handle: FileHandle, file: string, { header }: Member): Promise<number> {
  const view = await piece(handle, file, header, 30);
  if (view.getUint32(0, true) !== LOCAL) throw new DataError(file, 'this is no sound .npz archive', { byte: header });
  return header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

/** The whole content of a member. @throws DataError; RangeError where no memory is left */
export async function memberContent(
  handle: FileHandle,
  file: string,
  member: Member,
  most: number = MOST.data,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name, packed, stored, size } = member;
  if (Math.max(stored, size) > most) throw tooLarge(`${name} in it has`, Math.max(stored, size), most);
  const bytes = new Uint8Array(new ArrayBuffer(stored));
  const from = await contentStart(handle, file, member);
  if ((await fillFrom(handle, bytes, from)) < stored) throw new DataError(file, 'the archive ends too early');
  if (!packed) return bytes;
  try {
    // A byte more than is claimed tells that there is more.
    const content = inflateRawSync(bytes, { maxOutputLength: size + 1 });
    if (content.length === size) return new Uint8Array(content.buffer as ArrayBuffer, content.byteOffset, size);
  } catch {
    // Said below.
  }
  throw new DataError(file, `${name} in it is damaged: it does not unpack to the ${size} bytes that the archive says`);
}

/** The member of a path that goes into an archive; undefined where it has none of that name. @throws DataError */
export async function findMember(path: string): Promise<Member | undefined> {
  const found = memberPath(path);
  if (found === undefined) return undefined;
  const { archive, name } = found;
  return withRegular(archive, async (handle, size) =>
    (await membersOf(handle, archive, size)).find((member) => member.name === name),
  );
}

/** Names of what an archive holds. @throws DataError where it is none */
export const memberNames = (archive: string): Promise<readonly string[]> =>
  withRegular(archive, async (handle, size) => (await membersOf(handle, archive, size)).map(({ name }) => name));
