// The licences of everything that ended up in a shipped bundle, taken from what esbuild says it read.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.mjs';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** The folder of the package that a bundled file belongs to, or undefined for our own files. */
function packageFolder(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

function notice(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(inRoot(folder, 'package.json'), 'utf8'));
  const texts = fs
    .readdirSync(inRoot(folder))
    .filter((file) => LICENCE_FILE.test(file))
    .map((file) => fs.readFileSync(inRoot(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/**
 * Writes dist/THIRD-PARTY-NOTICES.txt.
 * @param {Iterable<string>} inputs paths of all bundled files, relative to the project
 */
export function writeNotices(inputs) {
  const folders = new Set([...inputs].map(packageFolder).filter((folder) => folder !== undefined));
  const notices = [...folders].sort().map(notice);
  const head = 'UDC for VS Code contains the following packages.';
  fs.writeFileSync(
    path.join(inRoot('dist'), 'THIRD-PARTY-NOTICES.txt'),
    [head, ...notices].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n',
  );
}
