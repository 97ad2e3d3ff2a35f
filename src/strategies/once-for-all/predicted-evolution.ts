/**
 * Evolution under the predictor: thousands of architectures in a second or two, each repaired to the limits instead of
 * rejected, so that tight limits end as well.
 */
import { architectureKey } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import type { Field } from '../space/candidates.ts';
import { mutate } from '../space/decode.ts';

/** Numbers as in the authors' code, but for the generations: of what is repaired, fewer are enough. */
export interface EvolutionPlan {
  readonly population: number;
  readonly generations: number;
}
export const THOROUGH: EvolutionPlan = { population: 100, generations: 50 };
/** For one of many sizes, of which each begins with what the one before came to. */
export const BRISK: EvolutionPlan = { population: 40, generations: 12 };

/** Share of the population that has offspring. */
const PARENTS = 0.25;
/** Share of the offspring that has one parent, and the probability that one of its decisions changes. */
const MUTATED = { share: 0.5, gene: 0.1 };

/** @param predicted the lower the better */
export function evolvePredicted(
  field: Field,
  predicted: (assignment: Assignment) => number,
  founders: readonly Assignment[],
  { population, generations }: EvolutionPlan,
): Assignment[] {
  const { network, random, scores } = field;
  // What is smaller than the limit is as welcome as what fills it.
  const constraint = { ...field.constraint, floorBytes: 0 };
  const found = new Map<string, { readonly assignment: Assignment; readonly loss: number }>();
  const add = (proposed: Assignment): void => {
    const assignment = mutate(scores, constraint, proposed, 0, random);
    const key = assignment && architectureKey(network, assignment);
    if (!key || found.has(key)) return;
    found.set(key, { assignment, loss: predicted(assignment) });
  };
  const options = scores.allowed.map((row) => row.flatMap((ok, k) => (ok ? [k] : [])));
  const any = (d: number): number => options[d]![random.integer(options[d]!.length)]!;
  for (const founder of [field.smallest, ...founders.slice(0, population)]) add(founder);
  for (let i = found.size; i < population; i++) add(options.map((_, d) => any(d)));
  const ranked = (): Assignment[] =>
    [...found.values()].sort((a, b) => a.loss - b.loss).map(({ assignment }) => assignment);
  for (let generation = 0; generation < generations; generation++) {
    const parents = ranked().slice(0, Math.max(1, PARENTS * population));
    if (parents.length === 0) break;
    const pick = (): Assignment => parents[random.integer(parents.length)]!;
    for (let i = parents.length; i < population; i++) {
      const [a, b] = [pick(), pick()];
      if (random.next() < MUTATED.share) add(a.map((k, d) => (random.next() < MUTATED.gene ? any(d) : k)));
      else add(a.map((k, d) => (random.next() < 0.5 ? k : b[d]!)));
    }
  }
  return ranked();
}
