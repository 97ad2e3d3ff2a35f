// `npm start`: from a fresh checkout to a finished search of the shipped example, then how to see it in VS Code.
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { failWith, run } from './lib/process.mjs';
import { prepareQuickstart } from './lib/workspace.mjs';

async function main() {
  await ensureDependencies();
  console.log('Building');
  await run(process.execPath, ['esbuild.js'], { quiet: true });
  await run(process.execPath, ['dist/cli.cjs', 'search', prepareQuickstart({ fresh: true })]);
  console.log(`
See it in VS Code:
  npm run vscode      opens VS Code with the extension and a copy of this example; then F1, "UDC: Start Search"
  npm run package     makes the .vsix to install: code --install-extension udc-nas-*.vsix`);
}

await main().catch(failWith);
