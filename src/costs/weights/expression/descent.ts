/**
 * A good, not certainly the best, architecture by descent over one decision at a time, for spaces too large for exact
 * tables.
 */
import type { Steps } from '../../../base/steps.ts';
import type { Space } from './space.ts';

const RESTARTS = 24;

/**
 * An assignment with few (`sign` 1) or many (−1) bytes in `layers`: the best of descents from the first options, the
 * last options, and random ones; a sweep over all decisions a step.
 */
export function* descend(
  { widths, optionCounts, layers }: Space,
  among: readonly number[],
  sign: 1 | -1,
): Steps<number[]> {
  const spaceTerms = among.flatMap((layer) => layers[layer]!.flatMap(({ terms }) => terms));
  const touching = optionCounts.map((_, decision) =>
    spaceTerms
      .filter(
        ({ term, input, output }) =>
          term.op.decision === decision ||
          term.strides.some((entry) => entry.decision === decision) ||
          widths.dependsOn(input, decision) ||
          widths.dependsOn(output, decision),
      )
      .map(({ term }) => term),
  );
  const cost = (assignment: readonly number[], terms = spaceTerms.map(({ term }) => term)): number =>
    terms.reduce((sum, term) => sum + sign * term.at(assignment), 0);
  // A fixed linear congruential sequence: the same space always gives the same answer.
  let state = 1;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  let best: number[] = [];
  let bestCost = Infinity;
  for (let restart = 0; restart < RESTARTS; restart++) {
    const assignment = optionCounts.map((n) => (restart === 0 ? 0 : restart === 1 ? n - 1 : random(n)));
    while (improveOnce(assignment, optionCounts, (decision) => cost(assignment, touching[decision]))) {
      // Until no single decision helps.
      yield;
    }
    const found = cost(assignment);
    if (found < bestCost) [bestCost, best] = [found, assignment];
  }
  return best;
}

/** Puts each decision in turn to its best option; says whether anything got better. */
function improveOnce(
  assignment: number[],
  optionCounts: readonly number[],
  cost: (decision: number) => number,
): boolean {
  let improved = false;
  optionCounts.forEach((count, decision) => {
    let choice = assignment[decision]!;
    let least = cost(decision);
    for (let option = 0; option < count; option++) {
      assignment[decision] = option;
      const value = cost(decision);
      if (value < least) {
        [least, choice] = [value, option];
        improved = true;
      }
    }
    assignment[decision] = choice;
  });
  return improved;
}
