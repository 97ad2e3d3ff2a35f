/**
 * Evolution over architectures within the budget, judged by the shared weights: what the search's decisions begin, it
 * finishes.
 */
import type { Dataset } from '../../data/dataset.ts';
import { architectureKey } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { Field } from '../space/candidates.ts';
import { mutate } from '../space/decode.ts';
import { DIVERGED } from '../../wire/candidate-events.ts';
import type { Origin } from '../strategy.ts';

export interface EvolutionPlan {
  /** Architectures that are judged in all. */
  readonly trials: number;
  /** Loss of an architecture under the shared weights. */
  judge(assignment: Assignment): Promise<number>;
  /** The architecture, or one near it whose exact size is within the budget and above its floor. */
  fit(assignment: Assignment): Promise<number[] | undefined>;
}

export interface Judged {
  readonly assignment: Assignment;
  readonly loss: number;
  readonly origin: Origin;
}

/** Samples of each part on which an architecture is judged, at most. */
export const JUDGING = 768;

/** A batch that is only looked at, in training steps of as many samples: a forward pass of three, and no sampling. */
const LOOK = 0.25;

/** How long judging one architecture takes, in training steps that take as long. */
export function stepsOfJudging({ train, validation }: Pick<Dataset, 'train' | 'validation'>, batch: number): number {
  const samples = [validation, train].reduce((sum, { count }) => sum + Math.min(JUDGING, count), 0);
  return (LOOK * samples) / batch;
}

/** Architectures that are judged: one for so many training steps of the shared weights, within bounds. */
const TRIALS = { steps: 8, fewest: 16, most: 128 };

export const trialsAfter = (steps: number): number =>
  Math.min(TRIALS.most, Math.max(TRIALS.fewest, Math.round(steps / TRIALS.steps)));

/** Share of the trials that the first population takes. */
const FOUNDERS = 0.3;
/** Best architectures that have offspring. */
const PARENTS = 12;
/** Share of the offspring that has two parents. */
const CROSSED = 0.5;
/** Probability that a decision of an offspring changes. */
const MUTATION = 0.08;
/** Proposals a trial, should they be known or not fit. */
const TRIES = 8;

function cross(a: Assignment, b: Assignment, random: SeededRandom): number[] {
  return a.map((k, d) => (random.next() < 0.5 ? k : b[d]!));
}

/** A draw by perturbed logits, repaired to the budget. @param trust weight of the logits beside the noise */
function draw({ scores, constraint, random }: Field, spread: number, trust: number): number[] | undefined {
  const options = scores.logits.map((row, d) => {
    const values = row.map((logit, k) =>
      scores.allowed[d]![k] ? (trust * logit) / spread + random.gumbel() : -Infinity,
    );
    return values.indexOf(Math.max(...values));
  });
  return mutate(scores, constraint, options, 0, random);
}

/**
 * Evolves architectures: founders are what the search prefers, draws from its distribution and draws from the whole
 * space, half of each;
 * offspring is crossed, mutated, and repaired to the budget instead of rejected.
 * @returns all that were judged, the best first
 */
export async function evolve(
  field: Field,
  founders: readonly Assignment[],
  { trials, judge, fit }: EvolutionPlan,
): Promise<Judged[]> {
  const { network, random, scores, constraint } = field;
  const found = new Map<string, Judged>();
  const consider = async (proposed: Assignment, from: Origin): Promise<boolean> => {
    if (found.has(architectureKey(network, proposed))) return false;
    const assignment = await fit(proposed);
    if (!assignment || found.has(architectureKey(network, assignment))) return false;
    const loss = await judge(assignment);
    // A founder that was made to fit is another architecture.
    const made = from.kind === 'choice' && assignment.join() !== proposed.join();
    const origin: Origin = made ? { kind: 'offspring', parents: [proposed] } : from;
    const judged = { assignment, loss: Number.isFinite(loss) ? loss : DIVERGED, origin };
    found.set(architectureKey(network, assignment), judged);
    return true;
  };
  const ranked = (): Judged[] => [...found.values()].sort((a, b) => a.loss - b.loss);
  for (const founder of founders) await consider(founder, { kind: 'choice' });
  const all = scores.logits.flat();
  const spread = Math.sqrt(all.reduce((sum, logit) => sum + logit * logit, 0) / Math.max(1, all.length)) || 1;
  for (let i = founders.length; i < FOUNDERS * trials; i++) {
    const drawn = draw(field, spread, i % 2);
    if (drawn) await consider(drawn, { kind: 'draw' });
  }
  for (let guard = 0; found.size < trials && guard < TRIES * trials; guard++) {
    const parents = ranked().slice(0, PARENTS);
    if (parents.length === 0) break;
    const pick = (): Assignment => parents[random.integer(parents.length)]!.assignment;
    const mates = random.next() < CROSSED ? [pick(), pick()] : [pick()];
    const [one, other] = mates;
    const child = other ? cross(one!, other, random) : [...one!];
    child.forEach((_, d) => {
      if (random.next() < MUTATION) child[d] = random.integer(scores.logits[d]!.length);
    });
    const legal = child.map((k, d) => (scores.allowed[d]![k] ? k : scores.allowed[d]!.indexOf(true)));
    const repaired = mutate(scores, constraint, legal, 0, random);
    if (repaired) await consider(repaired, { kind: 'offspring', parents: mates });
  }
  return ranked();
}
