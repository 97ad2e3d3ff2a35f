/** Byte counts as people write them: '48 KiB', '442368', '1.5 MB'. */
import { quantity } from './quantity-units.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  byte: 1,
  bytes: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Most bytes that a budget may name: far above any microcontroller, and exact in a double. */
const MOST_BYTES = 2 ** 48;

/** What `parseBytes` accepts, for messages. */
export const BYTES_EXPECTED =
  'a number of bytes such as `48 KiB`, `442368` or `1.5 MB` (KiB = 1024 bytes, KB = 1000 bytes)';

/**
 * Reads a number of bytes. Units: B, KB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024), any case, space
 * optional; no unit is bytes.
 * A fraction of a byte is cut off.
 * @throws RangeError that says what would be right, when the text is no positive number of bytes.
 */
export function parseBytes(text: string): number {
  const bytes = Math.floor(quantity(text, UNITS, true) ?? 0);
  if (bytes < 1 || bytes > MOST_BYTES) throw new RangeError(`\`${text.trim()}\` is not ${BYTES_EXPECTED}`);
  return bytes;
}

/** Exactly so many bytes, as `parseBytes` reads them: '48 KiB', '2016 B'. */
export function bytesText(bytes: number): string {
  const [unit, size] = (
    [
      ['MiB', 1024 ** 2],
      ['KiB', 1024],
      ['B', 1],
    ] as const
  ).find(([, one]) => bytes % one === 0)!;
  return `${bytes / size} ${unit}`;
}
