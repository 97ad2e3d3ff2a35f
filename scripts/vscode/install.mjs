// Puts a real VS Code (code-server, run by the Node that VS Code ships) into the cache folder, from the npm registry
// alone.
// Run it by hand with `node scripts/vscode/install.mjs`; it returns at once when the folder is complete.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { failWith, npm, npmEnvironment } from '../lib/process.mjs';
import { CACHE, CODE_SERVER, NODE_FOLDER, NODE_PACKAGE, STAMP, VERSIONS } from './cache.mjs';

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Installs what is missing. Throws when the registry cannot be reached. */
export async function installVSCode(log = console.log) {
  if (fs.existsSync(STAMP)) return;
  const start = Date.now();
  const lap = (what) => log(`  ${((Date.now() - start) / 1000).toFixed(0)} s: ${what}`);
  log(`Installing VS Code for the tests (code-server ${VERSIONS.codeServer}, Node ${VERSIONS.node}) into ${CACHE}`);
  fs.rmSync(CACHE, { recursive: true, force: true });
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(path.join(CACHE, 'package.json'), '{ "private": true }\n');

  // Without install scripts: code-server's own wants npm to be run by Node 24 and compiles modules that tests do not
  // need.
  await npm(
    [
      'install',
      '--ignore-scripts',
      '--no-package-lock',
      '--no-save',
      `${NODE_PACKAGE}@${VERSIONS.node}`,
      `code-server@${VERSIONS.codeServer}`,
      ...QUIET,
    ],
    { cwd: CACHE, quiet: true },
  );
  lap('Node and code-server');

  // What that install script would have done. `npm ci` refuses here: the shrinkwrap is out of step with package.json.
  const vscode = path.join(CODE_SERVER, 'lib/vscode');
  for (const folder of [vscode, path.join(vscode, 'extensions')]) {
    await npm(['install', '--omit=dev', '--ignore-scripts', ...QUIET], { cwd: folder, quiet: true });
  }
  lap('dependencies of VS Code and of its built-in extensions');

  await buildNativeModules(vscode).then(
    () => lap('spdlog and native-watchdog built'),
    () => lap('no compiler: VS Code runs without log files'),
  );
  fs.writeFileSync(STAMP, '');
}

/** Log files need spdlog; it is built with the headers inside the node package, so nothing is downloaded. */
function buildNativeModules(vscode) {
  const env = npmEnvironment({
    npm_config_nodedir: NODE_FOLDER,
    PATH: path.join(NODE_FOLDER, 'bin') + path.delimiter + process.env.PATH,
  });
  return npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog', ...QUIET], { cwd: vscode, env, quiet: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await installVSCode().catch(failWith);
