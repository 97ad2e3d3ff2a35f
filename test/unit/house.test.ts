/** What docs/architecture.md says of the house, where lint cannot hold it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('assembly'))
    .map((file) => join(folder, file));

describe('the house', () => {
  it('has the rooms that its page names, and no others', () => {
    const named = [...read('docs/architecture.md').matchAll(/^\| `src\/(\w+)` \|/gm)].map(([, room]) => room!);
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    assert.deepEqual([...named].sort(), rooms.sort());
  });

  it('has every source that its pages name', () => {
    for (const page of readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))) {
      const named = read(join('docs', page)).matchAll(/`((?:src|test|webview|scripts|bench)\/[\w/.-]+\.(?:ts|mjs))`/g);
      for (const [, file] of named) assert.ok(existsSync(join(ROOT, file!)), `docs/${page}: ${file!}`);
    }
  });

  it('has no word of one strategy where all strategies are shown', () => {
    const words = /\b(tau|temperature|entropySchedule|supernet|warmup|sparsify|settle)\b/i;
    const rooms = ['src/wire', 'src/reports', 'src/charts', 'webview'];
    // Runs of before, and the table of all strategies.
    const excepted = /old-runs\.ts$|strategies\.ts$|webview\/dev\//;
    for (const file of rooms.flatMap(filesIn).filter((one) => !excepted.test(one))) {
      const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      assert.doesNotMatch(code, words, file);
    }
  });

  it('puts what was thrown into words in one place', () => {
    for (const file of [...filesIn('src'), ...filesIn('webview')].filter((one) => !one.endsWith('error-text.ts')))
      assert.doesNotMatch(read(file), /\.message\)? : String\(/, `${file}: see src/base/error-text.ts`);
  });

  it('begins every source with what lives in it', () => {
    for (const file of [...filesIn('src'), ...filesIn('webview')].filter((one) => !one.includes('.generated.')))
      assert.match(read(file), /^(#!.*\n)?(\/\*\*|\/\/ )/, file);
  });
});
