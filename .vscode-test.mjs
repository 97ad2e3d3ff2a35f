// Extension-host suites, for `npx vscode-test` and for VS Code's Extension Test Runner.
// VSCODE_PATH names an installed VS Code or scripts/vscode/app/code; without it a desktop VS Code is downloaded.
import { defineConfig } from '@vscode/test-cli';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { inRoot } from './scripts/lib/paths.mjs';

// Searches of tests begin at once: they neither wait for a person's searches nor keep them waiting.
process.env.UDC_QUEUE ??= 'off';

const BUNDLES = inRoot('out/test');

/** Sorted: the suites of the extension itself come first, and its activation before all. */
const suites = fs.existsSync(BUNDLES)
  ? fs
      .readdirSync(BUNDLES, { recursive: true })
      .filter((file) => file.endsWith('.test.cjs'))
      .sort()
      .map((file) => path.join(BUNDLES, file))
  : 'out/test/**/*.test.cjs';

export default defineConfig({
  files: suites,
  workspaceFolder: process.env.UDC_HOST_WORKSPACE ?? 'examples/quickstart',
  mocha: { ui: 'bdd', timeout: 60_000, reporter: inRoot('scripts/lib/counting-reporter.cjs') },
  ...(process.env.VSCODE_PATH ? { useInstallation: { fromPath: process.env.VSCODE_PATH } } : {}),
});
