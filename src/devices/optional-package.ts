/** Finds the packages of optional backends. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultAssetFolder } from './assets.ts';

/** What loads them from beside a folder, where all of them are there. */
function requireBeside(folder: string, packages: readonly string[]): NodeJS.Require | undefined {
  if (!existsSync(folder)) return undefined;
  const required = createRequire(pathToFileURL(join(folder, 'package.json')));
  try {
    for (const name of packages) required.resolve(`${name}/package.json`);
    return required;
  } catch {
    return undefined;
  }
}

/**
 * What loads the packages from where they are: what a set-up script made, then the project or the installation.
 * @param isComplete whether what lies there can be used; default: yes
 */
export function findPackages(
  setUp: string,
  packages: readonly string[],
  isComplete: (required: NodeJS.Require) => boolean = () => true,
): NodeJS.Require | undefined {
  for (const folder of [setUp, defaultAssetFolder()]) {
    const required = requireBeside(folder, packages);
    if (required !== undefined && isComplete(required)) return required;
  }
  return undefined;
}
