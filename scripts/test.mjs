// `npm test`: installs what the tests need, runs every part, two at once where there are two cores, and ends with the
// sum of their counts.
// `npm test -- unit host` runs some parts only; see PARTS.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { mochaCommand } from './lib/mocha.mjs';
import { inRoot } from './lib/paths.mjs';
import { exitCode } from './lib/process.mjs';
import { Turns } from './lib/turns.mjs';
import { CODE_SHIM } from './vscode/cache.mjs';
import { ensureWorkbench } from './vscode/ready.mjs';

const RESULTS = inRoot('test-results');
const tool = (file, ...args) => [process.execPath, [inRoot('node_modules', file), ...args]];

/** What the formatter holds; docs and data are as their authors lay them out. */
const FORMATTED = ['{src,test,webview,bench,scripts}/**/*.{ts,mjs,cjs}', '*.js'];

const CORES = os.availableParallelism();

/** So many parts run at once. */
const LANES = Math.min(2, CORES);

/** Files of unit suites are run by so many processes: most tests use one core. */
const UNIT_JOBS = String(Math.min(4, CORES));

/** Suites of workbenches wait more than they compute, but each takes the memory of a browser and of an editor. */
const UI_JOBS = String(Math.min(2, CORES));

/**
 * Each begins when those that it needs have ended and a lane is free; of several the first in this order. One that is
 * `alone` has nothing beside it. `suites` leave counts by the counting reporter; a part without them counts as one
 * test.
 */
const PARTS = [
  { name: 'package', command: [process.execPath, ['scripts/package.mjs']] },
  { name: 'types', command: tool('typescript/bin/tsc', '-p', '.') },
  { name: 'suites', command: [process.execPath, ['esbuild.js', '--production', '--tests']] },
  { name: 'lint', command: tool('eslint/bin/eslint.js', '.') },
  { name: 'format', command: tool('prettier/bin/prettier.cjs', '--log-level', 'warn', '--check', ...FORMATTED) },
  {
    name: 'host',
    suites: true,
    command: tool('@vscode/test-cli/out/bin.mjs'),
    needs: ['package', 'suites'],
    env: { VSCODE_PATH: process.env.VSCODE_PATH ?? CODE_SHIM },
  },
  // Threads of tests load the WebAssembly files of dist.
  {
    name: 'unit',
    suites: true,
    command: mochaCommand('test/unit/**/*.test.ts', '--parallel', '--jobs', UNIT_JOBS),
    needs: ['package'],
  },
  { name: 'vsix', suites: true, command: mochaCommand('test/package/**/*.test.ts'), needs: ['package'] },
  // A browser and a workbench depend on more than we hold: a test that fails is tried once more, and named.
  {
    name: 'ui',
    suites: true,
    alone: true,
    command: mochaCommand('test/ui/**/*.test.ts', '--retries', '1', '--parallel', '--jobs', UI_JOBS),
    needs: ['package'],
  },
];

function wanted(names) {
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0)
    throw new Error(`No such part: ${unknown.join(', ')}. Parts: ${PARTS.map((part) => part.name).join(', ')}`);
  if (names.length === 0) return PARTS;
  const needed = new Set([
    ...names,
    ...PARTS.filter((part) => names.includes(part.name)).flatMap((part) => part.needs ?? []),
  ]);
  return PARTS.filter((part) => needed.has(part.name));
}

/** Runs one part. A part that ends badly without a failed test of its own counts as one failure. */
async function runPart(part, write) {
  const countsFile = path.join(RESULTS, `${part.name}.json`);
  fs.rmSync(countsFile, { force: true });
  // Searches of tests begin at once: they wait for nobody's, and nobody's for them.
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const env = { UDC_QUEUE: 'off', ...colour, ...process.env, ...part.env, UDC_TEST_COUNTS: countsFile };
  const [command, args] = part.command;
  const code = await exitCode(command, args, { env, write });
  if (!part.suites) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  const counts = fs.existsSync(countsFile) ? JSON.parse(fs.readFileSync(countsFile, 'utf8')) : { passed: 0, failed: 0 };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Runs parts as `PARTS` says. Returns a row of counts for each, in their order. */
async function runAll(parts) {
  const turns = new Turns((text) => process.stdout.write(text));
  const [waiting, running, rows] = [[...parts], new Map(), new Map()];
  const ready = ({ needs = [], alone }) =>
    running.size < (alone ? 1 : LANES) &&
    ![...running.keys()].some((part) => part.alone) &&
    needs.every((name) => !parts.some((part) => part.name === name) || rows.has(name));
  const begin = async (part) => {
    const start = Date.now();
    const turn = turns.take();
    turn.write(`\n== ${part.name} ==\n`);
    const counts = await runPart(part, turn.write);
    rows.set(part.name, { part: part.name, ...counts, seconds: Math.round((Date.now() - start) / 1000) });
    turn.end();
    running.delete(part);
  };
  while (waiting.length + running.size > 0) {
    for (let next = waiting.find(ready); next; next = waiting.find(ready)) {
      waiting.splice(waiting.indexOf(next), 1);
      running.set(next, begin(next));
    }
    await Promise.race(running.values());
  }
  return parts.map(({ name }) => rows.get(name));
}

async function prepare(parts) {
  await ensureDependencies();
  if (parts.some((part) => part.name === 'host' || part.name === 'ui')) await ensureWorkbench();
}

async function main(names) {
  const parts = wanted(names);
  await prepare(parts);
  fs.mkdirSync(RESULTS, { recursive: true });
  const rows = await runAll(parts);
  console.log();
  console.table(
    rows.map(({ retried, ...row }) => ({ ...row, ...(retried?.length > 0 && { retried: retried.length }) })),
  );
  for (const { title, why } of rows.flatMap(({ retried }) => retried ?? []))
    console.log(`tried twice, to be mended: ${title}\n${why.replace(/^/gm, '    ')}`);
  const sum = (key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
