/** Renders `media/icon.svg` to `media/icon.png`, 128 × 128: `npx tsx webview/dev/icon.ts`. */
import { readFile } from 'node:fs/promises';
import { launchBrowser } from '../../scripts/vscode/browser.mjs';

const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<style>body{margin:0}svg{display:block}</style>${await readFile('media/icon.svg', 'utf8')}`);
await page.screenshot({ path: 'media/icon.png', omitBackground: true });
await browser.close();
