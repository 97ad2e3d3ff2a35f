// Installs the packages of package-lock.json when they are missing or older than it.
import fs from 'node:fs';
import process from 'node:process';
import { inRoot } from './paths.mjs';
import { npm } from './process.mjs';

const readPackages = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages;

/**
 * What package-lock.json wants and node_modules lacks: npm keeps its own list of what it installed. Optional packages
 * may be absent,
 * and so may those for other systems.
 */
function missingPackages() {
  const list = inRoot('node_modules/.package-lock.json');
  if (!fs.existsSync(list)) return ['everything'];
  const installed = readPackages(list);
  return Object.entries(readPackages(inRoot('package-lock.json')))
    .filter(
      ([folder, wanted]) =>
        folder !== '' && !wanted.optional && !wanted.devOptional && installed[folder]?.version !== wanted.version,
    )
    .map(([folder]) => folder.replace('node_modules/', ''));
}

/** Checks that Node is new enough, then runs `npm ci` where something is missing. */
export async function ensureDependencies(log = console.log) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`UDC needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  const missing = missingPackages();
  if (missing.length === 0) return;
  log(
    `Installing packages (missing: ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''})`,
  );
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
