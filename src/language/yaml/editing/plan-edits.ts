/** Writes decisions back into a definition's text: only the scalars that they decide change. */

import { instantiate } from '../../../network/architecture.ts';
import { EditCollector, refuse, refuseBroken, type EditPlan, type Refusal } from './collector.ts';
import { equalData } from './equal.ts';
import { parseDefinition } from '../parse-definition.ts';
import { applyEdits } from '../text/text-edit.ts';
import type { Assignment, Choice, Decision, LayerSpec, Network } from '../../../network/types.ts';
import { verifyEdits } from './verify-edits.ts';

export type { EditPlan, Edits, Refusal } from './collector.ts';
export { applyEdits, invertEdits, type TextEdit } from '../text/text-edit.ts';
export { verifyEdits } from './verify-edits.ts';
export { planWiden, suggestOptions } from './widen.ts';

/** Does a list of values hold this one, and as which option? */
function optionIndex(choice: Choice<unknown>, value: unknown): number {
  return choice.options.findIndex((option) => equalData(option, value));
}

/**
 * Plans the edits that write an assignment of `network` into `text`, which is its definition, possibly partly decided
 * or with other comments by now.
 * `options.layers` limits the plan to these layers; decisions that they share with others are written there too, since
 * an addition joins them.
 * Refused where the definition has changed in what was searched, or where an edit would not be safe.
 */
export function planEdits(
  text: string,
  network: Network,
  assignment: Assignment,
  options: { readonly layers?: readonly number[] } = {},
): EditPlan {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  const layers = parsed.definition!.layers;
  const changed = changedLayers(text, network, layers);
  if (changed) return changed;
  const architecture = instantiate(network, assignment);
  const collector = new EditCollector(text, parsed.tree);
  const left = leftOut(network, assignment);
  for (const [index, decision] of network.decisions.entries()) {
    if (options.layers && !decision.sites.some(({ layer }) => options.layers!.includes(layer))) continue;
    for (const site of sitesToWrite(decision, left)) {
      const refusal = decideSite(text, collector, layers[site.layer]!, site, assignment[index]!);
      if (refusal) return refusal;
    }
  }
  const plan = collector.finish();
  const after = applyEdits(text, plan.edits);
  const unclean = verifyEdits(text, after, plan.paths);
  if (unclean) return refuse(text, `The edit would change more than it should: ${unclean}`);
  const result = parseDefinition(after);
  const error = result.diagnostics.find(({ severity }) => severity === 'error');
  if (error) return refuse(text, `The edited definition would be wrong: ${error.message}`, error.range);
  if (!options.layers) {
    const open = result.network!.decisions;
    if (open.length > 0)
      return refuse(
        text,
        `The definition has a choice that was not searched: \`${open[0]!.id}\``,
        open[0]!.sites[0]!.choice.range,
      );
    const difference = firstDifference(instantiate(result.network!, []), architecture);
    if (difference) return refuse(text, `The definition has changed since it was searched: ${difference}`);
  }
  return plan;
}

/**
 * What a layer that is left out offers stays as it was: it has no effect, and `op` alone makes the layer a choice
 * again. Widths that layers
 * share are the same in all of them.
 */
function sitesToWrite({ kind, sites }: Decision, left: ReadonlySet<number>): Decision['sites'] {
  const stays = kind !== 'operator' && (kind !== 'width' || sites.every(({ layer }) => left.has(layer)));
  return stays ? sites.filter(({ layer }) => !left.has(layer)) : sites;
}

/** Layers whose operator is decided to be `skip`. */
function leftOut({ decisions }: Network, assignment: Assignment): ReadonlySet<number> {
  const operators = decisions.flatMap(({ kind, sites }, index) =>
    kind === 'operator' ? sites.map((site) => ({ site, option: assignment[index]! })) : [],
  );
  return new Set(
    operators.filter(({ site, option }) => site.choice.options[option] === 'skip').map(({ site }) => site.layer),
  );
}

function changedLayers(text: string, network: Network, layers: readonly LayerSpec[]): Refusal | undefined {
  const searched = network.definition.layers.map(({ name }) => name);
  const at = searched.findIndex((name, i) => layers[i]?.name !== name);
  if (at >= 0)
    return refuse(
      text,
      `The layers have changed since they were searched: layer ${at + 1} was \`${searched[at]!}\`, now it is ${layers[at] ? `\`${layers[at].name}\`` : 'gone'}`,
      layers[at]?.range,
    );
  const extra = layers[searched.length];
  return (
    extra && refuse(text, `The layers have changed since they were searched: \`${extra.name}\` is new`, extra.range)
  );
}

/** Writes one site of a decision, unless it is decided already. */
function decideSite(
  text: string,
  collector: EditCollector,
  layer: LayerSpec,
  site: Decision['sites'][number],
  option: number,
): Refusal | undefined {
  const now: Choice<unknown> | undefined = site.key === 'units' ? layer.filters : layer[site.key];
  const decided = site.choice.texts[option]!;
  const index = now ? optionIndex(now, site.choice.options[option]) : -1;
  if (!now || index < 0) {
    return refuse(
      text,
      `\`${layer.name}\` has changed since it was searched: \`${site.key}\` was ${site.choice.texts.join(' | ')} and became ${decided}, which it does not offer now`,
      now?.range ?? layer.range,
    );
  }
  // A single value that is inherited need not be written: the defaults were narrowed to what was found.
  if (now.options.length === 1) return undefined;
  return collector.set(['layers', layer.index, site.key], now.texts[index]!);
}

function firstDifference(
  now: ReturnType<typeof instantiate>,
  searched: ReturnType<typeof instantiate>,
): string | undefined {
  if (!equalData(now.input, searched.input)) return 'its input has another shape';
  const at = searched.operations.findIndex((operation, i) => !equalData(operation, now.operations[i]));
  if (at >= 0) return `\`${searched.operations[at]!.layerName}\` is not the same`;
  return now.operations.length > searched.operations.length
    ? `\`${now.operations[searched.operations.length]!.layerName}\` is new`
    : undefined;
}
