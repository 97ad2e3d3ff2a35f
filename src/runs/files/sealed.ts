/** JSON files that carry the SHA-256 of their content: one flipped bit is said instead of believed. */
import { createHash } from 'node:crypto';
import { messageOf } from '../../base/error-text.ts';
import { MOST, readRegular, readRegularText } from '../../data/files/regular-file.ts';
import { isRecord, type Check } from '../../base/validate.ts';
import { writeAtomic } from './atomic-write.ts';
import { RunError, asRunError, systemCode } from '../folder/run-error.ts';

/** Key of the checksum: of the JSON text of everything else, without spaces. */
const SEAL = 'sha256';

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes a value with its checksum, whole or not at all. @throws RunError */
export function writeSealed(file: string, value: object): Promise<void> {
  return writeAtomic(file, `${JSON.stringify({ ...value, [SEAL]: sha256(JSON.stringify(value)) }, null, 2)}\n`);
}

/**
 * Reads and checks such a file, or one that was written before there were checksums; undefined where there is none.
 * @param formats versions of its format that `check` understands
 * @throws RunError where it cannot be read, is damaged, or is of another format version
 */
export async function readSealed<T>(
  file: string,
  check: Check<T>,
  formats: readonly number[] = [1],
): Promise<T | undefined> {
  const text = await readRegularText(file, MOST.json).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw asRunError(error, file);
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    refuseOtherFormat(value, file, formats);
    const { [SEAL]: seal, ...content } = isRecord(value) ? value : {};
    // A checksum under another key is one whose key was hit.
    const hit = seal === undefined && /^[0-9a-f]{64}$/.test(String(Object.values(content).at(-1)));
    if (hit || (seal !== undefined && seal !== sha256(JSON.stringify(content))))
      throw new Error('its content is not what was written (SHA-256)');
    return check(seal === undefined ? value : content);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError('damaged', file, `the file is damaged: ${messageOf(error)}.`, 'The folder is left as it is.');
  }
}

function refuseOtherFormat(value: unknown, file: string, formats: readonly number[]): void {
  if (!isRecord(value) || !('format' in value) || formats.some((format) => value['format'] === format)) return;
  const by = typeof value['version'] === 'string' ? ` by UDC ${value['version']}` : '';
  throw new RunError(
    'foreign-format',
    file,
    `this run was written in format ${JSON.stringify(value['format'])}${by}; this UDC reads format ${formats.join(' and ')}.`,
    'Use the UDC that wrote it. The folder is left as it is.',
  );
}

/** SHA-256 of a regular file, or undefined where there is none. @throws RunError */
export async function sha256Of(file: string, most: number): Promise<string | undefined> {
  return readRegular(file, most).then(sha256, (error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw asRunError(error, file);
  });
}
