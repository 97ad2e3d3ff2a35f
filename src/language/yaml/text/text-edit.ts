/** Adding keys to a mapping in the style that it has. */

import type { MapNode } from '../../tree.ts';
import type { TextEdit } from '../../edit-plan.ts';

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
