// `npm run vscode`: a VS Code with the extension and a copy of the example. The desktop one where there is one, else
// one served to the browser.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT, inRoot } from './lib/paths.mjs';
import { failWith, run } from './lib/process.mjs';
import { prepareQuickstart } from './lib/workspace.mjs';

/** `VSCODE_PATH`, or a `code` on the path. */
function desktopCode() {
  const names = process.platform === 'win32' ? ['code.cmd'] : ['code', 'code-insiders', 'codium'];
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [process.env.VSCODE_PATH, ...onPath].find((file) => file && fs.existsSync(file));
}

async function openInBrowser(folder, definition) {
  const { installVSCode } = await import('./vscode/install.mjs');
  const { createProfile, installExtension, startServer } = await import('./vscode/server.mjs');
  const { packageExtension } = await import('./package.mjs');
  await installVSCode();
  console.log('Packing the extension');
  const profile = createProfile({ home: inRoot('out/vscode-home') });
  await installExtension(profile, await packageExtension());
  const server = await startServer({ profile, folder });
  const address = server.url({
    payload: JSON.stringify([['openFile', `vscode-remote://${server.authority}${definition}`]]),
  });
  console.log(`\nVS Code, only for this machine, until Ctrl+C:\n  ${address}`);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await server.stop();
}

async function main() {
  await ensureDependencies();
  const definition = prepareQuickstart();
  const folder = path.dirname(definition);
  const code = desktopCode();
  if (!code) return openInBrowser(folder, definition);
  await run(process.execPath, ['esbuild.js'], { quiet: true });
  await run(code, [`--extensionDevelopmentPath=${ROOT}`, folder, definition]);
}

await main().catch(failWith);
