/** Edits of a text by ranges: applying, undoing, and adding keys to a mapping in the style that it has. */

import type { MapNode } from './document.ts';
import type { TextRange } from '../../../network/types.ts';

/** Replaces a range of the text as it is before any edit. */
export interface TextEdit {
  readonly range: TextRange;
  readonly text: string;
}

/**
 * The edit that adds keys with plain values after the last key of a mapping: `, bits: 4` in flow style, a line of the
 * same indent in block style.
 * Undefined where the mapping has no keys of its own.
 */
export function keyInsertion(
  text: string,
  map: MapNode,
  entries: readonly (readonly [string, string])[],
): TextEdit | undefined {
  const last = map.entries.at(-1);
  if (!last) return undefined;
  const end = Math.max(last.keyRange.end, last.value.range.end);
  if (map.flow)
    return { range: { start: end, end }, text: entries.map(([key, value]) => `, ${key}: ${value}`).join('') };
  const lineStart = text.lastIndexOf('\n', map.entries[0]!.keyRange.start - 1) + 1;
  const before = text.slice(lineStart, map.entries[0]!.keyRange.start).replace(/^\uFEFF/, '');
  const lineEnd = text.indexOf('\n', end);
  const stop = lineEnd < 0 ? text.length : lineEnd - (text[lineEnd - 1] === '\r' ? 1 : 0);
  const newline = text[(lineEnd < 0 ? text.indexOf('\n') : lineEnd) - 1] === '\r' ? '\r\n' : '\n';
  const indent = ' '.repeat(before.length);
  return {
    range: { start: stop, end: stop },
    text: entries.map(([key, value]) => `${newline}${indent}${key}: ${value}`).join(''),
  };
}

/**
 * Applies edits, which must not overlap, to a text.
 * @throws RangeError where they overlap or lie outside.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { range, text: replacement } of [...edits].sort((a, b) => a.range.start - b.range.start)) {
    if (range.start < at || range.end < range.start || range.end > text.length)
      throw new RangeError('Edits overlap or lie outside the text');
    parts.push(text.slice(at, range.start), replacement);
    at = range.end;
  }
  return parts.join('') + text.slice(at);
}

/** The edits that turn `applyEdits(before, edits)` back into `before`, byte for byte. */
export function invertEdits(before: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0;
  return [...edits]
    .sort((a, b) => a.range.start - b.range.start)
    .map(({ range, text }) => {
      const start = range.start + shift;
      shift += text.length - (range.end - range.start);
      return { range: { start, end: start + text.length }, text: before.slice(range.start, range.end) };
    });
}
