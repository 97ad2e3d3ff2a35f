/** Uniform networks: one bitwidth everywhere, as dense as the definition allows, as wide as fits. */
import type { Network } from '../../network/types.ts';
import { strategyWords } from '../../wire/strategies.ts';
import { levels, proportional, type Field } from '../space/candidates.ts';
import { spend } from '../space/decode.ts';
import { UntrainedChooser, type Untrained } from '../space/untrained-chooser.ts';
import type { Proposal, Strategy } from '../strategy.ts';

/** Bitwidths that are compared, where the definition offers them; else those that it does. */
const USUAL: readonly number[] = [8, 4, 2];

function bitwidths(network: Network): readonly number[] {
  const offered = levels(network, 'bits');
  const usual = USUAL.filter((bits) => offered.includes(bits));
  // Without a choice of bits there is one network.
  return usual.length > 0 ? usual : offered.length > 0 ? offered : [0];
}

/** All widths at one share of their largest; what that leaves of the budget is spent on single widths. */
function widest(field: Field, bits: number): number[] | undefined {
  const { network, scores, constraint } = field;
  const [dense = 0] = levels(network, 'sparsity');
  const even = proportional(field, { bits, sparsity: dense });
  if (!even) return undefined;
  const widths = network.decisions.flatMap(({ kind }, d) => (kind === 'width' ? [d] : []));
  // Only wider, the narrowest gain first.
  const allowed = scores.allowed.map((row, d) => row.map((ok, k) => ok && (!widths.includes(d) || k >= even[d]!)));
  return spend({ logits: scores.logits, allowed }, constraint, even, widths);
}

function propose(untrained: Untrained): Proposal {
  const { network } = untrained.context;
  const found = bitwidths(network).flatMap((bits) => {
    const assignment = widest(untrained.field(), bits);
    return assignment ? [{ assignment, name: bits === 0 ? 'uniform' : `uniform ${bits}-bit` }] : [];
  });
  const origin = { kind: 'rule' } as const;
  if (found.length === 0)
    return { candidates: [{ assignment: untrained.field().smallest, origin }], race: false, fixed: true };
  return {
    candidates: found.map(({ assignment }) => ({ assignment, origin })),
    names: found.map(({ name }) => name),
    race: false,
    fixed: true,
  };
}

export const uniform: Strategy = {
  ...strategyWords('uniform'),
  curves: () => [],
  stages: () => [],
  plan: ({ network }) => ({ networks: bitwidths(network).length, racers: 1 }),
  create: (context) => Promise.resolve(new UntrainedChooser(context, propose)),
  restore: (context, _costs, state) => new UntrainedChooser(context, propose, state),
};
