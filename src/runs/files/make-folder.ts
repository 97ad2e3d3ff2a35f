/** Making folders. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onDisk, systemCode } from '../folder/run-error.ts';

/**
 * Makes a folder and those above it that are missing. One by one: where the system says that a folder does not exist
 * whose parent does,
 * as /proc does of every new name, node's own recursive mkdir tries for ever.
 * @throws RunError
 */
export async function makeFolder(path: string): Promise<void> {
  await onDisk(path, async () => {
    const missing: string[] = [];
    for (let at = path; !(await isThere(at)); at = dirname(at)) {
      missing.push(at);
      if (dirname(at) === at) break;
    }
    for (const folder of missing.reverse()) {
      // Another process may make it at the same moment.
      await mkdir(folder).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
      });
    }
    if (!(await stat(path)).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' });
  });
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
