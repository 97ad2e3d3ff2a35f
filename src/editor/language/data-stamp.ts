/** Tells the files of a data set from what they were, without reading them: by the times of folders and named files. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** So many files and folders are looked at. */
const MOST = 512;

/** Folders of parts, which hold those of classes. */
const PART = /^(train|test|val)/i;

/**
 * A text that changes when files come, go or change: the set's own file or folder, what stands in it, and the folders
 * of its parts, whose times change with what is in them.
 */
export async function dataStamp(path: string): Promise<string> {
  const stamps: string[] = [];
  const waiting = [{ path, read: true }];
  for (let one = waiting.shift(); one && stamps.length < MOST; one = waiting.shift()) {
    const found = await stat(one.path).catch(() => undefined);
    stamps.push(`${one.path} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`);
    if (found?.isDirectory() !== true || !one.read) continue;
    const entries = await readdir(one.path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, MOST))
      waiting.push({ path: join(one.path, entry.name), read: entry.isDirectory() && PART.test(entry.name) });
  }
  return stamps.join('\n');
}
