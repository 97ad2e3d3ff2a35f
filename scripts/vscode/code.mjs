// Stands in for the desktop `code` executable: takes the arguments that @vscode/test-electron passes, runs the tests in
// the extension host
// of a browser-served VS Code with headless Chromium as its window, and exits with the verdict of the suites.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { format, parseArgs } from 'node:util';
import { failWith } from '../lib/process.mjs';
import { inRoot } from '../lib/paths.mjs';
import { CODE_SERVER } from './cache.mjs';
import { launchBrowser } from './browser.mjs';
import { createProfile, installExtension, startServer } from './server.mjs';

const LIMIT_MS = Number(process.env.UDC_HOST_TEST_LIMIT_MS ?? 1_200_000);

/** Log lines of the workbench that say nothing about the tests. */
const NOISE =
  /^(Ignoring fetching|Resolv|Creating a socket|\[(AgentHost|AccountPolicy|Service Worker|reconnection)|Updating additional)/;

/** Variables that would lead VS Code back to the caller's own home or editor. */
const NOT_PASSED_ON = new Set(['HOME', 'PORT', 'PASSWORD', 'VSCODE_IPC_HOOK_CLI']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
    'install-extension': { type: 'string', multiple: true, default: [] },
    extensionDevelopmentPath: { type: 'string', multiple: true, default: [] },
    extensionTestsPath: { type: 'string' },
    version: { type: 'boolean' },
  },
});

if (values.version) {
  console.log(JSON.parse(fs.readFileSync(path.join(CODE_SERVER, 'lib/vscode/package.json'), 'utf8')).version);
} else {
  const profile = createProfile({
    ...(values['user-data-dir'] ? { userData: values['user-data-dir'] } : {}),
    ...(values['extensions-dir'] ? { extensions: values['extensions-dir'] } : {}),
  });
  await main(profile).catch(failWith);
}

async function main(profile) {
  for (const vsix of values['install-extension']) await installExtension(profile, vsix);
  if (!values.extensionTestsPath) {
    if (values['install-extension'].length === 0)
      throw new Error('Only --extensionTestsPath, --install-extension and --version are known here.');
    return;
  }
  const verdictFile = path.join(profile.home, 'verdict.json');
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.has(name)));
  const server = await startServer({
    profile,
    folder: path.resolve(positionals[0] ?? fs.mkdtempSync(path.join(profile.home, 'workspace-'))),
    args: ['--vscode-option', 'enable-smoke-test-driver'],
    env: { ...inherited, UDC_TEST_MODULE: path.resolve(values.extensionTestsPath), UDC_VERDICT_FILE: verdictFile },
  });
  let browser;
  const end = async () => {
    await browser?.close();
    await server.stop();
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => void end().then(() => process.exit(code)));
  try {
    browser = await launchBrowser();
    const reported = await runInWindow(browser, server, profile);
    if (!fs.existsSync(verdictFile))
      throw new Error(
        `The extension host ended before the tests did (the window reported ${reported}); see ${server.log}`,
      );
    process.exitCode = reported === 0 && JSON.parse(fs.readFileSync(verdictFile, 'utf8')).passed ? 0 : 1;
  } finally {
    await end();
  }
  if (process.exitCode === 0) fs.rmSync(profile.home, { recursive: true, force: true });
}

/** Opens the workbench as an extension test window and resolves to the exit code that it reports. */
async function runInWindow(browser, server, profile) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const remote = (file) => `vscode-remote://${server.authority}${path.resolve(file.replace(/^file:\/\//, ''))}`;
  const ended = new Promise((resolve, reject) => {
    page.on('crash', () => reject(new Error('The window crashed.')));
    void page.exposeFunction('codeAutomationExit', resolve);
  });
  await page.exposeFunction('codeAutomationLog', (kind, parts) => {
    const line = format(...parts);
    if (!NOISE.test(line)) (kind === 'error' ? console.error : console.log)(line);
  });
  await page.goto(
    server.url({
      payload: JSON.stringify([
        ...values.extensionDevelopmentPath.map((folder) => ['extensionDevelopmentPath', remote(folder)]),
        ['extensionTestsPath', remote(inRoot('scripts/vscode/verdict.cjs'))],
      ]),
    }),
    // A busy machine takes minutes.
    { timeout: LIMIT_MS },
  );
  const late = new Promise((_, reject) => {
    setTimeout(() => {
      const picture = path.join(profile.home, 'timeout.png');
      void page
        .screenshot({ path: picture })
        .finally(() => reject(new Error(`No verdict within ${LIMIT_MS / 1000} s; see ${picture} and ${server.log}`)));
    }, LIMIT_MS).unref();
  });
  return Promise.race([ended, late]);
}
