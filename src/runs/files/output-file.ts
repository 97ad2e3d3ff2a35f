/** Writing the files that a person names: results of commands, as opposed to the files of a run. */
import type { Stats } from 'node:fs';
import { chmod, lstat, readFile, readlink, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { specialKind } from '../../data/files/regular-file.ts';
import { writeAtomic } from './atomic-write.ts';
import type { FileAccess } from './write-together.ts';
import { RunError, advised, onDisk, systemCode } from '../folder/run-error.ts';

/** More links than this in a row go in a circle. */
const MOST_LINKS = 40;

/** What a path comes to when its last part is a link, and the link's, … The file itself may be missing. */
async function followed(path: string): Promise<string> {
  let at = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const found = await lstat(at).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found?.isSymbolicLink() !== true) return at;
    at = resolve(dirname(at), await readlink(at));
  }
  throw new RunError('not-writable', path, 'the links that this path leads over go in a circle.', 'Give another name.');
}

/**
 * Refuses a place that `writeOutput` would refuse, before the work that is to be written there.
 * @throws RunError where it is a folder, a device, a FIFO or a socket, or lies in no folder
 */
export async function checkOutput(file: string): Promise<void> {
  await onDisk(file, async () => {
    const target = await followed(file);
    const found = await statOf(target);
    refuseSpecial(file, found);
    if (found === undefined && (await statOf(dirname(target))) === undefined)
      throw new RunError('missing', file, 'there is no such file or folder.', OUTPUT_ADVICE.missing!);
  });
}

const statOf = (path: string): Promise<Stats | undefined> =>
  stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });

function refuseSpecial(file: string, found: Stats | undefined): void {
  const kind = found && specialKind(found);
  if (kind !== undefined)
    throw new RunError('not-writable', file, `this is ${kind}, which is not written to.`, 'Give the name of a file.');
}

/**
 * Replaces a file as a whole, or makes it. A link stays one: what it points to is written, made where it is missing.
 * The file keeps its permissions.
 * @throws RunError where the place is a folder, a device, a FIFO or a socket, and where the disk refuses
 */
export async function writeOutput(file: string, data: string | Uint8Array): Promise<void> {
  await onDisk(file, async () => {
    const target = await followed(file);
    const found = await statOf(target);
    refuseSpecial(file, found);
    try {
      await writeAtomic(target, data);
    } catch (error) {
      throw advised(error, file, OUTPUT_ADVICE, (next) => `${next} Nothing was replaced.`);
    }
    if (found) await chmod(target, found.mode);
  });
}

const OUTPUT_ADVICE: Readonly<Partial<Record<RunError['code'], string>>> = {
  'disk-full': 'Free some space, or give a file on another disk, and repeat the command. Nothing was replaced.',
  'not-writable': 'Give a file in a folder that you may write to. Nothing was replaced.',
  missing: 'The folder that it is to lie in must be there: make it first.',
};

/** Files of the disk. */
export const DISK_FILES: FileAccess<string> = {
  read: async (file) => (await statOf(file)) && readFile(file),
  write: writeOutput,
  remove: async (file) => rm(file, { force: true }),
};
