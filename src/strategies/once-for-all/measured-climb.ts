/**
 * From the best by the predictor to better ones by measurement: near the best, architectures are made, repaired to
 * the limits and measured, round by round. What the predictor misses of small differences is found here.
 */
import { architectureKey } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import type { Field } from '../space/candidates.ts';
import { mutate } from '../space/decode.ts';
import type { Measured } from './predictor.ts';

/** Rounds, and how many are measured in each. */
const CLIMB = { rounds: 6, measured: 8 };
/** Proposals a round, of which the best by the predictor are measured. */
const PROPOSALS = 200;
/** One parent is among the best few, the other among some more. */
const PARENTS = { first: 4, second: 8 };
/** Probabilities that a decision is drawn anew, and else that it is the second parent's. */
const CHANGE = { drawn: 0.12, crossed: 0.3 };

export interface Climbing {
  readonly field: Field;
  /** The lower the better. */
  predicted(assignment: Assignment): number;
  /** Is it within the limits by the encoder? */
  fits(assignment: Assignment): boolean;
  measure(assignment: Assignment): Promise<Measured>;
}

/** @param judged measured ones @returns them and those that were measured here, the best first */
export async function climb(judged: readonly Measured[], climbing: Climbing): Promise<Measured[]> {
  const keyOf = (assignment: Assignment): string => architectureKey(climbing.field.network, assignment);
  const found = new Map(judged.map((one) => [keyOf(one.assignment), one]));
  const ranked = (): Measured[] => [...found.values()].sort((a, b) => a.loss - b.loss);
  for (let round = 0; round < CLIMB.rounds; round++) {
    let measured = 0;
    for (const assignment of near(ranked(), climbing)) {
      if (measured === CLIMB.measured) break;
      if (found.has(keyOf(assignment)) || !climbing.fits(assignment)) continue;
      found.set(keyOf(assignment), await climbing.measure(assignment));
      measured++;
    }
    // Nothing new is near.
    if (measured === 0) break;
  }
  return ranked();
}

/** Architectures near the best, within the limits by estimate, the best by the predictor first. */
function near(best: readonly Measured[], { field, predicted }: Pick<Climbing, 'field' | 'predicted'>): Assignment[] {
  const { network, random, scores } = field;
  const constraint = { ...field.constraint, floorBytes: 0 };
  const options = scores.allowed.map((row) => row.flatMap((ok, k) => (ok ? [k] : [])));
  const parent = (among: number): Assignment => best[random.integer(Math.min(among, best.length))]!.assignment;
  const made = new Map<string, { readonly assignment: Assignment; readonly loss: number }>();
  for (let i = 0; i < PROPOSALS; i++) {
    const [first, second] = [parent(PARENTS.first), parent(PARENTS.second)];
    const proposed = first.map((k, d) => {
      if (random.next() < CHANGE.drawn) return options[d]![random.integer(options[d]!.length)]!;
      return random.next() < CHANGE.crossed ? second[d]! : k;
    });
    const assignment = mutate(scores, constraint, proposed, 0, random);
    if (assignment) made.set(architectureKey(network, assignment), { assignment, loss: predicted(assignment) });
  }
  return [...made.values()].sort((a, b) => a.loss - b.loss).map(({ assignment }) => assignment);
}
