/** Files that are either the old one or the whole new one, whatever happens while they are written. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onDisk } from '../folder/run-error.ts';

const TEMPORARY = '.tmp';

/** Whether a name is of a file that a crash left half-written. */
export const isTemporary = (name: string): boolean => name.endsWith(TEMPORARY);

/**
 * Writes to a temporary name beside `file`, to the disk, and renames it. A failure leaves the old file and no temporary
 * one. A link is replaced, not followed.
 * @throws RunError
 */
export async function writeAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}${TEMPORARY}`;
  await onDisk(file, async () => {
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(data);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(file));
  });
}

/** Makes a rename survive a power cut. Windows cannot open folders and needs no such step. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
