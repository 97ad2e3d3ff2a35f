/** What an ensemble answers to a sample, member for member: the one rule that the exported dispatchers repeat. */
import { MOST_MEMBERS, NEVER, type Decider, type EnsembleRule, type Thresholds } from '../../wire/ensemble.ts';
import { certainty, entropyUnits, largestOf, margin, weightsOf } from './confidence.ts';

/**
 * How members decide whose int8 logits have these scales, in the order in which they run.
 * @param alone each for itself, as early exits do, or together
 * @throws RangeError for fewer than two or too many members, scales that are none, or fewer than two logits
 */
export function deciderOf(
  rule: EnsembleRule,
  scales: readonly number[],
  classes: number,
  alone: boolean = false,
): Decider {
  if (scales.length < 2 || scales.length > MOST_MEMBERS)
    throw new RangeError(`an ensemble has 2 to ${MOST_MEMBERS} members, not ${scales.length}`);
  if (classes < 2) throw new RangeError(`an answer is one of at least two classes, not of ${classes}`);
  const wrong = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (wrong !== undefined) throw new RangeError(`a scale of logits is a positive number, not ${wrong}`);
  const units = rule === 'entropy' ? entropyUnits(scales, alone) : [];
  return { rule, classes, weights: weightsOf(scales), units, ...(alone && { alone }) };
}

/** Adds the int8 logits of member `k` to the scores of those before it, or puts them in their place. */
export function addMember({ weights, alone }: Decider, k: number, logits: Int8Array, scores: Int32Array): void {
  if (alone) scores.fill(0);
  for (let c = 0; c < scores.length; c++) scores[c]! += weights[k]! * logits[c]!;
}

/** How sure the scores of the members up to `k` are of their largest. */
export const confidence = ({ units }: Decider, k: number, scores: Int32Array, best: number): number =>
  units.length > 0 ? certainty(scores, best, units[k]!) : margin(scores, best);

/** The threshold after member `k` for an answer. */
export const thresholdOf = (thresholds: Thresholds, k: number, answer: number): number =>
  thresholds[k]![thresholds[k]!.length === 1 ? 0 : answer]!;

/** Thresholds by which every sample stops at the first member, or by which none stops before the last. */
export const stopAtOnce = (members: number): Thresholds => Array.from({ length: members - 1 }, () => [0]);
export const runAll = (members: number): Thresholds => Array.from({ length: members - 1 }, () => [NEVER]);

/**
 * What the ensemble answers, and how many members ran.
 * @param logits int8 logits of member `k`, asked for only where it has to run
 */
export function decide(
  decider: Decider,
  thresholds: Thresholds,
  logits: (k: number) => Int8Array,
): { readonly answer: number; readonly members: number } {
  const scores = new Int32Array(decider.classes);
  const last = decider.weights.length - 1;
  for (let k = 0; ; k++) {
    addMember(decider, k, logits(k), scores);
    const answer = largestOf(scores);
    if (k === last || confidence(decider, k, scores, answer) >= thresholdOf(thresholds, k, answer))
      return { answer, members: k + 1 };
  }
}
