// Extension-host suites, for `npx vscode-test` and for VS Code's Extension Test Runner.
// VSCODE_PATH names an installed VS Code or scripts/vscode/app/code; without it a desktop VS Code is downloaded.
import { defineConfig } from '@vscode/test-cli';
import { fileURLToPath } from 'node:url';

export default defineConfig({
  files: 'out/test/**/*.test.cjs',
  workspaceFolder: process.env.UDC_HOST_WORKSPACE ?? 'examples/quickstart',
  mocha: { ui: 'bdd', timeout: 60_000, reporter: fileURLToPath(new URL('scripts/lib/counting-reporter.cjs', import.meta.url)) },
  ...(process.env.VSCODE_PATH ? { useInstallation: { fromPath: process.env.VSCODE_PATH } } : {}),
});
