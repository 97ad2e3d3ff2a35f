/** Reads a definition's text: syntax, schema, values, shapes. Never throws on what a user may write. */

import { defaultChoice } from './choice.ts';
import { nodeAt, type MapNode, type TreeNode } from '../tree.ts';
import { readDocument } from './text/document.ts';
import { Problems, type Problem, type ProblemFix } from '../../network/model-error.ts';
import { DEFAULT_TASK, isTaskName, taskSpec } from '../../wire/tasks/task-table.ts';
import { logitsLayers } from '../../network/layer-graph.ts';
import { CHOOSABLE } from '../language.ts';
import { listAsChoice, readLayer, readWeightChoice, statesActivation, type WeightDefaults } from './layer-reader.ts';
import type { ParsedDefinition } from '../language.ts';
import { LineIndex } from '../lines.ts';
import { lowerDefinition } from '../../network/build-network.ts';
import { blameOddCharacters } from './text/odd-characters.ts';
import { checkSchema } from '../definition-schema.ts';
import { checkInputs } from './input-checks.ts';
import { checkPrepare, readPrepare } from './prepare-reader.ts';
import { checkEnsemble, readEnsemble } from './ensemble-reader.ts';
import { knownShape } from './recordings-reader.ts';
import {
  childMap,
  readDataset,
  readInput,
  readObjective,
  readTarget,
  readStrategy,
  readTraining,
} from './settings-reader.ts';
import { checkActivationBits, checkLevers, checkObjective } from './lever-checks.ts';
import { keyInsertion } from './text/text-edit.ts';
import type {
  Choice,
  Definition,
  Diagnostic,
  LayerSpec,
  Network,
  ScalarPath,
  Severity,
  TextRange,
} from '../../network/types.ts';

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 };

/**
 * Reads a model definition. Bad input gives diagnostics with place and remedy, never an exception.
 * Diagnostics are sorted by severity, then place.
 */
export function parseDefinition(text: string): ParsedDefinition {
  const parsed = parseAsWritten(text);
  return {
    ...parsed,
    diagnostics: blameOddCharacters(text, parsed.diagnostics, (plain) => parseAsWritten(plain).diagnostics),
  };
}

/** A tree as a network, and what is wrong with it. */
interface ReadPart {
  readonly network?: Network;
  readonly problems: readonly Problem[];
}

/**
 * The network of a tree: as `parseDefinition`, but nothing is asked of its end, so that layers can be sized while
 * others are not there yet. It is absent where there are errors.
 */
export function readPart(tree: TreeNode): ReadPart {
  const problems = new Problems();
  const definition = readDefinition(tree, problems);
  const network = definition && lowerDefinition(definition, problems, true);
  return { ...(network && { network }), problems: problems.list };
}

function parseAsWritten(text: string): ParsedDefinition {
  const problems = new Problems();
  const tree = readDocument(text, problems);
  // What broken YAML seems to lack or hold says nothing about what its writer means.
  const broken = problems.list.some((problem) => problem.code === 'yaml-syntax');
  const definition = tree && !broken ? readDefinition(tree, problems) : undefined;
  const network = definition && lowerDefinition(definition, problems);
  const layers = tree?.kind === 'map' ? tree.byKey.get('layers')?.value : undefined;
  return {
    ...(definition && { definition }),
    ...(network && { network }),
    diagnostics: place(text, tree, problems.list),
    layerRanges: layers?.kind === 'list' ? layers.items.map((item) => item.range) : [],
    ...(tree && { tree }),
  };
}

/** Keys of `search:` whose values may be choices. */
const SEARCHED: ReadonlySet<string> = new Set(['bits', 'sparsity', 'activationBits']);

/** Values that may be choices are checked option by option when they are read. */
function isReadAsChoice(path: ScalarPath): boolean {
  const key = path.at(-1);
  const layerKey = path.length === 3 && path[0] === 'layers' && CHOOSABLE.some((choosable) => choosable === key);
  const input = path.length === 1 && key === 'input';
  return input || layerKey || (path.length === 2 && path[0] === 'search' && SEARCHED.has(String(key)));
}

function readDefinition(tree: TreeNode, problems: Problems): Definition | undefined {
  if (tree.kind !== 'map') {
    problems.error(
      'not-a-mapping',
      [],
      'A definition is a mapping: start with `udc: 1`, `name:`, `input:` and `layers:`',
      { range: tree.range },
    );
    return undefined;
  }
  checkSchema(tree, problems, isReadAsChoice);
  const layers = readLayers(tree, readDefaults(tree, problems), problems);
  const input = readInput(tree, problems);
  const dataset = readDataset(tree, problems);
  const { target, ensemble } = readEnsemble(tree, readTarget(tree, problems), problems);
  const objective = readObjective(tree, problems);
  const stated = tree.byKey.get('task')?.value;
  const task = stated?.kind === 'scalar' && isTaskName(stated.text) ? stated.text : DEFAULT_TASK;
  const prepare = readPrepare(tree, problems, { rate: dataset?.rate, input });
  const sample = knownShape(dataset);
  if (input) checkPrepare(prepare ?? [], sample, input, task, problems);
  if (input?.inputs) checkInputs({ ...input, task, dataset, prepare }, problems);
  if (dataset?.normal !== undefined && taskSpec(task).labelledMetric === undefined)
    problems.warning(
      'unused-key',
      ['dataset', 'normal'],
      `\`normal\` has no effect on \`task: ${task}\`: it says which class an autoencoder learns; write \`task: reconstruction\` to detect anomalies, or remove it`,
    );
  if (problems.hasErrors || !input) return undefined;
  const name = tree.byKey.get('name')?.value;
  const definition: Definition = {
    udc: 1,
    name: name?.kind === 'scalar' ? name.text : '',
    task,
    ...input,
    target,
    layers,
    ...(dataset && { dataset }),
    ...(prepare && { prepare }),
    strategy: readStrategy(tree),
    ...(objective && { objective }),
    ...(ensemble && { ensemble }),
    training: readTraining(tree, problems),
  };
  checkLevers(definition, problems);
  checkActivationBits(definition, problems);
  checkObjective(definition, problems);
  checkEnsemble(definition, problems);
  return problems.hasErrors ? undefined : definition;
}

function readDefaults(root: MapNode, problems: Problems): WeightDefaults {
  const map = childMap(root, 'search');
  const read = (key: keyof WeightDefaults, builtIn: number): Choice<number> => {
    const node = map?.byKey.get(key)?.value;
    const choice = node?.kind === 'scalar' ? readWeightChoice(key, node, ['search', key], problems) : undefined;
    if (node && node.kind !== 'scalar') {
      const example = key === 'sparsity' ? '0 | 0.5' : '2 | 4 | 8';
      problems.error(
        'wrong-value',
        ['search', key],
        `\`${key}\`: write one value, or a choice with \`|\` such as \`${example}\``,
        { range: node.range, fixes: listAsChoice(node) },
      );
    }
    return choice
      ? { options: choice.options, texts: choice.texts, path: choice.path, inherited: true }
      : defaultChoice(builtIn, String(builtIn), ['search', key]);
  };
  return { bits: read('bits', 8), sparsity: read('sparsity', 0), activationBits: read('activationBits', 8) };
}

function readLayers(root: MapNode, defaults: WeightDefaults, problems: Problems): LayerSpec[] {
  const list = root.byKey.get('layers')?.value;
  const maps = list?.kind === 'list' ? list.items : [];
  const layers = maps
    .flatMap((map, index) => (map.kind === 'map' ? [readLayer(map, index, defaults, problems) ?? []] : []))
    .flat();
  // The logits are compared with each other: an activation would cut the negative ones off.
  const logits = new Set(
    logitsLayers(layers).filter((at) => {
      const map = maps[layers[at]!.index];
      return map?.kind === 'map' && !statesActivation(map);
    }),
  );
  return layers.map((layer, at) => (logits.has(at) ? { ...layer, activation: 'none' } : layer));
}

/** Ties problems to the text. */
function place(text: string, tree: TreeNode | undefined, problems: readonly Problem[]): Diagnostic[] {
  if (problems.length === 0) return [];
  const lines = new LineIndex(text);
  return problems
    .map(({ fixes, range: known, ...problem }) => {
      const range = known ?? nodeAt(tree, problem.path).node?.range ?? { start: 0, end: 0 };
      const placed = (fixes ?? []).flatMap((fix) => placeFix(text, tree, fix));
      return { ...problem, range, ...lines.position(range.start), ...(placed.length > 0 && { fixes: placed }) };
    })
    .sort((a, b) => RANKS[a.severity] - RANKS[b.severity] || a.range.start - b.range.start);
}

function placeFix(
  text: string,
  tree: TreeNode | undefined,
  fix: ProblemFix,
): { title: string; range: TextRange; text: string }[] {
  if ('range' in fix) return [fix];
  const { node, depth } = nodeAt(tree, fix.path);
  if (node?.kind === 'scalar' && depth === fix.path.length)
    return [{ title: fix.title, range: node.inner, text: fix.text }];
  if (node?.kind !== 'map' || depth !== fix.path.length - 1) return [];
  const insertion = keyInsertion(text, node, [[String(fix.path.at(-1)), fix.text]]);
  return insertion ? [{ title: fix.title, ...insertion }] : [];
}
