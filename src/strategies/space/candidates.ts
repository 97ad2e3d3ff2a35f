/**
 * Architectures within the budget that are worth a little training: what the search prefers, what rules of thumb would
 * give, variants of either.
 */
import { architectureKey } from '../../network/architecture.ts';
import { largestOption, magnitudes } from '../../network/largest-option.ts';
import { byArea } from '../../network/resolution.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { Proposed } from '../strategy.ts';
import type { Constraint, Scores } from './decode.ts';
import { decode, mutate } from './decode.ts';

/** Half a budget's worth of zeros: the sparsity that a rule of thumb would try. */
const RULE_SPARSITY = { from: 0.4, to: 0.6 };
/** Largest number of decisions that a variant changes before it is made to fit. */
const CHANGES = 3;

export interface Field {
  readonly network: Network;
  readonly scores: Scores;
  readonly constraint: Constraint;
  /** The smallest architecture: it fits. */
  readonly smallest: Assignment;
  readonly random: SeededRandom;
}

/** So many, or as many as there are architectures. */
export const atMost = (count: number, { architectures }: Network): number =>
  architectures < BigInt(count) ? Number(architectures) : count;

/** The (allowed) option whose number is nearest; −1 where none is allowed. */
export function nearestOption(values: readonly number[], wanted: number, allowed?: readonly boolean[]): number {
  const distance = (k: number): number => Math.abs(values[k]! - wanted);
  return values.reduce(
    (best, _, k) => ((allowed?.[k] ?? true) && (best < 0 || distance(k) < distance(best)) ? k : best),
    -1,
  );
}

/** The largest network with the given operators, unless they skip. */
export function widest({ decisions }: Network, operators: readonly number[]): number[] {
  return decisions.map((decision, d) => {
    const keeps = decision.kind === 'operator' && decision.options[operators[d]!] !== 'skip';
    return keeps ? operators[d]! : largestOption(decision);
  });
}

/** The options nearest to the given values, by kind of decision; all allowed ones of the other kinds. */
function restrict({ network, scores }: Field, values: Readonly<Record<string, number>>): boolean[][] {
  return network.decisions.map((decision, d) => {
    const allowed = scores.allowed[d]!;
    const wanted = values[decision.kind];
    const numbers = magnitudes(decision);
    if (wanted === undefined || !numbers) return [...allowed];
    const nearest = nearestOption(numbers, wanted, allowed);
    return numbers.map((_, k) => k === nearest);
  });
}

const fits = ({ constraint }: Field, assignment: Assignment): boolean =>
  constraint.bytes(assignment) <= constraint.budgetBytes && constraint.allowed(assignment);

/** The best decode among architectures with the given values. */
function decodeAt(field: Field, values: Readonly<Record<string, number>>): number[] | undefined {
  const allowed = restrict(field, values);
  const start = field.smallest.map((k, d) => (allowed[d]![k] ? k : allowed[d]!.indexOf(true)));
  const assignment = decode({ logits: field.scores.logits, allowed }, field.constraint, start);
  return fits(field, assignment) ? assignment : undefined;
}

/**
 * First operators that do not skip, largest kernels, every width at the same share of its largest: the largest share
 * that fits, with the largest input that it fits with.
 */
export function proportional(field: Field, values: Readonly<Record<string, number>>): number[] | undefined {
  const restricted = restrict(field, values);
  const largest = widest(
    field.network,
    field.network.decisions.map(() => 0),
  );
  for (let share = 1; share > 0.02; share -= 0.02)
    for (const input of inputsOf(field)) {
      const assignment = field.network.decisions.map((decision, d) => {
        if (values[decision.kind] !== undefined) return restricted[d]!.indexOf(true);
        if (decision.kind === 'resolution') return input;
        if (decision.kind !== 'width') return largest[d]!;
        return nearestOption(decision.options, share * Math.max(...decision.options));
      });
      if (fits(field, assignment)) return assignment;
    }
  return undefined;
}

/** Options of the input, the largest first: a smaller one gives way before widths do. One where it has one size. */
function inputsOf({ network: { resolution, definition }, scores }: Field): readonly number[] {
  if (!resolution || !definition.inputs) return [0];
  return [...byArea(definition.inputs.options)].reverse().filter((k) => scores.allowed[resolution.decision]![k]);
}

/** The values that decisions of a kind choose between, over the whole network, the smallest first. */
export function levels({ decisions }: Network, kind: 'bits' | 'sparsity'): readonly number[] {
  return [...new Set(decisions.flatMap((d) => (d.kind === kind ? (magnitudes(d) ?? []) : [])))].sort((a, b) => a - b);
}

/**
 * What rules of thumb would give: one bitwidth everywhere (where a layer has it), with every width at the same share of
 * its largest, or the
 * rest as the search prefers it, dense or half sparse. They keep the search honest: what it found must beat them in
 * training.
 */
export function rulesOfThumb(field: Field): number[][] {
  const stated = levels(field.network, 'bits');
  const bits = stated.length ? stated : [8];
  const [dense = 0, ...sparser] = levels(field.network, 'sparsity');
  const half = sparser.filter((value) => value >= RULE_SPARSITY.from && value <= RULE_SPARSITY.to);
  const found = [
    ...bits.map((b) => proportional(field, { bits: b, sparsity: dense })),
    ...[dense, ...half].flatMap((sparsity) => bits.map((b) => decodeAt(field, { bits: b, sparsity }))),
  ];
  return found.filter((assignment) => assignment !== undefined);
}

/**
 * Draws architectures by decoding perturbed logits.
 * @param trust weight of the search's logits beside the noise: 1 draws from its distribution, 0 takes no notice of it
 */
export function draws({ scores, constraint, smallest, random }: Field, count: number, trust: number): number[][] {
  const all = scores.logits.flat();
  const spread = Math.sqrt(all.reduce((sum, logit) => sum + logit * logit, 0) / Math.max(1, all.length)) || 1;
  return Array.from({ length: count }, () => {
    const logits = scores.logits.map((row) => row.map((logit) => (trust * logit) / spread + random.gumbel()));
    return decode({ logits, allowed: scores.allowed }, constraint, smallest);
  });
}

/** Another architecture near this one: a few other options, made to fit. Undefined where that cannot be done. */
export function variant({ scores, constraint, random }: Field, parent: Assignment): number[] | undefined {
  return mutate(scores, constraint, parent, 1 + random.integer(CHANGES), random);
}

/**
 * What races: the decode, what the shared weights like best (the best first), rules of thumb, and draws from the
 * search's distribution.
 * @param evolved architectures within the budget, the best under the shared weights first
 * @param count how many at most; one is the best of `evolved`
 */
export function candidates(field: Field, decoded: Assignment, evolved: readonly Proposed[], count: number): Proposed[] {
  const choice: Proposed = { assignment: decoded, origin: { kind: 'choice' } };
  const best = evolved[0] ?? choice;
  if (count === 1) return [best];
  const found = new Map<string, Proposed>();
  const add = (one: Proposed): void => {
    const key = architectureKey(field.network, one.assignment);
    if (!found.has(key)) found.set(key, one);
  };
  for (const one of [best, choice, ...evolved.slice(1, Math.ceil(count / 2))]) add(one);
  const rules = Math.ceil((count - found.size) / 2);
  const others: Proposed[] = [
    ...rulesOfThumb(field)
      .slice(0, rules)
      .map((assignment): Proposed => ({ assignment, origin: { kind: 'rule' } })),
    ...draws(field, count, 1).map((assignment): Proposed => ({ assignment, origin: { kind: 'draw' } })),
  ];
  for (const other of others) if (found.size < count) add(other);
  return [...found.values()];
}
