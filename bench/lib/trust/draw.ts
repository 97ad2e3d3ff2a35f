/** Architectures across a space: stratified by depth, most of them near the budget, the others by size below it. */
import type { Assignment, Network } from '../../../src/network/types.ts';
import { decode } from '../../../src/strategies/space/decode.ts';
import type { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { SeededRandom } from '../../../src/base/random.ts';

/** Seed of the draws: the same architectures for every seed of a search. */
const SEED = 20;

/** Share of the bytes asked for that an architecture must have. */
const FULL = 0.9;

/**
 * Random options, each optional layer kept or left out as `skips` of them say, made to fill `budget` shares. Undefined
 * where that cannot be done.
 */
function drawOne(
  network: Network,
  phase: SupernetPhase,
  skips: number,
  share: number,
  random: SeededRandom,
): number[] | undefined {
  const { constraint, smallest, scores } = phase.field();
  const optional = network.decisions.flatMap((decision, d) =>
    decision.kind === 'operator' && decision.options.includes('skip') ? [d] : [],
  );
  random.shuffle(optional);
  const left = new Set(optional.slice(0, skips));
  const allowed = scores.allowed.map((row, d) =>
    optional.includes(d)
      ? row.map((ok, k) => ok && (network.decisions[d]!.options[k] === 'skip') === left.has(d))
      : row,
  );
  if (allowed.some((row) => !row.includes(true))) return undefined;
  const start = smallest.map((k, d) => (allowed[d]![k] ? k : allowed[d]!.indexOf(true)));
  const limits = {
    ...constraint,
    budgetBytes: constraint.budgetBytes * share,
    floorBytes: constraint.floorBytes * share,
  };
  if (limits.bytes(start) > limits.budgetBytes) return undefined;
  const logits = scores.logits.map((row) => row.map(() => random.gumbel()));
  const drawn = decode({ logits, allowed }, limits, start);
  // Of few layers, the largest network may be smaller than what is asked for.
  const size = limits.bytes(drawn);
  return size <= limits.budgetBytes && size >= FULL * limits.budgetBytes && limits.allowed(drawn) ? drawn : undefined;
}

/**
 * @param near architectures that fill the budget (as estimated), by depth in turn
 * @param smaller architectures of 50 to 90 % of it
 */
export function drawArchitectures(network: Network, phase: SupernetPhase, near: number, smaller: number): Assignment[] {
  const random = new SeededRandom(SEED);
  const depths =
    1 +
    network.decisions.filter((decision) => decision.kind === 'operator' && decision.options.includes('skip')).length;
  const found = new Map<string, number[]>();
  const shares = [
    ...Array.from({ length: near }, () => 1),
    ...Array.from({ length: smaller }, (_, i) => 0.5 + (0.4 * (i + 0.5)) / smaller),
  ];
  for (const [i, share] of shares.entries()) {
    for (let attempt = 0; attempt < 40; attempt++) {
      const drawn = drawOne(network, phase, (i + attempt) % depths, share, random);
      if (!drawn || found.has(drawn.join())) continue;
      found.set(drawn.join(), drawn);
      break;
    }
  }
  return [...found.values()];
}
