/** Trees with one value changed. */
import { Problems } from '../../../network/model-error.ts';
import type { ScalarPath } from '../../../network/types.ts';
import { nodeAt, type Entry, type MapNode, type TreeNode } from '../../tree.ts';
import { readDocument } from '../text/document.ts';

/** A value as a definition writes it, with the place of what it stands for. */
export function valueNode(text: string, range: TreeNode['range']): TreeNode {
  const node = nodeAt(readDocument(`value: ${text}`, new Problems()), ['value']).node!;
  return node.kind === 'scalar' ? { ...node, range, inner: range } : { ...node, range };
}

function withEntries(map: MapNode, entries: readonly Entry[]): MapNode {
  return { ...map, entries, byKey: new Map(entries.map((entry) => [entry.key, entry])) };
}

/** The tree with another value at `path`, added where its mapping lacks it; without it where none is given. */
export function withValue(tree: TreeNode, path: ScalarPath, value: TreeNode | undefined): TreeNode {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? tree;
  if (tree.kind === 'list')
    return { ...tree, items: tree.items.map((item, i) => (i === step ? withValue(item, rest, value) : item)) };
  if (tree.kind !== 'map') return tree;
  const entries = [...tree.byKey.values()];
  const at = entries.findIndex(({ key }) => key === step);
  const old = entries[at];
  if (!old) {
    if (rest.length > 0 || !value) return tree;
    return withEntries(tree, [...entries, { key: String(step), keyRange: value.range, value }]);
  }
  if (rest.length === 0 && !value) return withEntries(tree, entries.toSpliced(at, 1));
  return withEntries(tree, entries.with(at, { ...old, value: withValue(old.value, rest, value) }));
}

/** The tree with the key at `path` under another name. */
export function withKey(tree: TreeNode, path: ScalarPath, name: string): TreeNode {
  const { node, depth } = nodeAt(tree, path);
  const renamed = [...path.slice(0, -1), name];
  return node && depth === path.length ? withValue(withValue(tree, path, undefined), renamed, node) : tree;
}
