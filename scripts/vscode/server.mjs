// Starts and stops a browser-served VS Code with its own home, user data and extensions folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode } from '../lib/process.mjs';
import { NODE, SERVER_ENTRY } from './cache.mjs';

/** The setting that a test of Restricted Mode switches on. */
const TRUST = 'security.workspace.trust.enabled';

/** What a test should not be disturbed by. */
const QUIET_SETTINGS = {
  [TRUST]: false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/**
 * The environment of a machine on which nobody has ever used VS Code: nothing of the caller's home is read or written.
 */
function freshEnvironment(home, extra) {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'TERM']
    .filter((name) => process.env[name])
    .map((name) => [name, process.env[name]]);
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, '.config'),
    XDG_DATA_HOME: path.join(home, '.local/share'),
    XDG_CACHE_HOME: path.join(home, '.cache'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    CS_DISABLE_PROXY: '1',
    ...extra,
  };
}

/** Adds user settings to those that are there. */
export function writeSettings(userData, settings) {
  const file = path.join(userData, 'User/settings.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const present = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  fs.writeFileSync(file, `${JSON.stringify({ ...present, ...settings }, null, 2)}\n`);
}

/** A temporary home with the folders of one VS Code in it. `userData` and `extensions` may lie elsewhere. */
export function createProfile({
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'udc-vscode-')),
  userData = path.join(home, 'user-data'),
  extensions = path.join(home, 'extensions'),
} = {}) {
  fs.mkdirSync(userData, { recursive: true });
  fs.mkdirSync(extensions, { recursive: true });
  const config = path.join(home, 'config.yaml');
  fs.writeFileSync(config, 'auth: none\n');
  return {
    home,
    userData,
    extensions,
    arguments: [SERVER_ENTRY, '--config', config, '--user-data-dir', userData, '--extensions-dir', extensions],
  };
}

/** Installs a `.vsix` into a profile, as `code --install-extension` does. */
export async function installExtension(profile, vsix) {
  const code = await exitCode(NODE, [...profile.arguments, '--install-extension', vsix, '--force'], {
    env: freshEnvironment(profile.home, {}),
    quiet: true,
  });
  if (code !== 0) throw new Error(`VS Code could not install ${vsix}`);
}

/**
 * Starts VS Code on 127.0.0.1 and waits until it answers.
 * @param {object} options
 * @param {ReturnType<typeof createProfile>} options.profile
 * @param {string} options.folder the workspace
 * @param {object} [options.settings] user settings beside the quiet ones
 * @param {string[]} [options.args] more command-line arguments
 * @param {object} [options.env] more environment of the server, which the extension host inherits
 * @returns {Promise<{ origin: string, authority: string, log: string, url(parameters?: object): string, stop():
 *   Promise<void> }>}
 */
export async function startServer({ profile, folder, settings = {}, args = [], env = {} }) {
  writeSettings(profile.userData, { ...QUIET_SETTINGS, ...settings });
  const port = await freePort();
  const log = path.join(profile.home, 'server.log');
  const output = fs.openSync(log, 'a');
  const child = spawn(
    NODE,
    [
      ...profile.arguments,
      '--auth',
      'none',
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--disable-telemetry',
      '--disable-update-check',
      ...(settings[TRUST] === true ? [] : ['--disable-workspace-trust']),
      '--disable-getting-started-override',
      '--disable-proxy',
      '--ignore-last-opened',
      ...args,
    ],
    { env: freshEnvironment(profile.home, env), stdio: ['ignore', output, output], detached: true },
  );
  fs.closeSync(output);

  const server = {
    origin: `http://127.0.0.1:${port}`,
    authority: `127.0.0.1:${port}`,
    log,
    url: (parameters = {}) => `http://127.0.0.1:${port}/?${new URLSearchParams({ folder, ...parameters })}`,
    stop: () => endGroup(child.pid),
  };
  await waitUntilHealthy(server.origin, child, log).catch(async (error) => {
    await server.stop();
    throw error;
  });
  return server;
}

async function waitUntilHealthy(origin, child, log) {
  for (const start = Date.now(); ; await sleep(50)) {
    if (child.exitCode !== null)
      throw new Error(`VS Code's server ended with ${child.exitCode}:\n${fs.readFileSync(log, 'utf8')}`);
    if (
      await fetch(`${origin}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    if (Date.now() - start > START_LIMIT_MS)
      throw new Error(
        `VS Code's server did not start within ${START_LIMIT_MS / 1000} s:\n${fs.readFileSync(log, 'utf8')}`,
      );
  }
}

/** Ends the process group that `startServer` made, and nothing else; returns when it is empty. */
async function endGroup(leader) {
  const signal = (name) => {
    try {
      process.kill(-leader, name);
      return true;
    } catch {
      return false;
    }
  };
  signal('SIGTERM');
  for (const start = Date.now(); signal(0); await sleep(50)) if (Date.now() - start > STOP_LIMIT_MS) signal('SIGKILL');
}
