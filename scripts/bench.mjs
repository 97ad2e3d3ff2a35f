// `npm run bench -- NAME [options]`: runs bench/NAME.ts; without a name it lists them. Options go to the benchmark.
import fs from 'node:fs';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { exitCode, failWith } from './lib/process.mjs';

const names = fs.readdirSync(inRoot('bench')).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));

async function main([name, ...options]) {
  if (!names.includes(name)) {
    console.error(`usage: npm run bench -- NAME [options]\nbenchmarks: ${names.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  await ensureDependencies();
  process.exitCode = await exitCode(process.execPath, ['--import', 'tsx', inRoot(`bench/${name}.ts`), ...options]);
}

await main(process.argv.slice(2)).catch(failWith);
