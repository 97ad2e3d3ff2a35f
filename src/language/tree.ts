/** A text as a tree of values with their places. */

import type { ScalarPath, TextRange } from '../network/types.ts';

/** Why a node's text must not be edited: what stands there is shared with other places or reinterpreted by YAML. */
export type Hazard = 'alias' | 'anchor' | 'tag' | 'merge key' | 'block scalar';

interface TreeBase {
  readonly range: TextRange;
  readonly hazard?: Hazard;
  /**
   * The name after `*`, where the node is an alias: its content then stands elsewhere, and may be shared many times
   * over.
   */
  readonly alias?: string;
}

export interface ScalarNode extends TreeBase {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** What the user wrote, without quotes. */
  readonly text: string;
  readonly style: 'plain' | 'single' | 'double' | 'block';
  /** The place of `text` without its quotes: what an edit replaces. */
  readonly inner: TextRange;
}

export interface Entry {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: TreeNode;
}
export interface MapNode extends TreeBase {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  readonly byKey: ReadonlyMap<string, Entry>;
  readonly flow: boolean;
}
export interface ListNode extends TreeBase {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}
export type TreeNode = ScalarNode | MapNode | ListNode;

/** The node at a path, or the deepest one above it that exists. */
export function nodeAt(root: TreeNode | undefined, path: ScalarPath): { node: TreeNode | undefined; depth: number } {
  let node = root;
  for (const [depth, step] of path.entries()) {
    const next: TreeNode | undefined =
      node?.kind === 'map'
        ? node.byKey.get(String(step))?.value
        : node?.kind === 'list' && typeof step === 'number'
          ? node.items[step]
          : undefined;
    if (!next) return { node, depth };
    node = next;
  }
  return { node, depth: path.length };
}
