/**
 * Reads the plain YAML that definitions are written in nearly always, some ten times as fast as the library, which
 * reads everything.
 * Plain are: block mappings and lists by indent, flow mappings on one line, scalars on one line without escapes,
 * comments. Nothing else, and nothing doubtful:
 * where this reader gives a tree, the library gives the same one and no problem; where it gives none, the library has
 * to be asked.
 */

import type { Entry, ListNode, MapNode, ScalarNode, TreeNode } from '../../tree.ts';
import type { TextRange } from '../../../network/types.ts';

/** Deepest nesting that is plain. The parser that this stands in for keeps some four tokens a level. */
const DEEPEST = 8;

/** Most lexemes that the library would make of a plain text: where there may be more, it has to count them itself. */
const MOST_LEXEMES = 60_000;

/**
 * At most so many lexemes stand for a line without its content, for a key with its value and what separates it, and for
 * the marks of an item or a flow mapping.
 */
const LEXEMES = { line: 4, entry: 9, mark: 4 } as const;

/** A key with its colon. What follows the colon is a space or the end of the line. */
const KEY = /([A-Za-z][\w-]{0,63}):(?=[ \r\n]|$)/y;

/**
 * A plain scalar from its first character on; spaces at its end are none of its own. Colons and number signs may end a
 * scalar, so none is taken.
 */
const SCALAR = /(?:[\w./+]|-[\w.])[^\u0000-\u001F:#,[\]{}\u007F-\u00A0\u2028\u2029\uFEFF]*/y;

const QUOTED = { '"': /"([^"\\\u0000-\u001F]*)"/y, "'": /'([^'\u0000-\u001F]*)'/y } as const;

/** Words and numbers of YAML's core schema. Of numbers, only decimal ones are read here. */
const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
  ['null', null],
  ['Null', null],
  ['NULL', null],
]);
const DECIMAL = /^[-+]?(?:\.\d+|\d{1,15}(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const SPECIAL_NUMBER = /^(?:[-+]?\d{16,}|0[xo][\da-fA-F]+$|[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$)/;
const LETTER = /^[A-Za-z_]/;

/** The tree of a text that is plain YAML; undefined of any other text, right or wrong. */
export function readPlain(text: string): TreeNode | undefined {
  // A return without a line feed may end a line or not: the library knows.
  return /\r(?!\n)/.test(text) ? undefined : new PlainReader(text).read();
}

/**
 * Methods that read something start at `at` and leave it behind what they read; undefined means that the text is not
 * plain.
 */
class PlainReader {
  /** Start of the line that is read. */
  private line: number;
  /** Spaces before the line's content; −1 at the end of the text. */
  private indent = -1;
  private at: number;
  private lexemes = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    this.line = this.at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  read(): TreeNode | undefined {
    this.toContent();
    if (this.indent === 0 && this.text.startsWith('---', this.at)) {
      this.at += 3;
      if (!this.endLine()) return undefined;
    }
    const root = this.indent === 0 ? this.map(0) : undefined;
    return this.indent < 0 && this.lexemes <= MOST_LEXEMES ? root : undefined;
  }

  /** From the start of a line to the next content: blank lines and comments have none. */
  private toContent(): void {
    const { text } = this;
    for (;;) {
      this.lexemes += LEXEMES.line;
      this.at = this.line;
      this.spaces();
      const char = text[this.at];
      if (char === undefined) {
        this.indent = -1;
        return;
      }
      if (char !== '\n' && char !== '\r' && char !== '#') {
        this.indent = this.at - this.line;
        return;
      }
      this.nextLine();
    }
  }

  private nextLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.line = end < 0 ? this.text.length : end + 1;
  }

  private spaces(): void {
    while (this.text.charCodeAt(this.at) === 0x20) this.at += 1;
  }

  /** Goes on to the next content, where nothing but a comment is left of this line. */
  private endLine(): boolean {
    const from = this.at;
    this.spaces();
    const char = this.text[this.at];
    if (char !== undefined && char !== '\n' && char !== '\r' && !(char === '#' && this.at > from)) return false;
    this.nextLine();
    this.toContent();
    return true;
  }

  /** Is the line an item of a list? */
  private isItem(): boolean {
    return this.text[this.at] === '-' && this.text[this.at + 1] === ' ';
  }

  /** A block mapping whose keys stand at this indent. */
  private map(indent: number): MapNode | undefined {
    const start = this.at;
    const byKey = new Map<string, Entry>();
    let end = start;
    this.depth += 1;
    do {
      const entry = this.entry(byKey, () => this.blockValue(indent));
      if (!entry) return undefined;
      end = entry.value.range.end;
    } while (this.indent === indent);
    this.depth -= 1;
    return this.indent > indent
      ? undefined
      : { kind: 'map', range: { start, end }, entries: [...byKey.values()], byKey, flow: false };
  }

  private entry(byKey: Map<string, Entry>, readValue: () => TreeNode | undefined): Entry | undefined {
    KEY.lastIndex = this.at;
    const key = KEY.exec(this.text)?.[1];
    if (key === undefined || byKey.has(key) || this.depth > DEEPEST) return undefined;
    const keyRange: TextRange = { start: this.at, end: this.at + key.length };
    this.at = keyRange.end + 1;
    this.lexemes += LEXEMES.entry;
    const value = readValue();
    if (!value) return undefined;
    const entry = { key, keyRange, value };
    byKey.set(key, entry);
    return entry;
  }

  /** What follows a key of a block mapping: on its line, or below it. */
  private blockValue(indent: number): TreeNode | undefined {
    // A line that ends after its key is left here; any other has a value.
    if (!this.endLine()) {
      const value = this.inline();
      return value && this.endLine() ? value : undefined;
    }
    if (this.indent < indent) return undefined;
    if (this.isItem()) return this.list(this.indent);
    return this.indent > indent ? this.map(this.indent) : undefined;
  }

  /** A list whose dashes stand at this indent. */
  private list(indent: number): ListNode | undefined {
    const start = this.at;
    const items: TreeNode[] = [];
    this.depth += 1;
    while (this.indent === indent && this.isItem()) {
      this.at += 2;
      this.spaces();
      this.lexemes += LEXEMES.mark;
      const item = this.isKey() ? this.map(this.at - this.line) : this.lineItem();
      if (!item) return undefined;
      items.push(item);
    }
    this.depth -= 1;
    return this.indent > indent ? undefined : { kind: 'list', range: { start, end: items.at(-1)!.range.end }, items };
  }

  private isKey(): boolean {
    KEY.lastIndex = this.at;
    return KEY.test(this.text);
  }

  /** An item that is a flow mapping or a scalar. */
  private lineItem(): TreeNode | undefined {
    const value = this.inline();
    return value && this.endLine() ? value : undefined;
  }

  /** A value on one line. */
  private inline(): TreeNode | undefined {
    const char = this.text[this.at];
    if (char === '{') return this.flowMap();
    return char === '"' || char === "'" ? this.quoted(char) : this.scalar();
  }

  private flowMap(): MapNode | undefined {
    const start = this.at;
    const byKey = new Map<string, Entry>();
    this.depth += 1;
    this.lexemes += LEXEMES.mark;
    do {
      this.at += 1;
      this.spaces();
      if (this.text[this.at] === '}' && byKey.size > 0) break;
      if (!this.entry(byKey, () => this.flowValue())) return undefined;
      this.spaces();
    } while (this.text[this.at] === ',');
    this.depth -= 1;
    if (this.text[this.at] !== '}') return undefined;
    this.at += 1;
    return { kind: 'map', range: { start, end: this.at }, entries: [...byKey.values()], byKey, flow: true };
  }

  private flowValue(): TreeNode | undefined {
    this.spaces();
    return this.inline();
  }

  private quoted(quote: keyof typeof QUOTED): ScalarNode | undefined {
    const pattern = QUOTED[quote];
    pattern.lastIndex = this.at;
    const value = pattern.exec(this.text)?.[1];
    if (value === undefined) return undefined;
    const start = this.at;
    this.at = pattern.lastIndex;
    return {
      kind: 'scalar',
      value,
      text: value,
      style: quote === '"' ? 'double' : 'single',
      range: { start, end: this.at },
      inner: { start: start + 1, end: this.at - 1 },
    };
  }

  private scalar(): ScalarNode | undefined {
    SCALAR.lastIndex = this.at;
    if (!SCALAR.test(this.text)) return undefined;
    const range = { start: this.at, end: SCALAR.lastIndex };
    while (this.text.charCodeAt(range.end - 1) === 0x20) range.end -= 1;
    const text = this.text.slice(range.start, range.end);
    const value = plainValue(text);
    if (value === undefined) return undefined;
    this.at = range.end;
    return { kind: 'scalar', value, text, style: 'plain', range, inner: range };
  }
}

/** What a plain scalar means; undefined of numbers that are rare enough to be left to the library. */
export function plainValue(text: string): ScalarNode['value'] | undefined {
  if (LETTER.test(text)) {
    const word = WORDS.get(text);
    return word === undefined ? text : word;
  }
  if (SPECIAL_NUMBER.test(text)) return undefined;
  return DECIMAL.test(text) ? Number(text) : text;
}
