/**
 * The limits and the objective of a definition on another chip than it was written for: those on what nobody knows
 * there do not hold.
 */
import type { Definition } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { amountOf, type Limit } from '../../wire/limits.ts';
import {
  limitsThatHold,
  objectiveProblem,
  unknownCosts,
  type GivenLimits,
  type UnknownCost,
} from './holding-limits.ts';

export interface LimitsElsewhere {
  readonly limits: readonly Limit[];
  /** Of the definition, left out, each with its reason in a sentence. */
  readonly leftOut: readonly string[];
  /** One that was given, on what nobody knows of the target: it cannot be kept, and is not left out. */
  readonly refused?: UnknownCost;
}

/** @param given numbers that hold instead of the definition's */
export function limitsElsewhere(
  definition: Pick<Definition, 'target' | 'objective'>,
  target: Target,
  given: GivenLimits = {},
): LimitsElsewhere {
  const all = limitsThatHold(definition.target, target, given);
  const unknown = unknownCosts(target, all);
  const refused = unknown.find(({ limit }) => limit.from === 'given');
  return {
    limits: all.filter((limit) => !unknown.some((one) => one.limit === limit)),
    leftOut: [
      ...unknown.flatMap(({ limit, reason }) =>
        limit.from === 'given'
          ? []
          : [`The definition's limit of ${amountOf(limit.cost, limit.limit)} does not hold: ${reason}.`],
      ),
      ...objectiveLeftOut(definition, target),
    ],
    ...(refused && { refused }),
  };
}

function objectiveLeftOut(definition: Pick<Definition, 'objective'>, target: Target): readonly string[] {
  const { objective } = definition;
  const reason = objectiveProblem(definition, target);
  if (!objective || reason === undefined) return [];
  return [`The definition's objective of ${amountOf(objective.cost, objective.goal)} ranks nothing: ${reason}.`];
}
