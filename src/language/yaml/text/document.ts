/**
 * Reads a definition's text as a tree of values with their places: what the reader, the editor and the edit plans
 * share.
 */

import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type CST,
  type Document,
  type Node,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Problems } from '../../../network/model-error.ts';
import { readPlain } from './plain-yaml.ts';
import type { Entry, Hazard, MapNode, ScalarNode, TreeNode } from '../../tree.ts';
import type { ScalarPath, TextRange } from '../../../network/types.ts';

/** Longest text that is read, in UTF-16 units: a 200-layer definition has some 25,000. */
export const LONGEST_TEXT = 128 * 1024;

/** Most lexemes that are read: in definitions, one stands for two or three characters. */
const MOST_LEXEMES = 60_000;

/** Deepest nesting of YAML tokens that is read: a definition needs some 12. */
const DEEPEST_NESTING = 64;

/** Most syntax errors that are listed; the rest follow from the first ones. */
const MOST_SYNTAX_ERRORS = 10;

/** Remedies for the YAML library's error codes; its own message says what is wrong. */
const SYNTAX_REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: 'indent every key of a mapping by the same number of spaces',
  BLOCK_AS_IMPLICIT_KEY: 'put the key on a line of its own, or quote a value that contains `: `',
  BAD_SCALAR_START: 'quote the value',
  BAD_ALIAS: 'write the value itself',
  MISSING_CHAR: 'add the missing character',
  MULTILINE_IMPLICIT_KEY: 'a key and its colon stand on one line; is a `:` missing?',
  TAB_AS_INDENT: 'indent with spaces',
  UNEXPECTED_TOKEN: 'remove it, or quote the value it belongs to',
};

/**
 * Reads the text; adds a problem for everything that is no single, well-formed YAML document. The tree is absent where
 * nothing can be read.
 */
export function readDocument(text: string, problems: Problems): TreeNode | undefined {
  if (text.length > LONGEST_TEXT) {
    problems.error(
      'file-too-large',
      [],
      `The file has ${text.length} characters; a model definition may have ${LONGEST_TEXT}. Is this a data file?`,
      { range: { start: 0, end: 0 } },
    );
    return undefined;
  }
  return readPlain(text) ?? readAny(text, problems);
}

/** Reads any YAML, with the library. */
export function readAny(text: string, problems: Problems): TreeNode | undefined {
  const documents = parseDocuments(text, problems);
  const [first, second] = documents;
  if (second) {
    problems.error(
      'several-documents',
      [],
      'The file holds several YAML documents; a definition is one document: remove what follows this `---`, or put it into a file of its own',
      { range: { start: second.range[0], end: Math.min(second.range[0] + 3, text.length) } },
    );
  }
  for (const { code, message, pos } of (first?.errors ?? []).slice(0, MOST_SYNTAX_ERRORS)) {
    const remedy = SYNTAX_REMEDIES[code];
    problems.error('yaml-syntax', [], `YAML: ${message.replace(/\.$/, '')}${remedy ? `; ${remedy}` : ''}`, {
      range: { start: pos[0], end: Math.max(pos[0], Math.min(pos[1], text.length)) },
    });
  }
  if (!first?.contents) {
    if (!problems.hasErrors)
      problems.error('empty', [], 'The definition is empty; start with `udc: 1`, `name:`, `input:` and `layers:`', {
        range: { start: 0, end: 0 },
      });
    return undefined;
  }
  return new TreeReader(problems).read(first.contents, []);
}

/** The text's documents; their number is 0 where it holds only comments, or nests too deep. */
function parseDocuments(text: string, problems: Problems): readonly Document.Parsed[] {
  const tokens = readTokens(text, problems);
  const composer = new Composer<ParsedNode>({
    prettyErrors: false,
    uniqueKeys: false,
    merge: false,
    logLevel: 'silent',
  });
  return tokens ? [...composer.compose(tokens)] : [];
}

/**
 * The library composes by recursion, which ends the process where the stack runs out inside a regular expression: so
 * depth is limited before.
 */
function readTokens(text: string, problems: Problems): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    lexemes += 1;
    const tooDeep = parser.stack.length > DEEPEST_NESTING;
    if (!tooDeep && lexemes <= MOST_LEXEMES) continue;
    const at = Math.min(parser.offset, text.length);
    const [code, message] = tooDeep
      ? ['nested-too-deep', 'Lists and mappings are nested too deep here; a definition nests four levels at most']
      : [
          'file-too-large',
          'Up to here the file holds more keys and values than a model definition may have; is this a data file?',
        ];
    problems.error(code!, [], message!, { range: { start: at, end: at } });
    return undefined;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Converts the library's nodes. An alias shares its anchor's tree, so that nested aliases cannot grow it. */
class TreeReader {
  private readonly anchors = new Map<string, TreeNode>();

  constructor(private readonly problems: Problems) {}

  read(node: Node, path: ScalarPath): TreeNode {
    const [start, end] = node.range ?? [0, 0];
    const range = { start, end };
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target) return { ...target, range, hazard: 'alias', alias: node.source };
      this.problems.error(
        'unknown-alias',
        path,
        `\`*${node.source}\` refers to no value that is complete before it; write the value itself`,
        { range },
      );
      return nullScalar(range);
    }
    const tree = this.readOwn(node, path, range);
    if (!isAlias(node) && 'anchor' in node && node.anchor) this.anchors.set(node.anchor, tree);
    return tree;
  }

  private readOwn(node: Node, path: ScalarPath, range: TextRange): TreeNode {
    const hazard = this.hazard(node);
    if (isMap(node)) return this.readMap(node, path, range, hazard);
    if (isSeq(node)) {
      const items = node.items.map((item, i) => (isNode(item) ? this.read(item, [...path, i]) : nullScalar(range)));
      return {
        kind: 'list',
        range: node.flow
          ? range
          : { start: range.start, end: Math.max(range.start, ...items.slice(-1).map((item) => item.range.end)) },
        items,
        ...hazard,
      };
    }
    if (isScalar(node)) return this.readScalar(node, range, hazard);
    return nullScalar(range);
  }

  private hazard(node: Node): { hazard?: Hazard } {
    if ('anchor' in node && node.anchor) return { hazard: 'anchor' };
    if (node.tag) return { hazard: 'tag' };
    return {};
  }

  private readScalar(node: Scalar, range: TextRange, hazard: { hazard?: Hazard }): ScalarNode {
    const { value } = node;
    const style =
      node.type === 'QUOTE_SINGLE'
        ? 'single'
        : node.type === 'QUOTE_DOUBLE'
          ? 'double'
          : node.type === 'PLAIN' || !node.type
            ? 'plain'
            : 'block';
    const quoted = style === 'single' || style === 'double';
    const known =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
    const text = style === 'plain' ? (node.source ?? '') : String(value);
    return {
      kind: 'scalar',
      value: known ? value : String(value),
      text,
      style,
      range,
      inner: quoted ? { start: range.start + 1, end: Math.max(range.start + 1, range.end - 1) } : range,
      ...(style === 'block' ? { hazard: 'block scalar' } : hazard),
    };
  }

  private readMap(node: YAMLMap, path: ScalarPath, range: TextRange, hazard: { hazard?: Hazard }): MapNode {
    const byKey = new Map<string, Entry>();
    const merged: MapNode[] = [];
    let end = range.start;
    for (const { key, value } of node.items) {
      const keyNode = isNode(key) ? key : undefined;
      const keyRange = keyNode?.range ? { start: keyNode.range[0], end: keyNode.range[1] } : range;
      if (!isScalar(keyNode)) {
        this.problems.error('key-not-a-name', path, 'A key must be a name such as `filters`', { range: keyRange });
        continue;
      }
      const name = keyNode.source ?? String(keyNode.value);
      const tree = isNode(value)
        ? this.read(value, [...path, name])
        : nullScalar({ start: keyRange.end, end: keyRange.end });
      end = Math.max(end, keyRange.end, tree.range.end);
      if (name === '<<') merged.push(...this.mergeSources(tree, path));
      else if (byKey.has(name))
        this.problems.error('duplicate-key', [...path, name], `\`${name}\` is written twice; keep one of them`, {
          range: keyRange,
        });
      else byKey.set(name, { key: name, keyRange, value: tree });
    }
    const own = [...byKey.values()];
    for (const source of merged)
      for (const entry of source.entries) if (!byKey.has(entry.key)) byKey.set(entry.key, entry);
    const flow = node.flow === true;
    // A block mapping's own range may reach over the blank lines and comments that follow it.
    return {
      kind: 'map',
      range: flow ? range : { start: range.start, end },
      entries: own,
      byKey,
      flow,
      ...(merged.length > 0 ? { hazard: 'merge key' } : hazard),
    };
  }

  private mergeSources(tree: TreeNode, path: ScalarPath): MapNode[] {
    const sources = tree.kind === 'list' ? tree.items : [tree];
    const maps = sources.filter((source) => source.kind === 'map');
    if (maps.length < sources.length || maps.length === 0) {
      this.problems.error('bad-merge', path, 'A merge key `<<` takes a mapping, for example `<<: *defaults`', {
        range: tree.range,
      });
    }
    return maps.map((map) => ({ ...map, entries: [...map.byKey.values()] }));
  }
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value);
}

function nullScalar(range: TextRange): ScalarNode {
  return { kind: 'scalar', value: null, text: '', style: 'plain', range, inner: range };
}
