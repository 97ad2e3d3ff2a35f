/** Whether this process may reserve as much memory as WebAssembly usually does. */
import { readFileSync } from 'node:fs';

/**
 * Each memory reserves about 10 GiB of addresses for traps at its borders, of which nothing is ever used; a worker has
 * several.
 */
const PLENTY_BYTES = 64 * 2 ** 30;

/**
 * Arguments of Node for a worker: with a limit on addresses (`ulimit -v`), WebAssembly checks its borders itself and
 * reserves nothing beyond its memory.
 * Only Linux tells of such a limit.
 */
export function memoryArguments(limits = '/proc/self/limits'): readonly string[] {
  const text = process.platform === 'linux' ? textOf(limits) : '';
  const limit = /^Max address space\s+(\d+)/m.exec(text)?.[1];
  return limit !== undefined && Number(limit) < PLENTY_BYTES ? ['--disable-wasm-trap-handler'] : [];
}

/** A file of the kernel's, there at once. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
