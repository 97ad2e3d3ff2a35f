/**
 * The operators of a network that cost something, by layer and operator option, with their channels as shared
 * expressions.
 */
import type { Network } from '../../../network/types.ts';
import { isWeighted } from '../stored-kind.ts';
import type { Target } from '../../../targets/find-target.ts';
import { byteTable, tableSteps } from './byte-table.ts';
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

/** The same work as `buildSpace`, in steps of at most a few milliseconds; afterwards that has little left to do. */
export function* spaceSteps(network: Network, target: Target): Generator<undefined, void> {
  const widths = new WidthTable(network.decisions.map((decision) => decision.labels.length));
  const marginals = new Marginals(widths);
  for (const layer of network.layers) {
    for (const [option, { primitives }] of layer.paths.entries()) {
      for (const primitive of primitives.filter(({ kind }) => isWeighted(kind))) {
        const [input, output] = [primitive.inWidth, primitive.outWidth].map((width) =>
          widths.restrict(widths.intern(width), layer.op.decision, option),
        ) as [WidthId, WidthId];
        const pair = channelPair(widths, marginals, input, output);
        yield* tableSteps(target, primitive, pair);
        byteTable(target, primitive, pair);
        yield;
      }
    }
  }
}

export function buildSpace(network: Network, { counts, table }: Summand): Space {
  const optionCounts = network.decisions.map((decision) => decision.labels.length);
  const widths = new WidthTable(optionCounts);
  const marginals = new Marginals(widths);
  const pairs = new Map<string, ChannelPair>();
  const layers = network.layers.map((layer, index) =>
    layer.paths.map(({ primitives }, option): PathTerms => {
      const op = { decision: layer.op.decision, option };
      const terms = primitives
        .filter(({ kind }) => counts(kind))
        .map((primitive): SpaceTerm => {
          const input = widths.restrict(widths.intern(primitive.inWidth), op.decision, option);
          const output = widths.restrict(widths.intern(primitive.outWidth), op.decision, option);
          const key = `${input},${output}`;
          let pair = pairs.get(key);
          if (!pair) pairs.set(key, (pair = channelPair(widths, marginals, input, output)));
          return { term: new Term(table(primitive, pair, layer.input), primitive, index, op, pair), input, output };
        });
      return { op, terms };
    }),
  );
  return { widths, marginals, optionCounts, layers };
}
