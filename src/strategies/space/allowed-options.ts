/** Options that no architecture within the budget has: a search does not try them. */
import type { Assignment, Network } from '../../network/types.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { descend, everyAssignment, groupsOf } from '../../network/space-moves.ts';
import type { WorkLimits } from './work-limits.ts';

/**
 * Sizes before there are weights may be off by a little either way; only options that are further over are ruled out.
 */
const FAR_OVER = 1.1;

/**
 * For each option of each decision: has an architecture within the budget and the limits on work, by estimate, it? The
 * smallest architecture's options always.
 * Small spaces are looked at whole; in others an option counts as far over where nothing else in its layers makes up
 * for it.
 */
export function allowedOptions(
  network: Network,
  budgetBytes: number,
  size: SizeExpression,
  work?: WorkLimits,
): boolean[][] {
  // Where work is limited too, what is smallest by weights may be over; another fits everything.
  const smallest = work?.start ?? size.smallest().assignment;
  const fits = (assignment: Assignment): boolean =>
    size.estimate(assignment) <= budgetBytes * FAR_OVER && (work === undefined || work.use(assignment) <= FAR_OVER);
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
      if (work) return fits(towards(network, changed, d, budgetBytes, size, work));
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

/** What becomes of an architecture when everything but one decision gives way to the limits. */
function towards(
  network: Network,
  start: Assignment,
  kept: number,
  budgetBytes: number,
  size: SizeExpression,
  work: WorkLimits,
): Assignment {
  const excess = (assignment: Assignment): number =>
    Math.max(0, size.estimate(assignment) / budgetBytes - FAR_OVER) + Math.max(0, work.use(assignment) - FAR_OVER);
  let now = excess(start);
  const groups = network.decisions.flatMap((_, d) => (d === kept ? [] : [[d]]));
  return descend(network, start, groups, (_, next) => {
    if (now === 0) return false;
    const after = excess(next);
    if (after >= now) return false;
    now = after;
    return true;
  });
}
