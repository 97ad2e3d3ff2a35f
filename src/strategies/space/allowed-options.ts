/** Options that no architecture within the budget has: a search does not try them. */
import type { Assignment, Network } from '../../network/types.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { descend, everyAssignment, groupsOf } from '../../network/space-moves.ts';

/**
 * Sizes before there are weights may be off by a little either way; only options that are further over are ruled out.
 */
const FAR_OVER = 1.1;

/**
 * For each option of each decision: has an architecture within the budget, by estimate, it? The smallest architecture's
 * options always.
 * Small spaces are looked at whole; in others an option counts as far over where nothing else in its layers makes up
 * for it.
 */
export function allowedOptions(network: Network, budgetBytes: number, size: SizeExpression): boolean[][] {
  const smallest = size.smallest().assignment;
  const fits = (assignment: Assignment): boolean => size.estimate(assignment) <= budgetBytes * FAR_OVER;
  const every = everyAssignment(network);
  if (every) {
    const found = network.decisions.map(({ labels }, d) => labels.map((_, k) => k === smallest[d]));
    for (const assignment of every)
      if (fits(assignment))
        assignment.forEach((k, d) => {
          found[d]![k] = true;
        });
    return found;
  }
  return network.decisions.map((decision, d) =>
    decision.labels.map((_, k) => {
      if (k === smallest[d]) return true;
      const changed = [...smallest];
      changed[d] = k;
      if (fits(changed)) return true;
      // What the smallest does not use stands at its first option, which may be a large one.
      const layers = new Set(decision.sites.map(({ layer }) => layer));
      const others = network.decisions.flatMap(({ sites }, other) =>
        other !== d && sites.some(({ layer }) => layers.has(layer)) ? [other] : [],
      );
      return fits(
        descend(
          network,
          changed,
          groupsOf(network, others),
          (now, next) => !fits(now) && size.estimate(next) < size.estimate(now),
        ),
      );
    }),
  );
}
