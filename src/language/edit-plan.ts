/** Edits of a definition's text, whatever its language: what is planned, refused, applied, taken back. */
import type { ScalarPath, TextRange } from '../network/types.ts';
import { LineIndex } from './lines.ts';

/** Replaces a range of the text as it is before any edit. */
export interface TextEdit {
  readonly range: TextRange;
  readonly text: string;
}

/** Why a definition is not edited, and where the reason stands (lines and columns count from 1). */
export interface Refusal {
  readonly refused: string;
  readonly range: TextRange;
  readonly line: number;
  readonly column: number;
}

/** Edits in the order of the text, the paths of the values that they change or add, and of those that they remove. */
export interface Edits {
  readonly edits: readonly TextEdit[];
  readonly paths: readonly ScalarPath[];
  readonly removed: readonly ScalarPath[];
}

export type EditPlan = Edits | Refusal;

/** A refusal with its place. */
export function refuse(text: string, reason: string, range: TextRange = { start: 0, end: 0 }): Refusal {
  return { refused: reason, range, ...new LineIndex(text).position(range.start) };
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
