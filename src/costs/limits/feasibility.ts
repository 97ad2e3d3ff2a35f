/**
 * Whether a search space has an architecture within all limits: one answer for check, editor, command line and search.
 */
import { drained, type Steps } from '../../base/steps.ts';
import { between } from '../../network/narrowed.ts';
import { withExits } from '../../network/open-exits.ts';
import type { Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { CostName, Limit } from '../../wire/limits.ts';
import { boundedBy } from '../activations/bounded-target.ts';
import { SizeExpression } from '../weights/expression/size-expression.ts';
import { limitsWork, unknownCosts } from './holding-limits.ts';
import { jointFeasibility } from './joint-feasibility.ts';
import { addsUp, limitsOfOne } from './member-limits.ts';
import { memoryFeasibility } from './memory-feasibility.ts';
import { refused, type Amounts, type Feasibility, type Refusal } from './limit-refusal.ts';

export { refusalText, type Feasibility, type Refusal } from './limit-refusal.ts';

/**
 * Looks for one architecture within all limits; where the definition asks for an ensemble, for one of which so many as
 * there are members are within them together. A limit on what the target has no number for (`unknownCosts`) is left
 * out: who asks refuses it first.
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
  const unknown = unknownCosts(target, limits).map(({ limit }) => limit);
  const joint = limits.filter((limit) => !unknown.includes(limit));
  const members = network.definition.ensemble?.members;
  const holding = limitsOfOne(network.definition, joint);
  const found = limitsWork(holding)
    ? yield* jointFeasibility(network, target, holding, expression, known)
    : memoryFeasibility(network, target, holding, expression, known);
  return members === undefined || !found.refusal
    ? found
    : refused(found.assignment, ofMembers(found.refusal, joint, members));
}

/** A refusal of what each member may take, as one of what all may take together. */
function ofMembers(refusal: Refusal, limits: readonly Limit[], members: number): Refusal {
  const together = (amounts: Amounts): Amounts =>
    Object.fromEntries(
      Object.entries(amounts).map(([cost, one]) => [cost, addsUp(cost as CostName) ? members * one : one]),
    );
  const { needed, all } = refusal;
  return { ...refusal, needed: together(needed), ...(all && { all: together(all) }), limits, members };
}
