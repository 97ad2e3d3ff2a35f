/**
 * Text from outside, for each place where it is shown or written: names and texts of files, runs and data sets pass
 * here, and nowhere else.
 * Each function returns text that its place takes as mere text: no markup, no command, no end of the comment or string
 * that it is in.
 */

/**
 * Controls, text that changes the direction of its neighbours, invisible marks, halves of pairs: what a reader does not
 * see and a program obeys.
 */
const HIDDEN =
  /[\p{Cc}\p{Cs}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;
const BREAKS = /\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g;

/** `\u001b`: as JSON, Python, YAML and C# write it. */
const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** Several lines of text: tabs and line ends stay, everything hidden is shown as `\u001b`. */
export const visibleLines = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(HIDDEN, (hidden) => (hidden === '\n' || hidden === '\t' ? hidden : escaped(hidden)));

/** One line of text: line ends and tabs become spaces, everything else hidden is shown as `\u001b`. */
export const oneLine = (text: string): string => text.replace(BREAKS, ' ').replace(HIDDEN, escaped);

/** Of a name or a line that is longer than anybody writes them, the beginning. `most`: characters. */
export function brief(text: string, most = 120): string {
  // By characters, so that none is halved; the rest of a very long text is not looked at.
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** What a terminal shows as it stands. JSON stays JSON of the same value. */
export const terminalText = visibleLines;

/**
 * What Markdown, GitHub's flavour with its formulas and bare addresses included, takes for more than a letter, within a
 * line and at its beginning.
 */
const MARKUP = /[\\`*_[\]<>|~&$@]|:(?=\/\/)|(?<=\bwww)\./gi;
const AT_START = /^(\s*)(#|[-+=>](?=[\s\-=]|$)|\d+(?=[.)]))/;

/** Text within a line of Markdown, in a table cell too: no markup, no HTML, no link, not even one of a bare address. */
export const markdownText = (text: string): string =>
  oneLine(text.replaceAll('\u00a0', ' '))
    .replace(MARKUP, '\\$&')
    .replace(AT_START, (_, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`,
    );

/** Lines of text in Markdown as they stand, within a fence that is longer than any of theirs. */
export function markdownFence(text: string, language = ''): string {
  const shown = visibleLines(text);
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${shown.endsWith('\n') ? shown : `${shown}\n`}${fence}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text in HTML and SVG, and in a quoted attribute of them. */
export const escapeHtml = (text: string): string => visibleLines(text).replace(/[&<>"']/g, (mark) => ENTITIES[mark]!);

/** A message of VS Code, which makes links of `[text](command:…)`. */
export const noticeText = (text: string): string => oneLine(text).replace(/\](?=\s*\()/g, ']\u2009');

/** A label of VS Code that may show icons: `$(name)` stays text. */
export const labelText = (text: string): string => oneLine(text).replace(/\$(?=\()/g, '$\u2009');

/** One word of a POSIX shell, whatever it holds; what no quotes can show readably in the form of bash and zsh. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=-]+$/.test(text)) return text;
  if (oneLine(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  const inner = text
    .replace(/[\\']/g, '\\$&')
    .replace(HIDDEN, (hidden) =>
      [...new TextEncoder().encode(hidden)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    );
  return `$'${inner}'`;
}

/** The name of a file as an argument that no program takes for an option. */
export const fileArgument = (file: string): string => (file.startsWith('-') ? `./${file}` : file);

/** Lines of a comment that `#` begins, as in Python and YAML: each line of the text one line. */
export const hashComment = (text: string): string =>
  visibleLines(text)
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');

/** A string literal of Python and of JSON, of the same value. */
export const stringLiteral = (text: string): string => JSON.stringify(text).replace(HIDDEN, escaped);

/** Text within a C comment: no end or begin of one, no trigraph. */
export const cComment = (text: string): string =>
  oneLine(text)
    .replace(/\\/g, '/')
    .replace(/\?(?=\?)/g, '? ')
    .replace(/\*(?=\/)|\/(?=\*)/g, '$& ');

/** A C string literal of the same text in UTF-8, everything hidden in it shown. */
export const cString = (text: string): string =>
  `"${oneLine(text).replace(/[^A-Za-z0-9_.,:;()+\-=/ ]+/g, (odd) =>
    [...new TextEncoder().encode(odd)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  )}"`;

/** An identifier of C and Python, or a part of one. */
export const identifier = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=[0-9])/, '_');

/** Words that YAML reads as something else than text. */
const YAML_WORDS = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;

/** A YAML scalar that is read as this text. */
export const yamlScalar = (text: string): string =>
  /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/.test(text) && !YAML_WORDS.test(text) ? text : stringLiteral(text);

/** A cell of CSV (RFC 4180) that no spreadsheet takes for a formula. */
export function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell);
  const text = oneLine(cell);
  const safe = /^[\s]*[=+\-@|＝＋－＠]/.test(text) ? `'${text}` : text;
  return /^\s|\s$|[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
