/** Checks that an edit of a definition changed what it was meant to change and nothing else. */

import { Lexer } from 'yaml';
import { readDocument } from '../text/document.ts';
import type { TreeNode } from '../../tree.ts';
import { Problems } from '../../../network/model-error.ts';
import type { ScalarPath } from '../../../network/types.ts';

/** Marks a scalar in the lexer's stream: what follows is content, even if it starts with `#`. */
const SCALAR_MARK = '\u001F';

function comments(text: string): string[] {
  const found: string[] = [];
  let previous = '';
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('#') && previous !== SCALAR_MARK) found.push(lexeme);
    previous = lexeme;
  }
  return found;
}

function samePath(a: ScalarPath, b: ScalarPath): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}

/** Paths of everything that differs between two trees: values, style of quoting, order of keys. */
function* differences(
  a: TreeNode | undefined,
  b: TreeNode | undefined,
  path: ScalarPath,
): Generator<{ path: ScalarPath; what: string }> {
  if (!a || !b) yield { path, what: a ? 'disappeared' : 'appeared' };
  else if (a.kind !== b.kind || a.hazard !== b.hazard || a.alias !== b.alias)
    yield { path, what: 'is of another kind' };
  else if (a.alias !== undefined) return;
  else if (a.kind === 'scalar' && b.kind === 'scalar') {
    if (a.style !== b.style) yield { path, what: 'is quoted differently' };
    else if (a.text !== b.text) yield { path, what: 'changed' };
  } else if (a.kind === 'list' && b.kind === 'list') {
    for (let i = 0; i < Math.max(a.items.length, b.items.length); i++)
      yield* differences(a.items[i], b.items[i], [...path, i]);
  } else if (a.kind === 'map' && b.kind === 'map') {
    if (a.flow !== b.flow) yield { path, what: 'is of another style' };
    const kept = [...b.byKey.keys()].filter((key) => a.byKey.has(key));
    if (kept.join('\n') !== [...a.byKey.keys()].filter((key) => b.byKey.has(key)).join('\n'))
      yield { path, what: 'has its keys in another order' };
    for (const key of new Set([...a.byKey.keys(), ...b.byKey.keys()]))
      yield* differences(a.byKey.get(key)?.value, b.byKey.get(key)?.value, [...path, key]);
  }
}

/**
 * Compares a definition before and after an edit.
 * @param paths values that may have changed or appeared
 * @param removed values that may be gone
 * @returns what differs although it is not named, or undefined where the edit is clean. Comments must be the same too.
 */
export function verifyEdits(
  before: string,
  after: string,
  paths: readonly ScalarPath[],
  removed: readonly ScalarPath[] = [],
): string | undefined {
  const problems = new Problems();
  const trees = [before, after].map((text) => readDocument(text, problems));
  if (problems.hasErrors) return `the text is no definition: ${problems.list[0]!.message}`;
  for (const { path, what } of differences(trees[0], trees[1], [])) {
    const planned = (what === 'disappeared' ? removed : paths).some((expected) => samePath(expected, path));
    if (!planned || what === 'is quoted differently') return `\`${path.join('.')}\` ${what}`;
  }
  return comments(before).join('\n') === comments(after).join('\n') ? undefined : 'a comment changed';
}
