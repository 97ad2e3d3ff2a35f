/** Which limits on memory hold for a network on a target: whoever compares a size with a limit asks here. */
import type { Definition } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';

/** What is limited: stored weights, and the peak of activations, both in bytes. */
export type Cost = 'weights' | 'activations';

/** A limit in bytes, and who set it: a flag or a question, the definition's `target:`, or the chip itself. */
export interface Budget {
  readonly bytes: number;
  readonly from: 'given' | 'definition' | 'target';
}

export type Budgets = Readonly<Partial<Record<Cost, Budget>>>;

const OF_TARGET = { weights: 'weightMemory', activations: 'activationMemory' } as const;

function budgetOf(
  cost: Cost,
  definition: Definition['target'] | undefined,
  target: Target,
  given: number | undefined,
): Budget | undefined {
  if (given !== undefined) return { bytes: given, from: 'given' };
  const stated = definition?.[cost];
  if (stated !== undefined) return { bytes: stated, from: 'definition' };
  const memory = target[OF_TARGET[cost]];
  return memory && { bytes: memory.value, from: 'target' };
}

/**
 * The limits that hold: what is given, else what the definition states, else the memory of the chip; none where nobody
 * says one.
 * @param definition `target:` of a definition; absent for a network without one
 */
export function budgetsOf(
  definition: Definition['target'] | undefined,
  target: Target,
  given: Readonly<Partial<Record<Cost, number | undefined>>> = {},
): Budgets {
  const weights = budgetOf('weights', definition, target, given.weights);
  const activations = budgetOf('activations', definition, target, given.activations);
  return { ...(weights && { weights }), ...(activations && { activations }) };
}
