/**
 * The JSON Schema of definitions: checks a tree against it, and finds the descriptions that hovers and completion show.
 */

import type { ErrorObject } from 'ajv';
import { nearestName } from '../text/nearest.ts';
import type { MapNode, ScalarNode, TreeNode } from './tree.ts';
import { nodeAt } from './tree.ts';
import type { ProblemFix, Problems } from '../network/model-error.ts';
import { plainValue } from './yaml/text/plain-yaml.ts';
import { schema as generatedSchema, validate as generatedValidate } from './definition-schema.generated.ts';
import type { ScalarPath } from '../network/types.ts';

/** The part of JSON Schema that the definition's schema uses. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly description?: string;
  /** What would be right, for messages. */
  readonly 'x-expected'?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  /** What each value of `enum` means, in its order. */
  readonly enumDescriptions?: readonly string[];
  readonly examples?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

const SCHEMA = generatedSchema as unknown as SchemaNode;
const validate = generatedValidate as unknown as { (value: unknown): boolean; errors?: ErrorObject[] | null };

function resolve(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.$ref ? SCHEMA.$defs?.[node.$ref.replace('#/$defs/', '')] : node;
}

/**
 * The schema of the value at a path of a definition, for example ['layers', 3, 'filters']; undefined where the format
 * has no such value.
 */
export function schemaAt(path: ScalarPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = SCHEMA;
  for (const step of path) {
    const properties: Readonly<Record<string, SchemaNode>> = node?.properties ?? {};
    node = resolve(
      typeof step === 'number' ? node?.items : Object.hasOwn(properties, step) ? properties[step] : undefined,
    );
  }
  return node;
}

/** What a value at a path means, where only some are possible and each is described. */
export function meaningAt(path: ScalarPath, value: string): string | undefined {
  const { enum: values = [], enumDescriptions = [] } = schemaAt(path) ?? {};
  return enumDescriptions[values.findIndex((one) => String(one) === value)];
}

/** What would be right at a path, in words. */
export function expectedAt(path: ScalarPath): string {
  return schemaAt(path)?.['x-expected'] ?? 'another value';
}

/** Largest and smallest number that a value may be. */
export function limitsAt(path: ScalarPath): { minimum: number; maximum: number } {
  const node = schemaAt(path);
  return { minimum: node?.minimum ?? -Infinity, maximum: node?.maximum ?? Infinity };
}

/** The value of a tree as JSON; aliased parts are shared, not copied. */
export function toValue(tree: TreeNode, known: Map<TreeNode, unknown> = new Map()): unknown {
  if (tree.kind === 'scalar') return tree.value;
  const seen = known.get(tree);
  if (seen !== undefined) return seen;
  const value =
    tree.kind === 'list'
      ? tree.items.map((item) => toValue(item, known))
      : Object.fromEntries(Array.from(tree.byKey.values(), (entry) => [entry.key, toValue(entry.value, known)]));
  known.set(tree, value);
  return value;
}

/**
 * Adds a problem for everything that the schema forbids, with what it would allow.
 * `readElsewhere` says of a path whether another reader checks its value in more detail.
 */
export function checkSchema(root: TreeNode, problems: Problems, readElsewhere: (path: ScalarPath) => boolean): void {
  if (validate(toValue(root))) return;
  for (const error of validate.errors ?? []) {
    if (problems.full) return;
    const path = pathOf(error.instancePath, root);
    if (error.keyword === 'additionalProperties')
      reportUnknownKey(root, [...path, String(error.params['additionalProperty'])], problems);
    else if (error.keyword === 'required')
      reportMissingKey(root, path, String(error.params['missingProperty']), problems);
    // Of a mapping with a key too many that key is said.
    else if (error.keyword === 'maxProperties' && hasUnknownKey(root, path)) continue;
    else if (!readElsewhere(path)) reportValue(root, path, problems);
  }
}

function hasUnknownKey(root: TreeNode, path: ScalarPath): boolean {
  const { node } = nodeAt(root, path);
  const known = schemaAt(path)?.properties ?? {};
  return node?.kind === 'map' && [...node.byKey.keys()].some((key) => !Object.hasOwn(known, key));
}

/** JSON pointer to path: list positions become numbers. */
function pathOf(pointer: string, root: TreeNode): ScalarPath {
  const steps: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~');
    steps.push(nodeAt(root, steps).node?.kind === 'list' ? Number(step) : step);
  }
  return steps;
}

function reportUnknownKey(root: TreeNode, path: ScalarPath, problems: Problems): void {
  const key = String(path.at(-1));
  const owner = path.slice(0, -1);
  const keys = Object.keys(schemaAt(owner)?.properties ?? {});
  const mapping = nodeAt(root, owner).node as MapNode;
  const home = homeOf(key, owner, keys, mapping);
  const near = nearestName(
    key,
    keys.filter((name) => !mapping.byKey.has(name)),
  );
  const range = mapping.byKey.get(key)?.keyRange;
  const fixes: ProblemFix[] = near && !home && range ? [{ title: `Replace with \`${near}\``, range, text: near }] : [];
  const advice =
    home ?? (near ? `did you mean \`${near}\`?` : `the keys are ${keys.map((name) => `\`${name}\``).join(', ')}`);
  problems.error('unknown-key', path, `There is no key \`${key}\` here; ${advice}`, { range, fixes });
}

/**
 * Where a key belongs that stands beside its mapping, in words: `fit` beside `resize: 32x32` belongs into it. Undefined
 * where no mapping beside it has such a key.
 */
function homeOf(key: string, owner: ScalarPath, keys: readonly string[], mapping: MapNode): string | undefined {
  const homes = keys.filter((name) => Object.hasOwn(schemaAt([...owner, name])?.properties ?? {}, key));
  const there = homes.filter((name) => mapping.byKey.has(name));
  const [first, ...others] = there.length > 0 ? there : homes;
  if (first === undefined) return undefined;
  const names = [first, ...others].map((name) => `\`${name}\``).join(' or ');
  const [given, value] = [mapping.byKey.get(first)?.value, mapping.byKey.get(key)?.value];
  const [short, ...more] = schemaAt([...owner, first])?.required ?? [];
  // A size alone is short for a mapping: it is written out where it is given more.
  const inside = [
    ...(given?.kind === 'scalar' && short !== undefined && more.length === 0 ? [`${short}: ${given.text}`] : []),
    ...(given?.kind === 'map' ? ['…'] : []),
    `${key}: ${value?.kind === 'scalar' && value.text !== '' ? value.text : '…'}`,
  ];
  return `it belongs into ${names}: \`${first}: { ${inside.join(', ')} }\``;
}

function reportMissingKey(root: TreeNode, path: ScalarPath, key: string, problems: Problems): void {
  const where = path.length === 0 ? 'The definition' : path[0] === 'layers' ? 'The layer' : `\`${path.join('.')}\``;
  const { node } = nodeAt(root, path);
  const range = node && { start: node.range.start, end: Math.min(node.range.end, node.range.start + 1) };
  problems.error('missing-key', [...path, key], `${where} has no \`${key}\`: add ${expectedAt([...path, key])}`, {
    range,
  });
}

/** Would the schema allow this value at the path? */
function allows(root: TreeNode, path: ScalarPath, value: unknown): boolean {
  const whole = toValue(root);
  const owner = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], whole);
  (owner as Record<string | number, unknown>)[path.at(-1)!] = value;
  const pointer = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return validate(whole) || !(validate.errors ?? []).some(({ instancePath }) => instancePath === pointer);
}

/** What only lacks quotes, or has some too many: `name: 2024` is a number, `udc: "1"` a text. */
function reportQuotes(root: TreeNode, path: ScalarPath, node: ScalarNode, problems: Problems): boolean {
  const key = String(path.at(-1));
  // Where a number is right as such, this one is another than it should be.
  if (
    typeof node.value === 'number' &&
    [schemaAt(path)?.type].flat().some((type) => type === 'integer' || type === 'number')
  )
    return false;
  const quoted = node.style === 'single' || node.style === 'double';
  if (!quoted && node.style !== 'plain') return false;
  const meant = quoted ? plainValue(node.text) : node.text;
  if (path.length === 0 || meant === undefined || typeof meant === typeof node.value || !allows(root, path, meant))
    return false;
  const text = quoted ? node.text : `"${node.text}"`;
  const kind = quoted ? 'in quotes it is a text' : `without quotes it is ${KINDS[typeof node.value] ?? 'no text'}`;
  problems.error('wrong-value', path, `\`${key}\`: ${kind}; write \`${key}: ${text}\``, {
    range: node.range,
    fixes: [{ title: `Replace with \`${text}\``, range: node.range, text }],
  });
  return true;
}

const KINDS: Readonly<Record<string, string>> = { number: 'a number', boolean: 'true or false' };

function reportValue(root: TreeNode, path: ScalarPath, problems: Problems): void {
  const { node } = nodeAt(root, path);
  if (node?.kind === 'scalar' && node.text !== '' && reportQuotes(root, path, node, problems)) return;
  const isText = node?.kind === 'scalar' && node.text !== '';
  const got = isText
    ? `\`${node.text.slice(0, 60)}\` is not right`
    : node?.kind === 'scalar'
      ? 'there is no value'
      : `a ${node?.kind === 'map' ? 'mapping' : 'list'} is not right`;
  const key = path.filter((step) => typeof step === 'string').at(-1) ?? 'the definition';
  const choice =
    isText && node.text.includes('|')
      ? '; only `op`, `kernel`, `filters`, `units`, `expand`, `bits`, `sparsity` and the sizes of `input` can be choices'
      : '';
  const near = isText ? nearestName(node.text, (schemaAt(path)?.enum ?? []).map(String)) : undefined;
  const fixes: ProblemFix[] =
    near && node ? [{ title: `Replace with \`${near}\``, range: node.range, text: near }] : [];
  problems.error(
    choice ? 'choice-not-allowed' : 'wrong-value',
    path,
    `\`${key}\`: ${got}; write ${expectedAt(path)}${choice}`,
    { range: node?.range, fixes },
  );
}
