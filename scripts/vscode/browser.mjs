// The browser that shows the browser-served VS Code: the machine's own Chromium, installed from Debian when there is
// none.
import fs from 'node:fs';
import process from 'node:process';
import { run } from '../lib/process.mjs';

const CANDIDATES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The executable, or undefined. `CHROMIUM` names one that lies elsewhere. */
export const findChromium = () => CANDIDATES.find((file) => file && fs.existsSync(file));

/** Installs Debian's Chromium when the machine has no browser and we may; otherwise says what to do. */
export async function ensureChromium(log = console.log) {
  if (findChromium()) return;
  if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    throw new Error(
      'No Chromium or Chrome found. Install one (Debian: apt-get install chromium), or name it in the variable CHROMIUM.',
    );
  }
  log('Installing Chromium from Debian');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env, quiet: true });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env, quiet: true });
}

/** Launches it headless. Playwright is loaded here, so that scripts can run before anything is installed. */
export async function launchBrowser() {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}
