/** Writes decisions back into a definition's text: only the scalars that they decide change. */

import { instantiate } from '../../../network/architecture.ts';
import { EditCollector, refuseBroken } from './collector.ts';
import { applyEdits, refuse, type EditPlan, type Refusal } from '../../edit-plan.ts';
import { equalData } from '../../equal.ts';
import { isLayerKey } from '../layer-reader.ts';
import { nodeAt } from '../../tree.ts';
import type { DecideOptions, ParsedDefinition } from '../../language.ts';
import { parseDefinition } from '../parse-definition.ts';
import { uses } from '../../../network/operators.ts';
import type {
  Assignment,
  Choice,
  Decision,
  Definition,
  LayerSpec,
  Network,
  OperatorName,
  TextRange,
} from '../../../network/types.ts';
import { planTarget } from './plan-target.ts';
import { verifyEdits } from './verify-edits.ts';

export { verifyEdits } from './verify-edits.ts';
export { planWiden, suggestOptions } from './widen.ts';

type Site = Decision['sites'][number];

/** Does a list of values hold this one, and as which option? */
function optionIndex(choice: Choice<unknown>, value: unknown): number {
  return choice.options.findIndex((option) => equalData(option, value));
}

/**
 * Plans the edits that write an assignment of `network` into `text`, which is its definition, possibly partly decided
 * or with other comments by now.
 * `options.layers` limits the plan to these layers; decisions that they share with others are written there too, since
 * an addition joins them.
 * `options.target`: what `target:` says after the edits.
 * Refused where the definition has changed in what was searched, or where an edit would not be safe.
 */
export function planEdits(
  text: string,
  network: Network,
  assignment: Assignment,
  options: DecideOptions = {},
): EditPlan {
  const parsed = parseDefinition(text);
  const broken = refuseBroken(text, parsed);
  if (broken) return broken;
  const layers = parsed.definition!.layers;
  const changed = changedLayers(text, network, layers);
  if (changed) return changed;
  const architecture = instantiate(network, assignment);
  const collector = new EditCollector(text, parsed.tree);
  const chosen = chosenOperators(network, assignment);
  const isPlanned = (layer: number): boolean => options.layers?.includes(layer) ?? true;
  for (const [index, decision] of network.decisions.entries()) {
    if (!decision.sites.some(({ layer }) => isPlanned(layer))) continue;
    for (const site of sitesToWrite(decision, chosen)) {
      if (site.key === 'input') {
        const refusal = decideInput(text, collector, parsed.definition!, site, assignment[index]!);
        if (refusal) return refusal;
        continue;
      }
      // What the layer's operator does not take is removed with it; a width that it shares is written while others are
      // open.
      const unused = !takes(chosen[site.layer]!, site.key);
      if (unused && (isPlanned(site.layer) || !states(parsed, site.layer, site.key))) continue;
      const refusal = decideSite(text, collector, layers[site.layer]!, { ...site, key: site.key }, assignment[index]!);
      if (refusal) return refusal;
    }
  }
  for (const { spec, op } of network.layers)
    if (op.decision >= 0 && isPlanned(spec.index)) removeUnused(parsed, collector, spec.index, chosen[spec.index]!);
  const unplaced = options.target && planTarget(collector, parsed.definition!.target, options.target);
  if (unplaced) return unplaced;
  const plan = collector.finish();
  const after = applyEdits(text, plan.edits);
  const unclean = verifyEdits(text, after, plan.paths, plan.removed);
  if (unclean) return refuse(text, `The edit would change more than it should: ${unclean}`);
  const result = parseDefinition(after);
  const error = result.diagnostics.find(({ severity }) => severity === 'error');
  if (error) return refuse(text, `The edited definition would be wrong: ${error.message}`, error.range);
  if (options.target && !equalData(result.definition!.target, options.target))
    return refuse(text, 'The edit of `target:` would not say what it should');
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
 * again. Widths that layers share are the same in all of them.
 */
function sitesToWrite({ kind, sites }: Decision, chosen: readonly OperatorName[]): Decision['sites'] {
  const isLeft = ({ layer }: Site): boolean => chosen[layer] === 'skip';
  const stays = kind !== 'operator' && (kind !== 'width' || sites.every(isLeft));
  return stays ? sites.filter((site) => !isLeft(site)) : sites;
}

/** The operator of each layer. */
function chosenOperators({ layers }: Network, assignment: Assignment): readonly OperatorName[] {
  return layers.map(({ op }) => op.options[op.decision < 0 ? 0 : assignment[op.decision]!]!);
}

/** Does a key have an effect beside an operator? A layer that is left out keeps all of them. */
function takes(op: OperatorName, key: string): boolean {
  return op === 'skip' || !isLayerKey(key) || uses(op, key);
}

function states({ tree }: ParsedDefinition, layer: number, key: string): boolean {
  return nodeAt(tree, ['layers', layer, key]).depth === 3;
}

/** Removes the keys that stood there for operators that were not chosen. */
function removeUnused({ tree }: ParsedDefinition, collector: EditCollector, layer: number, op: OperatorName): void {
  const { node } = nodeAt(tree, ['layers', layer]);
  if (node?.kind !== 'map') return;
  for (const { key } of node.entries) if (!takes(op, key)) collector.remove(['layers', layer, key]);
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

/** Writes the size of the input, unless it is decided already. */
function decideInput(
  text: string,
  collector: EditCollector,
  { input, inputs }: Definition,
  { choice }: Site,
  option: number,
): Refusal | undefined {
  const chosen = choice.options[option];
  if (!inputs) {
    const { height, width } = input;
    return equalData({ height, width }, chosen) ? undefined : changedInput(text, choice, option);
  }
  const index = optionIndex(inputs, chosen);
  return index < 0 ? changedInput(text, choice, option, inputs.range) : collector.set(['input'], inputs.texts[index]!);
}

const changedInput = (text: string, { texts }: Choice<unknown>, option: number, range?: TextRange): Refusal =>
  refuse(
    text,
    `\`input\` has changed since it was searched: it was ${texts.join(' | ')} and became ${texts[option]!}, which it does not offer now`,
    range,
  );

/** Writes one site of a decision, unless it is decided already. */
function decideSite(
  text: string,
  collector: EditCollector,
  layer: LayerSpec,
  site: Site & { readonly key: Exclude<Site['key'], 'input'> },
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
