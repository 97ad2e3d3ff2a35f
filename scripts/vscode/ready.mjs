// Everything that the tests on a real workbench need.
import { ensureChromium } from './browser.mjs';
import { installVSCode } from './install.mjs';

/** Installs what is missing. Throws, with the remedy, when it cannot. */
export async function ensureWorkbench() {
  await ensureChromium();
  await installVSCode();
}
