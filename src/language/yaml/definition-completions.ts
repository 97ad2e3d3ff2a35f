/** What can be written at a place of a definition: keys that fit the layer's operators, and values from the schema. */

import { nodeAt, type MapNode, type TreeNode } from '../tree.ts';
import { readDocument } from './text/document.ts';
import { Problems } from '../../network/model-error.ts';
import { INPUT_NAME } from '../../network/layer-graph.ts';
import { isOperatorName, OPERATOR_NAMES, OPERATORS, usesKey, type LayerKey } from '../../network/operators.ts';
import { meaningAt, schemaAt } from '../definition-schema.ts';
import type { CompletionItem, KnownNames } from '../language.ts';
import type { OperatorName, ScalarPath, TextRange } from '../../network/types.ts';

/** Stands in for the word at the place while the text is read: no user writes it. */
const MARK = 'x-udc-mark';

/** Values worth offering where the schema lists none. */
const TYPICAL_VALUES: Readonly<Record<string, readonly string[]>> = {
  kernel: ['3x3', '5x5', '3x3 | 5x5', '3x3 | 5x5 | 7x7'],
  stride: ['1', '2', '2x1'],
  dilation: ['1', '2'],
  filters: ['16', '32', '64', '16 | 32 | 64', '16..64 step 16'],
  units: ['10'],
  expand: ['2', '4', '2 | 4', '2 | 4 | 6'],
  multiplier: ['1', '2'],
  bits: ['2 | 3 | 4 | 6 | 8', '2 | 4 | 8', '2', '3', '4', '6', '8'],
  activationBits: ['2 | 4 | 8', '2', '4', '8'],
  sparsity: ['0 | 0.5 | 0.75 | 0.9', '0 | 0.5', '0', '0.5', '0.75', '0.9'],
  factor: ['2', '3', '4'],
  weights: ['48 KiB', '128 KiB', '256 KiB'],
  activations: ['64 KiB', '128 KiB', '256 KiB'],
  latency: ['1 ms', '3 ms', '10 ms'],
  cycles: ['500 k', '1.2 M', '5 M'],
  macs: ['1 M', '5 M', '20 M'],
  udc: ['1'],
};

/** Keys of every layer, whatever its operators. */
const EVERY_LAYER: ReadonlySet<string> = new Set(['name', 'op', 'input']);

/** A value that a key most likely wants, for whole layers. */
const SNIPPET_VALUES: Partial<Record<LayerKey, string>> = {
  kernel: '3x3',
  filters: '16 | 32',
  units: '10',
  expand: '2 | 4',
  factor: '2',
  from: 'stem',
};

interface Place {
  readonly word: TextRange;
  readonly position: 'key' | 'value';
  readonly continues: boolean;
  readonly hasColon: boolean;
}

/** Longest line before the place, and longest word, that are looked at. */
const LONGEST_LINE = 2000;
const LONGEST_WORD = 64;

/** The word at an offset and whether a key or a value is written there; undefined in a comment. */
function placeOf(text: string, offset: number): Place | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  if (offset - lineStart > LONGEST_LINE) return undefined;
  const before = text.slice(lineStart, offset).replace(/^\uFEFF/, '');
  if (/(^|\s)#/.test(before.replace(/"[^"]*"|'[^']*'/g, ''))) return undefined;
  const start = offset - /[\w.-]*$/.exec(before.slice(-LONGEST_WORD))![0].length;
  // A lone dash before the word is the list's, not the word's.
  const wordStart = /(^|\s)-$/.test(text.slice(lineStart, start + 1)) ? start + 1 : start;
  const end = offset + /^[\w.-]*/.exec(text.slice(offset, offset + LONGEST_WORD))![0].length;
  const previous = text.slice(lineStart, wordStart).trimEnd().replace(/["']$/, '').trimEnd().at(-1) ?? '';
  const value = previous === ':' || previous === '|';
  return {
    word: { start: wordStart, end },
    position: value ? 'value' : 'key',
    continues: previous === '|',
    hasColon: /^["']?[ \t]*:/.test(text.slice(end, end + LONGEST_WORD)),
  };
}

/** The path of the key or value that holds the mark. */
function findMark(tree: TreeNode, path: ScalarPath = []): ScalarPath | undefined {
  if (tree.alias !== undefined) return undefined;
  if (tree.kind === 'scalar') return tree.text.includes(MARK) ? path : undefined;
  const children: (readonly [string | number, TreeNode])[] =
    tree.kind === 'list'
      ? tree.items.map((item, i) => [i, item] as const)
      : tree.entries.map(({ key, value }) => [key, value] as const);
  for (const [step, child] of children) {
    if (typeof step === 'string' && step.includes(MARK)) return [...path, step];
    const found = findMark(child, [...path, step]);
    if (found) return found;
  }
  return undefined;
}

/** Items for the place at `offset`, whose text may be unfinished. Best first. */
export function completions(text: string, offset: number, names: KnownNames = {}): CompletionItem[] {
  const place = placeOf(text, offset);
  if (!place) return [];
  const mark = place.position === 'key' && !place.hasColon ? `${MARK}: 0` : MARK;
  const tree = readDocument(text.slice(0, place.word.start) + mark + text.slice(place.word.end), new Problems());
  const path = tree && findMark(tree);
  if (!path) return [];
  const items =
    place.position === 'key' ? keyItems(tree, path.slice(0, -1), place) : valueItems(tree, path, place, names);
  return items.sort((a, b) => a.rank - b.rank);
}

function operatorsOf(layer: MapNode): OperatorName[] {
  const op = layer.byKey.get('op')?.value;
  return op?.kind === 'scalar'
    ? op.text
        .split('|')
        .map((name) => name.trim())
        .filter(isOperatorName)
    : [];
}

function keyItems(tree: TreeNode, owner: ScalarPath, { word, hasColon }: Place): CompletionItem[] {
  const { node, depth } = nodeAt(tree, owner);
  const schema = schemaAt(owner);
  if (node?.kind !== 'map' || depth < owner.length || !schema?.properties) return [];
  const isLayer = owner[0] === 'layers' && owner.length === 2;
  const ops = isLayer ? operatorsOf(node) : [];
  const keys = Object.keys(schema.properties).filter(
    (key) => !node.byKey.has(key) && (ops.length === 0 || EVERY_LAYER.has(key) || usesKey(ops, key as LayerKey)),
  );
  const items = keys.map((key): CompletionItem => {
    const { description, 'x-expected': expected } = schemaAt([...owner, key]) ?? {};
    const needed = schema.required?.includes(key) || ops.some((op) => OPERATORS[op].needs.includes(key as LayerKey));
    return {
      kind: 'key',
      label: key,
      insertText: hasColon ? key : `${key}: `,
      range: word,
      rank: needed ? 0 : 1,
      ...(expected && { detail: expected }),
      ...(description && { documentation: description }),
    };
  });
  return isLayer && node.byKey.size === 1 && !node.flow ? [...items, ...layerItems(Number(owner[1]), word)] : items;
}

/** Whole layers in flow style, for an empty list item. */
function layerItems(index: number, range: TextRange): CompletionItem[] {
  return OPERATOR_NAMES.filter((op) => op !== 'skip').map((op) => {
    const keys = OPERATORS[op].needs.map((key) => `, ${key}: ${SNIPPET_VALUES[key] ?? ''}`).join('');
    return {
      kind: 'layer',
      label: `${op} layer`,
      documentation: OPERATORS[op].summary,
      insertText: `{ name: layer${index + 1}, op: ${op}${keys} }`,
      range,
      rank: 2,
    };
  });
}

function valueItems(tree: TreeNode, path: ScalarPath, { word, continues }: Place, names: KnownNames): CompletionItem[] {
  const key = String(path.at(-1));
  const schema = schemaAt(path);
  if (!schema) return [];
  const taken = nodeAt(tree, path).node;
  const written = new Set(taken?.kind === 'scalar' ? taken.text.split('|').map((option) => option.trim()) : []);
  return valuesFor(tree, path, key, names, continues ? written : new Set())
    .filter((value) => !(continues && value.includes('|')) && !written.has(value))
    .map((value, rank): CompletionItem => ({
      kind: 'value',
      label: value,
      insertText: value,
      range: word,
      rank,
      ...documented(
        (key === 'op' && isOperatorName(value) ? OPERATORS[value].summary : meaningAt(path, value)) ??
          schema.description,
      ),
    }));
}

const documented = (documentation: string | undefined): Pick<CompletionItem, 'documentation'> =>
  documentation === undefined ? {} : { documentation };

/** May an operator stand in a choice with those that are written? */
function mixes(op: OperatorName, written: ReadonlySet<string>): boolean {
  const others = [...written].filter(isOperatorName).filter((one) => one !== 'skip');
  return op === 'skip' || !others.some((one) => OPERATORS[op].alone || OPERATORS[one].alone);
}

function valuesFor(
  tree: TreeNode,
  path: ScalarPath,
  key: string,
  names: KnownNames,
  written: ReadonlySet<string>,
): readonly string[] {
  const schema = schemaAt(path);
  if (key === 'op') return OPERATOR_NAMES.filter((op) => mixes(op, written));
  if (path.length === 3 && NAMES_A_LAYER.has(key)) return earlierLayers(tree, Number(path[1]));
  if (key === 'npu' && names.targets) return names.targets;
  if (path[0] === 'target' && (key === 'system' || key === 'memory')) {
    const stated = (name: string): string | undefined => {
      const { node, depth } = nodeAt(tree, ['target', name]);
      return depth === 2 && node?.kind === 'scalar' ? node.text : undefined;
    };
    const found = names.presets?.(stated('npu') ?? '', stated('system'))[key] ?? [];
    if (found.length > 0) return found;
  }
  if (key === 'generator' && names.generators) return names.generators;
  if (schema?.enum) return schema.enum.map(String);
  if (schema?.type === 'boolean') return ['true', 'false'];
  return TYPICAL_VALUES[key] ?? schema?.examples ?? [];
}

/** Keys of a layer whose values are names of earlier layers. */
const NAMES_A_LAYER: ReadonlySet<string> = new Set(['input', 'from']);

/** Names of the layers before one, the nearest first, then that of the network's input. */
function earlierLayers(tree: TreeNode, before: number): string[] {
  const list = nodeAt(tree, ['layers']).node;
  const layers = list?.kind === 'list' ? list.items.slice(0, before) : [];
  const names = layers
    .flatMap((layer) => {
      const name = layer.kind === 'map' ? layer.byKey.get('name')?.value : undefined;
      return name?.kind === 'scalar' ? [name.text] : [];
    })
    .reverse();
  return [...new Set([...names, INPUT_NAME])];
}
