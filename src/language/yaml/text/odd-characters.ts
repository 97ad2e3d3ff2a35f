/**
 * Characters that look like others or like nothing, and that text copied from a web page or a word processor brings
 * along.
 */
import type { Diagnostic } from '../../../network/types.ts';

/** What a character is called, and what its writer meant. */
interface OddCharacter {
  readonly name: string;
  readonly means: string;
}

const space = (name: string): OddCharacter => ({ name, means: ' ' });
const nothing = (name: string): OddCharacter => ({ name, means: '' });
const like = (name: string, means: string): OddCharacter => ({ name, means });

export const ODD_CHARACTERS: ReadonlyMap<string, OddCharacter> = new Map([
  ['\u00a0', space('no-break space')],
  ['\u1680', space('ogham space')],
  ['\u202f', space('narrow no-break space')],
  ['\u205f', space('mathematical space')],
  ['\u3000', space('ideographic space')],
  ...Array.from({ length: 11 }, (_, i) => [String.fromCharCode(0x2000 + i), space('typographic space')] as const),
  ['\u00ad', nothing('soft hyphen')],
  ['\u200b', nothing('zero-width space')],
  ['\u200c', nothing('zero-width non-joiner')],
  ['\u200d', nothing('zero-width joiner')],
  ['\u2060', nothing('word joiner')],
  ['\ufeff', nothing('byte order mark')],
  ...[0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069].map(
    (code) => [String.fromCharCode(code), nothing('direction mark')] as const,
  ),
  ['\u201c', like('curly quotation mark', '"')],
  ['\u201d', like('curly quotation mark', '"')],
  ['\u201e', like('low quotation mark', '"')],
  ['\u2018', like('curly quotation mark', "'")],
  ['\u2019', like('curly quotation mark', "'")],
  ['\u2010', like('hyphen', '-')],
  ['\u2011', like('no-break hyphen', '-')],
  ['\u2012', like('dash', '-')],
  ['\u2013', like('dash', '-')],
  ['\u2014', like('dash', '-')],
  ['\u2212', like('minus sign', '-')],
  ['\u00d7', like('multiplication sign', 'x')],
  ['\u2026', like('ellipsis', '..')],
  ['\uff1a', like('full-width colon', ':')],
  ['\uff0c', like('full-width comma', ',')],
  ['\uff5c', like('full-width bar', '|')],
  ['\u00a6', like('broken bar', '|')],
  ['\uff5b', like('full-width brace', '{')],
  ['\uff5d', like('full-width brace', '}')],
]);

const code = (character: string): string => `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

function problemText(character: string, { name, means }: OddCharacter): string {
  if (means === '') return `An invisible character stands here, a ${name} (${code(character)}): remove it`;
  return `${/^[aeio]/.test(name) ? 'An' : 'A'} ${name} (${code(character)}) stands here: write ${means === ' ' ? 'a plain space' : `\`${means}\``}`;
}

/** Lines that an error may be about: a syntax error is often noticed on the line after. */
function suspectLines(diagnostics: readonly Diagnostic[]): ReadonlySet<number> {
  return new Set(
    diagnostics
      .filter(({ severity }) => severity === 'error')
      .flatMap(({ code: kind, line }) => (kind === 'yaml-syntax' ? [line - 1, line, line + 1] : [line])),
  );
}

const errorsOf = (diagnostics: readonly Diagnostic[]): number =>
  diagnostics.filter(({ severity }) => severity === 'error').length;

/**
 * The problems of a text with odd characters on the lines of its errors: where plain characters would mend something,
 * the odd ones are
 * what is wrong, and only what plain ones leave wrong stays. `diagnose` says what is wrong with a text.
 */
export function blameOddCharacters(
  text: string,
  diagnostics: readonly Diagnostic[],
  diagnose: (text: string) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const lines = suspectLines(diagnostics);
  if (lines.size === 0) return diagnostics;
  const found: Diagnostic[] = [];
  const origins: number[] = [];
  let [plain, line, start, comment] = ['', 1, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const odd = lines.has(line) && !comment && at > 0 ? ODD_CHARACTERS.get(character) : undefined;
    if (odd) {
      const range = { start: at, end: at + 1 };
      found.push({
        severity: 'error',
        code: 'odd-character',
        message: problemText(character, odd),
        range,
        line,
        column: at - start + 1,
        path: [],
        fixes: [
          { title: odd.means === '' ? `Remove the ${odd.name}` : `Replace the ${odd.name}`, range, text: odd.means },
        ],
      });
    }
    for (const kept of odd ? odd.means : character) {
      plain += kept;
      origins.push(at);
    }
    if (character === '#' && (at === 0 || /\s/.test(text[at - 1]!))) comment = true;
    if (character === '\n') [line, start, comment] = [line + 1, at + 1, false];
  }
  if (found.length === 0) return diagnostics;
  const left = diagnose(plain);
  if (errorsOf(left) >= errorsOf(diagnostics)) return diagnostics;
  const origin = (at: number): number => origins[at] ?? text.length;
  const before = (at: number): number => at - text.lastIndexOf('\n', at - 1);
  // Plain characters keep lines, not columns.
  const moved = left.map(({ fixes, ...rest }): Diagnostic => ({
    ...rest,
    range: { start: origin(rest.range.start), end: origin(rest.range.end) },
    column: before(origin(rest.range.start)),
    ...(fixes && {
      fixes: fixes.map((fix) => ({ ...fix, range: { start: origin(fix.range.start), end: origin(fix.range.end) } })),
    }),
  }));
  return [...found, ...moved].sort(
    (a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error') || a.range.start - b.range.start,
  );
}
