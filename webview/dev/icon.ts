/** Renders `media/icon.svg` to `media/icon.png`, 128 × 128: `npx tsx webview/dev/icon.ts`. */
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { ARGUMENTS, CHROMIUM } from './harness.ts';

const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...ARGUMENTS] });
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<style>body{margin:0}svg{display:block}</style>${await readFile('media/icon.svg', 'utf8')}`);
await page.screenshot({ path: 'media/icon.png', omitBackground: true });
await browser.close();
