// `npm run package`: the .vsix that people install.
import fs from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { failWith, run } from './lib/process.mjs';

/** Builds for production (vsce runs `vscode:prepublish`) and packs. Returns the path of the file. */
export async function packageExtension() {
  const { name, version } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
  const vsix = inRoot(`${name}-${version}.vsix`);
  const flags = [
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--no-update-package-json',
    '--no-git-tag-version',
  ];
  await run(process.execPath, [inRoot('node_modules/@vscode/vsce/vsce'), 'package', ...flags, '--out', vsix], {
    quiet: true,
  });
  return vsix;
}

async function main() {
  await ensureDependencies();
  const vsix = await packageExtension();
  console.log(
    `${vsix} (${(fs.statSync(vsix).size / 1e6).toFixed(2)} MB)\nInstall it with: code --install-extension ${vsix}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main().catch(failWith);
