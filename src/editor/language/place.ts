/** Which value of a definition stands at an offset. */
import type { TreeNode } from '../../language/tree.ts';
import type { ScalarPath, TextRange } from '../../network/types.ts';

export interface Place {
  readonly path: ScalarPath;
  /** The value, or its key where the offset is on the key. */
  readonly range: TextRange;
  /** What the value says, where it is a scalar. */
  readonly text?: string;
}

const holds = ({ start, end }: TextRange, offset: number): boolean => offset >= start && offset <= end;

/** The innermost key or value at `offset`; undefined where the text is no YAML or nothing stands there. */
export function placeAt(tree: TreeNode | undefined, offset: number, path: ScalarPath = []): Place | undefined {
  if (!tree) return undefined;
  if (tree.kind === 'scalar')
    return holds(tree.range, offset) ? { path, range: tree.range, text: tree.text } : undefined;
  if (tree.kind === 'map') {
    for (const { key, keyRange, value } of tree.entries) {
      const here = [...path, key];
      if (holds(keyRange, offset))
        return { path: here, range: keyRange, ...(value.kind === 'scalar' ? { text: value.text } : {}) };
      const inside = holds(value.range, offset) ? placeAt(value, offset, here) : undefined;
      if (inside) return inside;
    }
  } else {
    const index = tree.items.findIndex(({ range }) => holds(range, offset));
    if (index >= 0)
      return (
        placeAt(tree.items[index], offset, [...path, index]) ?? {
          path: [...path, index],
          range: tree.items[index]!.range,
        }
      );
  }
  return holds(tree.range, offset) && path.length > 0 ? { path, range: tree.range } : undefined;
}

/** The index of the layer that a path is in, or undefined. */
export function layerOf(path: ScalarPath): number | undefined {
  return path[0] === 'layers' && typeof path[1] === 'number' ? path[1] : undefined;
}
