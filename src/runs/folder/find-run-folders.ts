/** The folders of runs in a folder and below it: definitions in subfolders may have runs beside them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runsFolderOf } from './run-folder.ts';

/** Deeper folders, and more of them, are not looked into: a workspace may be a whole disk. */
const LIMITS = { depth: 6, folders: 5000 } as const;

/** Holds what nobody wrote a definition into. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'site-packages']);

/**
 * The folders of runs of `root` and of the folders below it that have `.udc`, the nearest first. Hidden folders are not
 * looked into, nor are links followed; what cannot be read is passed over.
 */
export async function findRunFolders(
  root: string,
  limits: { depth: number; folders: number } = LIMITS,
): Promise<string[]> {
  const found: string[] = [];
  let level = [root];
  let looked = 0;
  for (let depth = 0; depth <= limits.depth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (++looked > limits.folders) return found;
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries.filter((one) => one.isDirectory())) {
        if (entry.name === '.udc') found.push(runsFolderOf(folder));
        else if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) next.push(join(folder, entry.name));
      }
    }
    level = next.sort();
  }
  return found;
}
