// Builds everything into dist/ (what is shipped); with --tests only the suites for the extension host, into out/test/.
// node esbuild.js [--production] [--tests] [--watch]
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import * as esbuild from 'esbuild';
import { BUNDLES, forbiddenInputs, sizeLine, testBundle } from './scripts/build/bundles.mjs';
import { writeNotices } from './scripts/build/notices.mjs';
import { failWith, run } from './scripts/lib/process.mjs';
import { ROOT } from './scripts/lib/paths.mjs';

const flags = new Set(process.argv.slice(2));
const production = flags.has('--production');

async function build() {
  const bundles = flags.has('--tests') ? [testBundle()] : Object.values(BUNDLES);
  const inputs = new Set();
  for (const bundle of bundles) {
    const options = {
      ...bundle.options,
      absWorkingDir: ROOT,
      bundle: true,
      metafile: true,
      logLevel: 'warning',
      minify: production,
      legalComments: 'none',
      sourcemap: production ? false : 'linked',
    };
    if (flags.has('--watch')) {
      await (await esbuild.context(options)).watch();
      continue;
    }
    const { metafile } = await esbuild.build(options);
    const wrong = forbiddenInputs(bundle, metafile);
    if (wrong.length > 0) throw new Error(`${bundle.name} must not contain ${wrong.join(', ')}`);
    if (bundle.shipped) Object.keys(metafile.inputs).forEach((input) => inputs.add(input));
    report(bundle, metafile);
  }
  if (flags.has('--tests')) return;
  await run(process.execPath, ['scripts/build-kernels.mjs']);
  if (production) writeNotices(inputs);
}

function report(bundle, metafile) {
  const bytes = Object.entries(metafile.outputs)
    .filter(([file]) => !file.endsWith('.map'))
    .reduce((sum, [, output]) => sum + output.bytes, 0);
  console.log(sizeLine(bundle.name, bytes));
}

if (flags.has('--tests')) fs.rmSync(path.join(ROOT, 'out/test'), { recursive: true, force: true });
await build().catch(failWith);
