/** Makes the memory of a compiled WebAssembly module shared, so that worker threads can compute in it. */
import { messageOf } from '../../base/error-text.ts';

/** Sections of the binary format, and what their entries are (WebAssembly core specification, section 5.5). */
const SECTION = { import: 2, memory: 5 } as const;
const MEMORY_IMPORT = 2;
/** Flags of a memory's limits: shared memories must have a maximum. */
const HAS_MAXIMUM = 1;
const SHARED = 2;
const HEADER_BYTES = 8;

/** Reads the format's variable-length integers and names. */
class Reader {
  private readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  integer(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 127) * 2 ** shift;
      if (next < 128) break;
    }
    return value;
  }

  skipName(): void {
    const length = this.integer();
    this.at += length;
  }
}

/** Where the limits of the module's first memory begin, its own or an imported one. */
function limitsOf(bytes: Uint8Array): number | undefined {
  const reader = new Reader(bytes, HEADER_BYTES);
  while (reader.at < bytes.length) {
    const section = reader.byte();
    const end = reader.integer() + reader.at;
    const entries = section === SECTION.import || section === SECTION.memory ? reader.integer() : 0;
    if (section === SECTION.memory && entries > 0) return reader.at;
    // Only functions and a memory are imported by the modules that this is for; anything else ends the search.
    for (let i = 0; i < entries; ++i) {
      reader.skipName();
      reader.skipName();
      const kind = reader.byte();
      if (kind === MEMORY_IMPORT) return reader.at;
      if (kind !== 0) return undefined;
      reader.integer();
    }
    reader.at = end;
  }
  return undefined;
}

/**
 * A copy of the module's bytes whose memory is shared.
 * @returns undefined where the module has no memory, or one without a maximum, which cannot be shared
 */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const at = limitsOf(bytes);
  if (at === undefined || bytes[at] === undefined || (bytes[at] & HAS_MAXIMUM) === 0) return undefined;
  const shared = Uint8Array.from(bytes);
  shared[at] = bytes[at] | SHARED;
  return shared;
}

/** Why this process cannot share memory among threads, or undefined where it can. */
export function sharingRefused(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined') return 'this engine has no SharedArrayBuffer';
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }).buffer instanceof SharedArrayBuffer
      ? undefined
      : 'this engine shares no memory';
  } catch (error) {
    return `no shared memory can be reserved (${messageOf(error)})`;
  }
}
