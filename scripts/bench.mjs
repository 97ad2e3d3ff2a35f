// `npm run bench -- NAME [--backend B] [--threads N] [--json]`: runs bench/NAME.ts; without a name it lists them.
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { exitCode, failWith } from './lib/process.mjs';

async function main(parameters) {
  await ensureDependencies();
  process.exitCode = await exitCode(process.execPath, ['--import', 'tsx', inRoot('bench/run.ts'), ...parameters]);
}

await main(process.argv.slice(2)).catch(failWith);
