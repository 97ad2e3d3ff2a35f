// Puts pinned packages into a folder of the user's cache: what lies there is complete or absent.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './process.mjs';

/**
 * The folder that says what is pinned: in a checkout, or beside `dist/` where this is bundled in the packaged
 * extension.
 */
export function pinnedFolder(name) {
  const found = ['../', '../scripts/']
    .map((folder) => fileURLToPath(new URL(`${folder}${name}/`, import.meta.url)))
    .find((folder) => fs.existsSync(folder));
  if (found === undefined)
    throw new Error(`The list of what to install (scripts/${name}) is missing: install the extension again.`);
  return found;
}

/**
 * Throws where the disk is too full for what is to be installed.
 * @param {string} folder that exists
 * @param {number} bytes needed while installing
 * @param {string} variable of the environment that names another folder
 */
export function needSpace(folder, bytes, variable) {
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new Error(
      `${folder} has ${Math.round(free / 1e9)} GB free; ${bytes / 1e9} are needed while installing. ${variable} names another folder.`,
    );
}

/**
 * A folder of the cache that is complete or absent: it is made under another name first.
 * @param {string} folder
 * @param {(work: string) => Promise<void>} make fills it, in the folder as it is before it gets its name
 */
export async function makeCached(folder, make) {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const work = fs.mkdtempSync(`${folder}.`);
  try {
    await make(work);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(work, folder);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder where the packages are to be, in its `node_modules`
 * @param {string} pinned folder of the package.json and package-lock.json that say which
 * @param {(work: string) => Promise<void>} finish what else is to be done, in the folder as it is before it gets its
 *   name
 */
export const installCached = (folder, pinned, finish) =>
  makeCached(folder, async (work) => {
    for (const file of ['package.json', 'package-lock.json'])
      fs.copyFileSync(path.join(pinned, file), path.join(work, file));
    console.log('Installing the npm packages');
    await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: work });
    await finish(work);
  });
