/** Steps through a search space: from an assignment to others that differ in one decision, or in two of one layer. */
import { drained, type Steps } from '../base/steps.ts';
import { magnitudes } from './largest-option.ts';
import { isMixed } from './resolution.ts';
import type { Assignment, Decision, DecisionKind, Network } from './types.ts';

/** Decisions that change what weights store, but no tensor's size. */
export const WITHOUT_SHAPE: readonly DecisionKind[] = ['bits', 'sparsity'];

/** Decisions of which no option is the least, or the most, wherever it is: operators, and inputs of mixed sizes. */
export const unordered = ({ decisions }: Network): readonly number[] =>
  decisions.flatMap((decision, d) =>
    decision.kind === 'operator' || (decision.kind === 'resolution' && isMixed(decision.options)) ? [d] : [],
  );

/** The option that stores and computes the least; of operators, the one given. */
export function leastOption(decision: Decision, operator: number): number {
  const values = magnitudes(decision);
  if (!values) return operator;
  return values.indexOf(decision.kind === 'sparsity' ? Math.max(...values) : Math.min(...values));
}

/** Number of assignments over some decisions; `limit` + 1 where there are more than `limit`. */
export function countOf(network: Network, open: readonly number[], limit: number): number {
  let count = 1;
  for (const d of open) if ((count *= network.decisions[d]!.labels.length) > limit) return limit + 1;
  return count;
}

/** Every assignment of the open decisions, the others as in `base`. */
export function* combinations(network: Network, base: Assignment, open: readonly number[]): Generator<number[]> {
  const assignment = [...base];
  for (const d of open) assignment[d] = 0;
  for (;;) {
    yield [...assignment];
    let at = open.length - 1;
    for (; at >= 0; at--) {
      const d = open[at]!;
      assignment[d] = (assignment[d]! + 1) % network.decisions[d]!.labels.length;
      if (assignment[d] !== 0) break;
    }
    if (at < 0) return;
  }
}

/** Spaces of up to so many assignments are looked at whole. */
const SMALL_SPACE = 4096;

/** Every assignment of a small space; undefined where there are more than it is worth to look at. */
export function everyAssignment(network: Network): Iterable<number[]> | undefined {
  const all = network.decisions.map((_, d) => d);
  if (countOf(network, all, SMALL_SPACE) > SMALL_SPACE) return undefined;
  return combinations(
    network,
    all.map(() => 0),
    all,
  );
}

/** Groups of decisions that are changed together: each alone, and each two of one layer. */
export function groupsOf(network: Network, open: readonly number[]): number[][] {
  const layersOf = (d: number): readonly number[] => network.decisions[d]!.sites.map(({ layer }) => layer);
  const byLayer = new Map<number, number[]>();
  for (const d of open) for (const layer of layersOf(d)) byLayer.set(layer, [...(byLayer.get(layer) ?? []), d]);
  const pairs = [...byLayer.values()].flatMap((own) => own.flatMap((a, i) => own.slice(i + 1).map((b) => [a, b])));
  return [...open.map((d) => [d]), ...pairs];
}

/** Sweeps of `descend` at most: each but the last has found something better. */
const SWEEPS = 40;

/**
 * Changes one group of decisions at a time for the better until none is left. Where groups do not influence each other
 * the result is the best
 * there is; else it is a local best.
 * @param better is the second assignment one to go on from, the first being where we stand?
 */
export function descend(
  network: Network,
  start: Assignment,
  groups: readonly (readonly number[])[],
  better: (now: Assignment, next: Assignment) => boolean,
): number[] {
  return drained(descendSteps(network, start, groups, better));
}

/** `descend`, a comparison a step. */
export function* descendSteps(
  network: Network,
  start: Assignment,
  groups: readonly (readonly number[])[],
  better: (now: Assignment, next: Assignment) => boolean,
): Steps<number[]> {
  let best = [...start];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false;
    for (const group of groups) {
      for (const next of combinations(network, best, group)) {
        yield;
        if (!better(best, next)) continue;
        best = next;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return best;
}
