/**
 * The operators of a network that cost something, by layer and operator option, with their channels as shared
 * expressions.
 */
import type { Steps } from '../../../base/steps.ts';
import type { Network } from '../../../network/types.ts';
import type { Summand } from './summand.ts';
import { Marginals } from './marginals.ts';
import { channelPair, type ChannelPair } from './pairs.ts';
import { Term } from './term.ts';
import { WidthTable, type WidthId } from './width-expressions.ts';

export interface SpaceTerm {
  readonly term: Term;
  readonly input: WidthId;
  readonly output: WidthId;
}

/** Terms of one operator option of a layer; `decision` −1: the only one. */
export interface PathTerms {
  readonly op: { readonly decision: number; readonly option: number };
  readonly terms: readonly SpaceTerm[];
}

export interface Space {
  readonly widths: WidthTable;
  readonly marginals: Marginals;
  /** Number of options of each decision. */
  readonly optionCounts: readonly number[];
  /** Per layer, its paths. */
  readonly layers: readonly (readonly PathTerms[])[];
}

/** The space of a network: what is shared, and an operator's table, in steps. */
export function* buildSpace(network: Network, { counts, table }: Summand): Steps<Space> {
  const optionCounts = network.decisions.map((decision) => decision.labels.length);
  const widths = new WidthTable(optionCounts);
  const marginals = new Marginals(widths);
  const pairs = new Map<string, ChannelPair>();
  const layers: PathTerms[][] = [];
  for (const [index, layer] of network.layers.entries()) {
    const paths: PathTerms[] = [];
    for (const [option, { primitives }] of layer.paths.entries()) {
      const op = { decision: layer.op.decision, option };
      const terms: SpaceTerm[] = [];
      for (const primitive of primitives.filter(({ kind }) => counts(kind))) {
        const input = widths.restrict(widths.intern(primitive.inWidth), op.decision, option);
        const output = widths.restrict(widths.intern(primitive.outWidth), op.decision, option);
        const key = `${input},${output}`;
        let pair = pairs.get(key);
        if (!pair) pairs.set(key, (pair = channelPair(widths, marginals, input, output)));
        yield;
        const own = yield* table(primitive, pair, layer.input);
        terms.push({ term: new Term(own, primitive, index, op, pair), input, output });
      }
      paths.push({ op, terms });
    }
    layers.push(paths);
  }
  return { widths, marginals, optionCounts, layers };
}
