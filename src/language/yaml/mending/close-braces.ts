/** Braces and brackets that are opened and not closed, or closed and not opened. */

const CLOSES: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
const OPENS: Readonly<Record<string, string>> = { '}': '{', ']': '[' };

/** Quoted texts, comments, and what opens and closes. */
const MARK = /"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|(?<=\s))#[^\n]*|[{}[\]]/g;

/** The beginning of a value: behind the dash of an item, or behind a key. */
const VALUE = /^[ \t]*(?:-|[A-Za-z_][\w-]*[ \t]*:)[ \t]?/;

/**
 * An item or a key of a definition with the braces and brackets that it lacks: what is open is closed at its end, what
 * was never opened is opened where its value begins. Undefined where nothing is missing.
 */
export function closed(text: string): string | undefined {
  const open: string[] = [];
  let missing = '';
  let end = text.trimEnd().length;
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    if (mark.startsWith('#') && text.slice(index + mark.length).trim() === '')
      end = text.slice(0, index).trimEnd().length;
    if (CLOSES[mark] !== undefined) open.push(mark);
    else if (OPENS[mark] !== undefined && open.pop() !== OPENS[mark]) missing = OPENS[mark] + missing;
  }
  if (open.length === 0 && missing === '') return undefined;
  const at = VALUE.exec(text)?.[0].length ?? 0;
  const closers = open.reverse().map((mark) => CLOSES[mark]!);
  return `${text.slice(0, at)}${missing}${text.slice(at, end)}${closers.join('')}${text.slice(end)}`;
}
