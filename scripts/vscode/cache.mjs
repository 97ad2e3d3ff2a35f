// Which VS Code the tests use and where it lies: a folder outside git, filled by install.mjs, keyed on the versions.
import path from 'node:path';
import process from 'node:process';
import { inRoot } from '../lib/paths.mjs';

/** Pinned versions: the Node that VS Code ships with, and the code-server that carries VS Code 1.139. */
export const VERSIONS = { node: '24.21.0', codeServer: '4.139.1' };

/** `VSCODE_SERVER_DIR` lets several checkouts share one folder. */
export const CACHE = path.resolve(process.env.VSCODE_SERVER_DIR ?? inRoot('.vscode-server-test'));

const system = process.platform === 'win32' ? 'win' : process.platform;

/** The npm package that carries the Node executable of this machine. */
export const NODE_PACKAGE = `${system === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${system}-${process.arch}`;

export const NODE_FOLDER = path.join(CACHE, 'node_modules', NODE_PACKAGE);
export const NODE = path.join(NODE_FOLDER, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
export const CODE_SERVER = path.join(CACHE, 'node_modules/code-server');
export const SERVER_ENTRY = path.join(CODE_SERVER, 'out/node/entry.js');

/** Exists when the folder is complete for these versions. */
export const STAMP = path.join(
  CACHE,
  `.complete-${VERSIONS.node}-${VERSIONS.codeServer}-${process.platform}-${process.arch}`,
);

/** Stands in for the `code` executable (see code.mjs); what `VSCODE_PATH` is set to for @vscode/test-cli. */
export const CODE_SHIM = inRoot('scripts/vscode/app/code');
