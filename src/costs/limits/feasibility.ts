/**
 * Whether a search space has an architecture within all limits: one answer for check, editor, command line and search.
 */
import { drained, type Steps } from '../../base/steps.ts';
import { between } from '../../network/narrowed.ts';
import { withExits } from '../../network/open-exits.ts';
import type { EnsembleSpec, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { limitOn, type CostName, type Limit } from '../../wire/limits.ts';
import { boundedBy } from '../activations/bounded-target.ts';
import { SizeExpression } from '../weights/expression/size-expression.ts';
import { limitsWork, unknownCosts } from './holding-limits.ts';
import { jointFeasibility } from './joint-feasibility.ts';
import { addsUp, limitsOfOne, meanLimits } from './member-limits.ts';
import { memoryFeasibility } from './memory-feasibility.ts';
import { refused, type Amounts, type Feasibility, type Refusal } from './limit-refusal.ts';

export { refusalText, type Feasibility, type Refusal } from './limit-refusal.ts';

/**
 * Looks for one architecture within all limits; where the definition asks for an ensemble, for one of which so many as
 * there are members are within them together, and the first by itself within those on the mean. A limit on what the
 * target has no number for (`unknownCosts`) is left out: who asks refuses it first.
 * @param expression the weights' bytes, as corrected so far
 * @param known the exact bytes of a network without choices, where its weights are there
 */
export function feasibility(
  network: Network,
  target: Target,
  limits: readonly Limit[],
  expression = new SizeExpression(network, target),
  known?: number,
): Feasibility {
  return drained(feasibilitySteps(network, target, limits, expression, known));
}

/** `feasibility`, in steps. Exits that may be left out have to fit: they are trained before that is decided. */
export function* feasibilitySteps(
  network: Network,
  chip: Target,
  limits: readonly Limit[],
  expression: SizeExpression,
  known?: number,
): Steps<Feasibility> {
  const target = boundedBy(chip, limits);
  const standing = withExits(network);
  if (standing !== network) {
    const found = yield* feasibilitySteps(standing, target, limits, new SizeExpression(standing, target), known);
    const assignment = between(network, standing).whole(found.assignment);
    return found.refusal ? { assignment, refusal: { ...found.refusal, exits: true } } : { assignment };
  }
  const isKnown = (limit: Limit): boolean => unknownCosts(target, [limit]).length === 0;
  const joint = limits.filter(isKnown);
  const { ensemble } = network.definition;
  const holding = limitsOfOne(network.definition, joint).filter(isKnown);
  const found = limitsWork(holding)
    ? yield* jointFeasibility(network, target, holding, expression, known)
    : memoryFeasibility(network, target, holding, expression, known);
  return ensemble === undefined || !found.refusal
    ? found
    : refused(found.assignment, ofMembers(found.refusal, joint, holding, ensemble));
}

/** A refusal of what each member may take, as one of what all may take together. */
function ofMembers(
  refusal: Refusal,
  joint: readonly Limit[],
  holding: readonly Limit[],
  ensemble: EnsembleSpec,
): Refusal {
  const { members } = ensemble;
  const ofMean = meanLimits(ensemble).filter(({ cost, limit }) => limitOn(holding, cost) === limit);
  const means = ofMean.map(({ cost }) => cost);
  const together = (amounts: Amounts): Amounts =>
    Object.fromEntries(
      Object.entries(amounts).map(([cost, one]) => [
        cost,
        addsUp(cost as CostName) && !means.includes(cost as CostName) ? members * one : one,
      ]),
    );
  const { needed, all } = refusal;
  const limits = [...joint.filter(({ cost }) => !means.includes(cost)), ...ofMean];
  return { ...refusal, needed: together(needed), ...(all && { all: together(all) }), limits, members, means };
}
