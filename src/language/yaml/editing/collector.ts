/**
 * What every edit of a definition goes through: refusals with a reason and a place, and the collection of edits by
 * path.
 */

import { nodeAt, type Hazard, type MapNode, type TreeNode } from '../../tree.ts';
import { keyRemovals } from './remove-keys.ts';
import type { ParsedDefinition } from '../../language.ts';
import { keyInsertion } from '../text/text-edit.ts';
import { refuse, type Edits, type Refusal, type TextEdit } from '../../edit-plan.ts';
import type { ScalarPath } from '../../../network/types.ts';

const HAZARD_REASONS: Readonly<Record<Hazard, string>> = {
  alias: 'is an alias (`*name`), so that an edit would change the place it refers to; write the value itself',
  anchor:
    'has an anchor (`&name`), so that an edit would change every place that refers to it; remove the anchor and write the values themselves',
  tag: 'has a tag (`!name`), which gives its text another meaning; remove the tag',
  'merge key': 'takes values from elsewhere by a merge key (`<<`); write its values themselves',
  'block scalar': 'is written over several lines as a block (`|` or `>`); write it on one line',
};

/** Why the value at a path cannot be edited safely: something on the way to it is shared or reinterpreted. */
export function hazardOnPath(text: string, tree: TreeNode | undefined, path: ScalarPath): Refusal | undefined {
  for (let depth = 0; depth <= path.length; depth++) {
    const { node, depth: found } = nodeAt(tree, path.slice(0, depth));
    if (found === depth && node?.hazard) {
      const what = depth === 0 ? 'The definition' : `\`${path.slice(0, depth).join('.')}\``;
      return refuse(text, `${what} ${HAZARD_REASONS[node.hazard]}`, node.range);
    }
  }
  return undefined;
}

/** Refusal for a text that has errors. */
export function refuseBroken(text: string, parsed: ParsedDefinition): Refusal | undefined {
  const error = parsed.diagnostics.find(({ severity }) => severity === 'error');
  return error && refuse(text, `The definition has an error; correct it first: ${error.message}`, error.range);
}

/** Collects edits; keys that are added to one mapping become one edit. */
export class EditCollector {
  private readonly replacements: TextEdit[] = [];
  private readonly additions = new Map<MapNode, [string, string][]>();
  private readonly removals = new Map<MapNode, Set<string>>();
  readonly paths: ScalarPath[] = [];
  private readonly removed: ScalarPath[] = [];

  constructor(
    private readonly text: string,
    private readonly tree: TreeNode | undefined,
  ) {}

  /** Sets the scalar at a path, or adds its key to the mapping; returns why it cannot. */
  set(path: ScalarPath, value: string): Refusal | undefined {
    const hazard = hazardOnPath(this.text, this.tree, path);
    if (hazard) return hazard;
    const { node, depth } = nodeAt(this.tree, path);
    if (depth === path.length && node?.kind === 'scalar') {
      this.replacements.push({ range: node.inner, text: value });
    } else if (depth === path.length - 1 && node?.kind === 'map') {
      this.additions.set(node, [...(this.additions.get(node) ?? []), [String(path.at(-1)), value]]);
    } else {
      return refuse(this.text, `There is no \`${path.join('.')}\` to set`, node?.range);
    }
    this.paths.push(path);
    return undefined;
  }

  /** Removes the key at a path from its mapping; what stands elsewhere, or is referred to from there, stays. */
  remove(path: ScalarPath): void {
    const { node: map } = nodeAt(this.tree, path.slice(0, -1));
    const key = String(path.at(-1));
    if (map?.kind !== 'map' || !map.entries.some((entry) => entry.key === key)) return;
    if (hazardOnPath(this.text, this.tree, path)) return;
    this.removals.set(map, (this.removals.get(map) ?? new Set()).add(key));
    this.removed.push(path);
  }

  finish(): Edits {
    // Behind the last key that stays: at one place additions come before removals.
    const added = [...this.additions].flatMap(([map, entries]) => {
      const gone = this.removals.get(map);
      const kept = gone ? map.entries.filter(({ key }) => !gone.has(key)) : map.entries;
      return keyInsertion(this.text, { ...map, entries: kept }, entries) ?? [];
    });
    const gone = [...this.removals].flatMap(([map, keys]) => keyRemovals(this.text, map, keys));
    return {
      edits: [...this.replacements, ...added, ...gone].sort((a, b) => a.range.start - b.range.start),
      paths: this.paths,
      removed: this.removed,
    };
  }
}
