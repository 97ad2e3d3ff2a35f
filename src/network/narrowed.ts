/** A search space with some options taken out, and the way between its architectures and those of the whole. */
import { buildNetwork } from './build-network.ts';
import { magnitudes } from './largest-option.ts';
import { definitionWith } from './resolution.ts';
import type { Assignment, Choice, Decision, LayerSpec, Network } from './types.ts';

type Site = Decision['sites'][number];

function without<T>(choice: Choice<T>, kept: readonly boolean[]): Choice<T> {
  const left = <V>(values: readonly V[]): V[] => values.filter((_, k) => kept[k]);
  return { ...choice, options: left(choice.options), texts: left(choice.texts), narrowed: true };
}

function withoutAt(spec: LayerSpec, key: Exclude<Site['key'], 'input'>, kept: readonly boolean[]): LayerSpec {
  const at = key === 'units' ? 'filters' : key;
  return { ...spec, [at]: without<unknown>(spec[at]!, kept) };
}

/**
 * The network with the options that are kept. What was open stays a decision, though one option may be left; what no
 * operator that is kept takes is none any more.
 * @param kept for each decision which options; one at least
 */
export function narrowed(network: Network, kept: readonly (readonly boolean[])[]): Network {
  const { definition, decisions } = network;
  const layers = [...definition.layers];
  let { inputs } = definition;
  for (const [d, { sites }] of decisions.entries()) {
    if (kept[d]!.every(Boolean)) continue;
    for (const { layer, key } of sites)
      if (key === 'input') inputs = inputs && without(inputs, kept[d]!);
      else layers[layer] = withoutAt(layers[layer]!, key, kept[d]!);
  }
  return buildNetwork({ ...(inputs ? definitionWith(definition, inputs) : definition), layers });
}

/** The way between the architectures of a narrowed space and of the whole, by what decisions write. */
export interface Between {
  /** The same architecture in the whole space. */
  whole(assignment: Assignment): number[];
  /** The nearest in the narrowed space. */
  nearest(assignment: Assignment): number[];
}

const keyOf = ({ layer, key }: Site): string => `${layer} ${key}`;

/** For each decision of one network that of another which writes one of its values; −1: none does. */
function counterparts(of: Network, among: Network): number[] {
  const found = new Map(among.decisions.flatMap(({ sites }, d) => sites.map((site) => [keyOf(site), d] as const)));
  return of.decisions.map(({ sites }) => sites.map((site) => found.get(keyOf(site)) ?? -1).find((d) => d >= 0) ?? -1);
}

/** The option of the same label, else the nearest by size; of operators, else the first. */
function nearestOption(decision: Decision, of: Decision, option: number): number {
  const same = decision.labels.indexOf(of.labels[option]!);
  const [here, there] = [magnitudes(decision), magnitudes(of)];
  if (same >= 0 || !here || !there) return Math.max(0, same);
  const away = here.map((value) => Math.abs(value - there[option]!));
  return away.indexOf(Math.min(...away));
}

export function between(whole: Network, part: Network): Between {
  const [ofWhole, ofPart] = [counterparts(whole, part), counterparts(part, whole)];
  const moved = (to: Network, from: Network, by: readonly number[], assignment: Assignment): number[] =>
    to.decisions.map((decision, d) => {
      const at = by[d]!;
      return at < 0 ? 0 : nearestOption(decision, from.decisions[at]!, assignment[at]!);
    });
  return {
    whole: (assignment) => moved(whole, part, ofWhole, assignment),
    nearest: (assignment) => moved(part, whole, ofPart, assignment),
  };
}
