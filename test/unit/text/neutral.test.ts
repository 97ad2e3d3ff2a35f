/** Text from outside, in each place by the program that reads it there where this machine has it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { parse } from 'yaml';
import {
  brief,
  cComment,
  cString,
  csvCell,
  escapeHtml,
  fileArgument,
  hashComment,
  identifier,
  labelText,
  markdownFence,
  markdownText,
  noticeText,
  oneLine,
  shellWord,
  stringLiteral,
  terminalText,
  visibleLines,
  yamlScalar,
} from '../../../src/text/neutral.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';

/** What no reader sees: nothing of it may be left. Written in another way than in the source. */
function hidden(text: string): string | undefined {
  return [...text].find((character) => {
    const code = character.codePointAt(0)!;
    return (
      code < 32 ||
      (code >= 0x7f && code < 0xa0) ||
      (code >= 0xd800 && code < 0xe000) ||
      (code >= 0x202a && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069) ||
      [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].includes(code)
    );
  });
}

const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })).map(([a, b]) => a + b),
  fc.string({ unit: 'binary' }),
);
const holds = (check: (text: string) => void): void => {
  for (const text of HOSTILE) check(text);
  fc.assert(fc.property(hostile, check), { seed: 20261127, numRuns: 300 });
};
const installed = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

describe('neutral text', () => {
  it('has nothing hidden, in one line or in several', () => {
    holds((text) => {
      for (const one of [
        oneLine,
        markdownText,
        noticeText,
        labelText,
        hashComment,
        cComment,
        cString,
        csvCell,
        stringLiteral,
        shellWord,
      ]) {
        const lines = one === hashComment ? one(text).replaceAll('\n', '').replaceAll('\t', '') : one(text);
        assert.equal(hidden(lines), undefined, `${one.name}: ${JSON.stringify(one(text))}`);
      }
      for (const several of [visibleLines, terminalText, escapeHtml, markdownFence])
        assert.equal(hidden(several(text).replace(/[\n\t]/g, '')), undefined, several.name);
    });
  });

  it('is the beginning of what is too long, by whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 1, max: 30 }), (text, most) => {
        const shown = brief(text, most);
        assert.ok([...shown].length <= most);
        if ([...text].length <= most) assert.equal(shown, text);
        else assert.ok(shown.endsWith('…') && text.startsWith(shown.slice(0, -1)), shown);
        assert.doesNotMatch(shown.replace('…', ''), /\p{Cs}/u);
      }),
    );
    assert.equal(brief('long '.repeat(2000)).length, 120);
  });

  it('leaves ordinary text alone', () => {
    for (const text of ['kws-dscnn', '12.5 KiB', 'Größe 中 😀', 'a/b_c.yaml', 'T-shirt']) {
      for (const one of [oneLine, visibleLines, noticeText, labelText, cComment]) assert.equal(one(text), text);
    }
  });

  it('keeps JSON the same value on a terminal', () => {
    holds((text) => {
      assert.deepEqual(JSON.parse(terminalText(`${JSON.stringify({ text }, null, 2)}\n`)), { text });
    });
  });

  it('is the same value as a string literal, and as a YAML scalar', () => {
    holds((text) => {
      assert.equal(JSON.parse(stringLiteral(text)), text);
    });
    // YAML has no halves of pairs.
    holds((text) => {
      if (!/\p{Cs}/u.test(text)) assert.equal(parse(`a: { b: ${yamlScalar(text)}, c: 1 }`)?.a?.b, text);
    });
    for (const text of ['true', 'No', 'null', '1e3', '12', '.5', '2026-11-27', 'a: b', '- x', '~'])
      assert.equal(parse(`a: ${yamlScalar(text)}`).a, text);
    assert.equal(yamlScalar('my-net.safetensors'), 'my-net.safetensors');
  });

  it('is no link and no icon in VS Code', () => {
    // The patterns of VS Code: linkedText.ts and iconLabels.ts.
    const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
    holds((text) => {
      assert.doesNotMatch(noticeText(`A ${text}(command:x)`), link);
      assert.doesNotMatch(noticeText(`[${text}](command:x)`), link);
      assert.doesNotMatch(labelText(text), /\$\([A-Za-z0-9~-]+\)/);
    });
  });

  it('is no formula in a spreadsheet, and one cell', () => {
    holds((text) => {
      const cell = csvCell(text);
      const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      assert.doesNotMatch(inner, /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
      assert.match(cell, /^(?:[^",\r\n]*|"(?:[^"]|"")*")$/);
    });
    assert.deepEqual([csvCell(-2), csvCell('stem'), csvCell('a b')], ['-2', 'stem', 'a b']);
  });

  it('is an identifier of C and Python', () => {
    holds((text) => {
      assert.match(`udc_${identifier(text)}`, /^[A-Za-z_][A-Za-z0-9_]*$/);
    });
  });

  it('is one word of a shell, and no option', function shells() {
    if (!installed('bash')) this.skip();
    const words = HOSTILE.filter((text) => !text.includes('\u0000') && !/\p{Cs}/u.test(text));
    const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.deepEqual(stdout.split('\0').slice(0, -1), words);
    assert.deepEqual(['-x.yaml', 'x.yaml'].map(fileArgument), ['./-x.yaml', 'x.yaml']);
  });

  it('stays within a comment of Python and of C', function comments() {
    if (!installed('python3')) this.skip();
    const source = `# -*- coding: utf-8 -*-\n${HOSTILE.map(hashComment).join('\n')}\nVALUES = [${HOSTILE.map(stringLiteral).join(', ')}]\nprint("end", len(VALUES))\n`;
    const python = spawnSync('python3', ['-'], { input: source, encoding: 'utf8' });
    assert.deepEqual([python.stdout, python.stderr], [`end ${HOSTILE.length}\n`, '']);
    if (!installed('gcc')) this.skip();
    const unit = `${HOSTILE.map((text) => `/* ${cComment(text)} */\nstatic const char *x${Math.abs(HOSTILE.indexOf(text))} = ${cString(text)};`).join('\n')}\n`;
    const gcc = spawnSync(
      'gcc',
      ['-std=c99', '-trigraphs', '-Wall', '-Wextra', '-Werror', '-Wno-unused-variable', '-fsyntax-only', '-xc', '-'],
      { input: unit, encoding: 'utf8' },
    );
    assert.deepEqual([gcc.status, gcc.stderr], [0, '']);
  });

  it('is text in HTML, also within a quoted attribute', function pages() {
    if (!installed('python3')) this.skip();
    const page = HOSTILE.map(
      (text) => `<p title="${escapeHtml(text)}">${escapeHtml(text)}</p><p title='${escapeHtml(text)}'></p>`,
    ).join('\n');
    const program = `
import sys, json
from html.parser import HTMLParser
class P(HTMLParser):
    tags, texts = [], []
    def handle_starttag(self, tag, attrs): self.tags.append([tag, [a[0] for a in attrs], attrs[0][1]])
    def handle_data(self, data): self.texts.append(data)
    def handle_comment(self, data): self.tags.append(["comment", [], ""])
p = P(); p.feed(sys.stdin.buffer.read().decode()); p.close()
print(json.dumps(p.tags))`;
    const { stdout } = spawnSync('python3', ['-c', program], { input: page, encoding: 'utf8' });
    const tags = JSON.parse(stdout) as [string, string[], string][];
    assert.equal(tags.length, 2 * HOSTILE.length);
    assert.ok(tags.every(([tag, attributes]) => tag === 'p' && attributes.join() === 'title'));
    assert.deepEqual(
      tags.filter((_, i) => i % 2 === 0).map(([, , title]) => title),
      HOSTILE.map(visibleLines),
    );
  });
});
