/**
 * What is wrong with a definition as seen from its target: an unknown one, operators that it cannot run, limits that
 * nothing meets.
 */
import { nodeAt } from '../../../language/tree.ts';
import { LineIndex } from '../../../language/lines.ts';
import type { ParsedDefinition } from '../../../language/language.ts';
import type { Definition, Diagnostic, ScalarPath, TextRange } from '../../../network/types.ts';
import type { Refusal } from '../../../costs/limits/feasibility.ts';
import { objectiveProblem } from '../../../costs/limits/holding-limits.ts';
import { COST_NAMES, type CostName } from '../../../wire/limits.ts';
import { capitalised } from '../../../text/sentences.ts';
import { unsupportedOptions, type UnsupportedOption } from '../../../targets/runnable.ts';
import { COSTS } from '../../../costs/cost-table.ts';
import { vainSavings } from '../../../costs/weights/savings.ts';
import { presetProblem } from '../../../targets/configured.ts';
import { chipNamed, TARGETS } from '../../../targets/find-target.ts';
import { alternatives, nearNames } from '../../../text/nearest.ts';
import type { NetworkSizes } from '../sizes/analysis.ts';

type Found = Omit<Diagnostic, 'range' | 'line' | 'column'> & { readonly range?: TextRange };

/** The target's name when there is no such target, whatever else is wrong with the definition. */
function unknownTarget({ tree }: ParsedDefinition): readonly Found[] {
  const path: ScalarPath = ['target', 'npu'];
  const { node, depth } = nodeAt(tree, path);
  if (node?.kind !== 'scalar' || depth !== path.length || node.text.trim() === '') return [];
  const name = node.text;
  if (TARGETS.some((target) => target.name === name.toLowerCase())) return [];
  const near = nearNames(
    name,
    TARGETS.map((target) => target.name),
  );
  const fixes = near.map((text) => ({ title: `Change to \`${text}\``, range: node.inner, text }));
  const remedy =
    near.length > 0
      ? `did you mean ${alternatives(near, '`')}?`
      : `the targets are ${TARGETS.map((target) => target.name).join(', ')}`;
  return [
    {
      severity: 'error',
      code: 'unknown-target',
      path,
      message: `There is no target \`${name}\`; ${remedy}`,
      ...(fixes.length > 0 ? { fixes } : {}),
    },
  ];
}

/** A preset that the target cannot have, whatever else is wrong with the definition. */
function impossiblePreset({ tree, definition }: ParsedDefinition): readonly Found[] {
  const target = definition && chipNamed(definition.target.npu);
  const problem = target && presetProblem(target, definition.target);
  if (!problem) return [];
  const path: ScalarPath = ['target', problem.key];
  const { node } = nodeAt(tree, path);
  const range = node?.kind === 'scalar' ? node.inner : undefined;
  const fixes = range ? problem.near.map((text) => ({ title: `Change to \`${text}\``, range, text })) : [];
  return [
    {
      severity: 'error',
      code: 'unknown-preset',
      path,
      message: capitalised(problem.message),
      ...(fixes.length > 0 ? { fixes } : {}),
    },
  ];
}

function foundOption({ layer: { spec }, ops, reason, value }: UnsupportedOption): Found {
  const problem = { severity: 'error', code: 'unsupported-by-target' } as const;
  if (!value) {
    const message = `\`${spec.name}\` (${ops.join(', ')}): ${reason}`;
    return { ...problem, path: ['layers', spec.index, 'op'], range: spec.op.range ?? spec.range, message };
  }
  const { choice, remedy } = value;
  // Its place is found by its path.
  if (choice.inherited) return { ...problem, path: ['search', 'activationBits'], message: reason };
  const range = choice.range ?? spec.range;
  const fixes = choice.range ? [{ title: `Change to \`${remedy}\``, range: choice.range, text: remedy }] : [];
  return { ...problem, path: choice.path, range, message: `\`${spec.name}\`: ${reason}`, fixes };
}

/**
 * What the target cannot run: options of layers, each reason once a layer, else how the smallest architecture fits
 * together.
 */
function unsupported({ network, target, cannotRun }: NetworkSizes): readonly Found[] {
  const options = unsupportedOptions(network, target).map(foundOption);
  // What layers inherit stands in one place.
  const places = new Map(options.map((one) => [`${one.path.join('.')} ${one.message}`, one]));
  if (places.size > 0) return [...places.values()];
  return cannotRun.map((message): Found => ({
    severity: 'error',
    code: 'unsupported-by-target',
    path: ['target', 'npu'],
    message: `${target.title} cannot run this: ${message}`,
  }));
}

const CODES: Readonly<Record<CostName, string>> = {
  weights: 'budget-too-small',
  activations: 'activations-too-large',
  latency: 'latency-too-long',
  cycles: 'cycles-too-many',
  macs: 'macs-too-many',
};

/** The limit at which a refusal is shown: of several, the first that would do if raised and that the text states. */
function costOf({ limit, needed }: Pick<Refusal, 'limit' | 'needed'>, { target }: Definition): CostName {
  if (limit !== 'both' && limit !== 'together') return limit;
  return COST_NAMES.find((cost) => cost in needed && target[cost] !== undefined) ?? 'weights';
}

/** Limits on the mean of an ensemble on what nobody knows of the target. */
function unknownMeans({ definition: { ensemble }, target }: NetworkSizes): { cost: CostName; reason: string }[] {
  return (['cycles', 'latency'] as const).flatMap((cost) => {
    const reason = ensemble?.[cost] === undefined ? undefined : COSTS[cost].missing(target);
    return reason === undefined ? [] : [{ cost, reason }];
  });
}

function limitProblems(sizes: NetworkSizes): readonly Found[] {
  const { definition, target, network } = sizes;
  const found: Found[] = [];
  const { unknownCosts } = sizes;
  const at = (cost: CostName): ScalarPath => ['target', definition.target[cost] === undefined ? 'npu' : cost];
  for (const { cost, reason } of unknownMeans(sizes))
    found.push({ severity: 'error', code: 'unknown-cost', path: ['ensemble', cost], message: capitalised(reason) });
  for (const { limit, reason } of unknownCosts)
    found.push({ severity: 'error', code: 'unknown-cost', path: at(limit.cost), message: capitalised(reason) });
  const aim = objectiveProblem(definition, target);
  if (aim !== undefined) {
    const path: ScalarPath = ['search', 'objective', definition.objective!.cost];
    found.push({ severity: 'error', code: 'unknown-cost', path, message: capitalised(aim) });
  }
  const refusal = unknownCosts.length > 0 ? undefined : sizes.refusal();
  if (refusal) {
    const cost = costOf(refusal, definition);
    const path: ScalarPath = refusal.means?.includes(cost) ? ['ensemble', cost] : at(cost);
    found.push({ severity: 'warning', code: CODES[cost], path, message: refusal.text });
  }
  const savings = vainSavings(network, target);
  if (savings !== undefined)
    found.push({ severity: 'information', code: 'saves-nothing', path: ['target', 'npu'], message: savings });
  return [...unsupported(sizes), ...found];
}

/** `sizes` is absent where the definition has errors or an unknown target. */
export function targetProblems(
  text: string,
  parsed: ParsedDefinition,
  sizes: NetworkSizes | undefined,
): readonly Diagnostic[] {
  const found = [...unknownTarget(parsed), ...impossiblePreset(parsed), ...(sizes ? limitProblems(sizes) : [])];
  if (found.length === 0) return [];
  const lines = new LineIndex(text);
  return found.map(({ range: known, ...problem }) => {
    // A joint limit may stand in `ensemble:`.
    const [first, ...rest] = problem.path;
    const { node } = nodeAt(parsed.tree, problem.path);
    const stated = first === 'target' && !node ? nodeAt(parsed.tree, ['ensemble', ...rest]).node : node;
    const range = known ?? stated?.range ?? { start: 0, end: 0 };
    return { ...problem, range, ...lines.position(range.start) };
  });
}
