// `npm run pictures`: the README's pictures, taken by the workbench test of a search, on the quickstart example.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { mochaCommand } from './lib/mocha.mjs';
import { inRoot } from './lib/paths.mjs';
import { failWith, run } from './lib/process.mjs';
import { quickstartDefinition } from './lib/workspace.mjs';
import { packageExtension } from './package.mjs';
import { ensureWorkbench } from './vscode/ready.mjs';

const TAKEN = inRoot('test-results/ui');
const KEPT = inRoot('media/pictures');

/** Which of the test's pictures the README shows, and as what. */
const PICTURES = {
  'sizes on hover': 'hover',
  'search running': 'search-running',
  'layers while searching': 'layers',
  'search done': 'search-done',
  changes: 'architecture-applied',
  'panel light': 'panel-light',
};

async function main() {
  await ensureDependencies();
  await ensureWorkbench();
  await packageExtension();
  await run(...mochaCommand('test/ui/workbench/search.test.ts'), {
    env: { ...process.env, UDC_UI_DEFINITION: quickstartDefinition() },
  });
  fs.mkdirSync(KEPT, { recursive: true });
  for (const [taken, kept] of Object.entries(PICTURES))
    fs.copyFileSync(path.join(TAKEN, `${taken}.png`), path.join(KEPT, `${kept}.png`));
}

await main().catch(failWith);
