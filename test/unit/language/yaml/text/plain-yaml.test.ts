/** The reader of plain YAML against the library: the same tree, or none. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import fc from 'fast-check';
import { readAny } from '../../../../../src/language/yaml/text/document.ts';
import { Problems } from '../../../../../src/network/model-error.ts';
import { readPlain } from '../../../../../src/language/yaml/text/plain-yaml.ts';
import { randomDefinition, type Gen } from '../../support/definitions.ts';

const OPTIONS = { seed: 20221107, endOnFailure: true } as const;

/** Asserts that the text is read as the library reads it, or is not plain; returns whether it is. */
function agrees(text: string): boolean {
  const plain = readPlain(text);
  if (!plain) return false;
  const problems = new Problems();
  assert.deepEqual(
    { tree: plain, problems: [] },
    { tree: readAny(text, problems), problems: problems.list },
    JSON.stringify(text),
  );
  return true;
}

/** What matters to YAML, or means something as a value. */
const FRAGMENTS = [
  ' ',
  '  ',
  '    ',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\t',
  ':',
  ': ',
  ' :',
  '#',
  ' #',
  ' # note',
  '-',
  '- ',
  '\n- ',
  '\n  - ',
  '?',
  '? ',
  ',',
  ', ',
  '{',
  '}',
  '{ ',
  ' }',
  '[',
  ']',
  '[1, 2]',
  '"',
  "'",
  "''",
  '\\',
  '\\n',
  '|',
  ' | ',
  '|\n',
  '>',
  '>-\n',
  '&',
  '&a ',
  '*a',
  '!',
  '!!str ',
  '!!int ',
  '%',
  '@',
  '`',
  '=',
  '<<: *a',
  '---',
  '\n---\n',
  '...',
  '\n...\n',
  '%YAML 1.1\n',
  '\uFEFF',
  '~',
  'null',
  'Null',
  'true',
  'False',
  'yes',
  '0',
  '-0',
  '+5',
  '007',
  '1e3',
  '1_000',
  '0x1F',
  '0o17',
  '0b1',
  '.5',
  '5.',
  '-.5',
  '.inf',
  '-.INF',
  '.nan',
  '12345678901234567890',
  '1:30',
  '2001-01-01',
  '3x3',
  './data',
  '-x',
  '--',
  '..',
  '16..64 step 16',
  '50%',
  'a b',
  'é',
  '\u00A0',
  '\u2003',
  '\u3000',
  '\u2028',
  '\u0085',
  '\u200B',
  '😀',
  '\uD800',
  '\u0000',
  '\u007F',
  'a',
  'a:',
  'a: b',
  'a: 1\n',
  '\n  b: 2',
  '\nlayers:',
  '- { a: 1 }',
  '{ a: 1, b: "c" }',
  '{ a: { b: 1 } }',
  '- a: 1\n    b: 2',
  'a: "x" # c\n',
  "a: 'x'\n",
  'constructor: 1\n',
  '__proto__: 1\n',
] as const;

const fragment = (g: Gen): string => g(fc.constantFrom, ...FRAGMENTS);

/** Contents of lines whose indents decide what they are. */
const COMMON_LINES = ['a: 1', 'b: x', 'c:', 'd:', 'f: { g: 1 }', '- a: 1', '- b:', '- { a: 1 }'] as const;
const LINES = [
  ...COMMON_LINES,
  'e: # note',
  '-',
  '- ',
  '-   c: 2',
  '- # note',
  '- - a: 1',
  '- x',
  'x',
  '"x"',
  '"k": 1',
  '? k',
  ': v',
  '# note',
  '',
  ' ',
  '\t',
  '# \ttab',
  'h: "x"',
  'i: {',
  '}',
  'j: [1]',
  'k: "x',
  'y"',
  'l: |',
  'm: { n: { o: p } } # end',
  '---',
  '...',
  'n: 1 # x: y',
  'o:  ',
  'p: a  ',
  '{ q: 1 }',
  'r: "a\\nb"',
  "s: 'it''s'",
  't: "\\\\"',
  'u: { v: "a\\tb", w: \'x\' }',
  'name: {a: 1,b: 2}',
  '-{ a: 1 }',
] as const;

/** Replaces, inserts or deletes a few characters. */
function edited(g: Gen, text: string): string {
  const start = g(fc.nat, { max: text.length });
  const end = Math.min(text.length, start + g(fc.nat, { max: 3 }));
  return text.slice(0, start) + (g(fc.nat, { max: 3 }) > 0 ? fragment(g) : '') + text.slice(end);
}

/** Asserts it of all texts that `write` makes, some of which must be plain. */
function allAgree(runs: number, write: (g: Gen) => readonly string[]): void {
  let plain = 0;
  fc.assert(
    fc.property(fc.gen(), (g) => {
      for (const text of write(g)) plain += Number(agrees(text));
    }),
    { ...OPTIONS, numRuns: runs },
  );
  assert.ok(plain > 50, `${plain} plain`);
}

describe('readPlain', () => {
  it('reads random definitions as the library does, and most of those without quirks', () => {
    allAgree(300, (g) => [randomDefinition(g).text]);
  });

  it('reads edited definitions as the library does', () => {
    allAgree(400, (g) => {
      const texts = [randomDefinition(g, 2).text];
      for (let i = 0; i < 5; i++) texts.push(edited(g, texts.at(-1)!));
      return texts.slice(1);
    });
  });

  it('reads any text made of what matters to YAML as the library does', () => {
    allAgree(4000, (g) => {
      const count = 1 + g(fc.nat, { max: 9 });
      let text = g(fc.boolean) ? 'a: ' : '';
      for (let i = 0; i < count; i++) text += fragment(g);
      return [text];
    });
  });

  it('reads lines at any indents as the library does', () => {
    allAgree(6000, (g) => {
      const common = g(fc.boolean);
      const lines = Array.from(
        { length: 1 + g(fc.nat, { max: 6 }) },
        () =>
          ' '.repeat(g(fc.constantFrom, 0, 0, 0, 1, 2, 2, 4)) + g(fc.constantFrom, ...(common ? COMMON_LINES : LINES)),
      );
      const end = g(fc.constantFrom, '\n', '\n', '\r\n');
      return [lines.join(end) + g(fc.constantFrom, '', end)];
    });
  });

  it('leaves to the library what looks plain', () => {
    for (const text of [
      'l:\n- a:\n- b: 1\n',
      'l:\n    - a: 1\n  - b: 1\n',
      'l:\n  - a: 1\n- b: 1\n',
      'a: "x\\n"\n',
      "a: 'it''s'\n",
      'a: b\n  c\n',
      'a: b\n c: d\n',
      'a: b: c\n',
      'a: b #c\n d\n',
      'a:\n',
      'a: { b }\n',
      'a: {b:1}\n',
      'a: *b\n',
      'a: 1\na: 2\n',
      '- { a: 1 }\n',
    ]) {
      assert.equal(readPlain(text), undefined, JSON.stringify(text));
    }
  });

  it('reads every example', () => {
    const folder = new URL('../../../../../examples/', import.meta.url);
    const files = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.udc.yaml'));
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(agrees(fs.readFileSync(new URL(file, folder), 'utf8')), file);
  });

  it('leaves to the library what nests deep or is long', () => {
    assert.equal(readPlain(`a: ${'{ a: '.repeat(20)}1${' }'.repeat(20)}\n`), undefined);
    assert.equal(readPlain(Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join('')), undefined);
  });
});
