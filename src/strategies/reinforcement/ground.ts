/**
 * Where the walls lead back to: the network that is given, with everything that an agent decides at its least. And what
 * the first stage takes as granted of the second.
 */
import { initialAssignment, type InitialWeights } from '../../integer/initial-weights.ts';
import { largestOption, magnitudes } from '../../network/largest-option.ts';
import { byArea } from '../../network/resolution.ts';
import type { Assignment, DecisionKind, Network } from '../../network/types.ts';
import { ascending, type Open, type Within } from './walls.ts';

/** The least share of channels that is kept, as AMC has it, where limits leave that much. */
export const LEAST_KEPT = 0.2;

const CHANNELS: readonly DecisionKind[] = ['width', 'expansion'];

/** Plain JSON. */
export interface Ground {
  /** The whole network: what is pruned. */
  readonly whole: readonly number[];
  /** The same with every open decision at its least: within the limits where anything is. */
  readonly least: readonly number[];
}

/** The network that is given, or else the largest of each layer's first operators. */
export function wholeOf(network: Network, given: InitialWeights | undefined): number[] {
  return given ? initialAssignment(network, given) : network.decisions.map(largestOption);
}

/** The middle of the bitwidths, then less and less; dense, then pruned more and more where that is not enough. */
function* levels(network: Network, whole: Assignment): Generator<{ floor: number[]; smallest: boolean }> {
  const rows = network.decisions.map((decision, d) => ({
    kind: decision.kind,
    order: ascending(decision),
    at: whole[d]!,
  }));
  const most = (kind: DecisionKind): number =>
    rows.reduce((longest, row) => (row.kind === kind ? Math.max(longest, row.order.length) : longest), 1);
  const [bits, sparsities] = [most('bits'), most('sparsity')];
  for (const smallest of [false, true])
    for (let pruned = 0; pruned < sparsities; pruned++)
      for (let lower = 0; lower < bits; lower++) {
        const floor = rows.map(({ kind, order, at }, d) => {
          if (kind === 'bits') return order[Math.max(0, Math.floor((order.length - 1) / 2) - lower)]!;
          if (kind === 'sparsity') return order[Math.max(0, order.length - 1 - pruned)]!;
          if (!CHANNELS.includes(kind)) return at;
          const values = magnitudes(network.decisions[d]!)!;
          const least = LEAST_KEPT * Math.max(...values);
          return smallest ? order[0]! : order.find((k) => values[k]! >= least)!;
        });
        yield { floor, smallest };
      }
}

/** The whole network with its input, then, where there are such to choose from, with smaller and smaller ones. */
function inputsOf({ resolution, definition: { inputs } }: Network, whole: Assignment): number[][] {
  if (!resolution || !inputs) return [[...whole]];
  const { decision } = resolution;
  const order = byArea(inputs.options);
  const smaller = order.slice(0, order.indexOf(whole[decision]!) + 1).reverse();
  return smaller.map((input) => whole.map((option, d) => (d === decision ? input : option)));
}

/**
 * The whole network, with the largest input that leaves room for it, and the least of it that is within the limits.
 * @param fallback an architecture within the limits, of whatever operators: taken where none of the whole network's is
 */
export function groundOf(network: Network, whole: Assignment, within: Within, fallback: () => Assignment): Ground {
  for (const one of inputsOf(network, whole))
    for (const { floor } of levels(network, one)) if (within(floor)) return { whole: one, least: floor };
  const least = fallback();
  const kept = (kind: DecisionKind): boolean => !CHANNELS.includes(kind) && kind !== 'bits' && kind !== 'sparsity';
  return { whole: network.decisions.map(({ kind }, d) => (kept(kind) ? least[d]! : whole[d]!)), least: [...least] };
}

/** Decisions of some kinds, in the order of their layers, with the options from `least` to the largest. */
function openOf({ decisions }: Network, { least }: Ground, kinds: readonly DecisionKind[]): Open[] {
  return decisions
    .flatMap((decision, d) => (kinds.includes(decision.kind) ? [{ decision: d, options: ascending(decision) }] : []))
    .map(({ decision, options }) => ({ decision, options: options.slice(options.indexOf(least[decision]!)) }))
    .sort((a, b) => firstLayer(decisions[a.decision]!) - firstLayer(decisions[b.decision]!) || a.decision - b.decision);
}

const firstLayer = ({ sites }: Network['decisions'][number]): number => Math.min(...sites.map(({ layer }) => layer));

/** What the first stage decides: channels. */
export const openChannels = (network: Network, ground: Ground): Open[] => openOf(network, ground, CHANNELS);

/** What the second stage decides: bits, down to the fewest. */
export const openBits = (network: Network): Open[] =>
  openOf(network, { whole: [], least: network.decisions.map((decision) => ascending(decision)[0] ?? 0) }, ['bits']);

/** What the final wall raises where the fewest bits are too many. */
export const openSparsities = (network: Network): Open[] =>
  openOf(network, { whole: [], least: network.decisions.map((decision) => ascending(decision)[0] ?? 0) }, ['sparsity']);
