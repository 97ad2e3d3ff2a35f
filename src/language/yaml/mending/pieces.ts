/** A text that is no YAML, read piece by piece: each key of the definition and each layer by itself. */
import { Problems } from '../../../network/model-error.ts';
import { nodeAt, type Entry, type TreeNode } from '../../tree.ts';
import { readDocument } from '../text/document.ts';
import { closed } from './close-braces.ts';

interface Piece {
  readonly start: number;
  readonly text: string;
}

/** Whatever begins at the beginning of a line, and its key if it is one. */
const TOP = /^(?:([A-Za-z_][\w-]*)[ \t]*:|["'\w])/gm;
const ITEM = /^([ \t]*)-(?=[ \t]|\r?$)/gm;

/** Under this key each piece is read. */
const HOLDER = 'piece:\n';

function piecesAt(text: string, starts: readonly number[], end: number): readonly Piece[] {
  return starts.map((start, i) => ({ start, text: text.slice(start, starts[i + 1] ?? end) }));
}

/** Where each item begins; lists inside of an item are indented further. */
function itemStarts(text: string): readonly number[] {
  const items = [...text.matchAll(ITEM)];
  return items.filter(([, indentation]) => indentation === items[0]?.[1]).map(({ index }) => index);
}

/** The tree of a piece, as written or with its braces closed; undefined where it cannot be read. */
function readPiece(text: string, holder: string): TreeNode | undefined {
  for (const candidate of [text, closed(text)]) {
    if (candidate === undefined) continue;
    const problems = new Problems();
    const tree = readDocument(holder + candidate, problems);
    if (tree && problems.list.length === 0) return tree;
  }
  return undefined;
}

/** A tree with its places moved by so many characters. */
function moved(tree: TreeNode, by: number): TreeNode {
  const range = { start: tree.range.start + by, end: tree.range.end + by };
  if (tree.kind === 'scalar')
    return { ...tree, range, inner: { start: tree.inner.start + by, end: tree.inner.end + by } };
  if (tree.kind === 'list') return { ...tree, range, items: tree.items.map((item) => moved(item, by)) };
  const entries = tree.entries.map(({ key, keyRange, value }): Entry => ({
    key,
    keyRange: { start: keyRange.start + by, end: keyRange.end + by },
    value: moved(value, by),
  }));
  return { ...tree, range, entries, byKey: new Map(entries.map((entry) => [entry.key, entry])) };
}

/** What stands for a piece that cannot be read: no value, where the piece is. */
function unread({ start, text }: Piece): TreeNode {
  const range = { start: start + text.search(/\S|$/), end: start + text.trimEnd().length };
  return { kind: 'scalar', value: null, text: '', style: 'plain', range, inner: range };
}

function readItem(piece: Piece): TreeNode {
  const tree = readPiece(piece.text, HOLDER);
  const { node } = nodeAt(tree, ['piece', 0]);
  return node && node.kind === 'map' ? moved(node, piece.start - HOLDER.length) : unread(piece);
}

function readEntry(key: string, piece: Piece): Entry {
  const keyRange = { start: piece.start, end: piece.start + key.length };
  const starts = key === 'layers' ? itemStarts(piece.text) : [];
  if (starts.length > 0) {
    const items = piecesAt(piece.text, starts, piece.text.length).map(({ start, text }) =>
      readItem({ start: piece.start + start, text }),
    );
    return {
      key,
      keyRange,
      value: { kind: 'list', range: { start: items[0]!.range.start, end: items.at(-1)!.range.end }, items },
    };
  }
  const { node, depth } = nodeAt(readPiece(piece.text, ''), [key]);
  return { key, keyRange, value: node && depth === 1 ? moved(node, piece.start) : unread(piece) };
}

/**
 * The definition as a tree of those pieces that can be read, braces closed; each of the others is there without a
 * value. Undefined where the text has no keys.
 */
export function readPieces(text: string): TreeNode | undefined {
  const tops = [...text.matchAll(TOP)];
  const starts = tops.map(({ index }) => index);
  const byKey = new Map<string, Entry>();
  for (const [i, piece] of piecesAt(text, starts, text.length).entries()) {
    const key = tops[i]![1];
    if (key !== undefined && !byKey.has(key)) byKey.set(key, readEntry(key, piece));
  }
  const range = { start: starts[0] ?? 0, end: text.length };
  return byKey.size === 0 ? undefined : { kind: 'map', range, entries: [...byKey.values()], byKey, flow: false };
}
